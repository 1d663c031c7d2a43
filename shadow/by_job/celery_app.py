"""Which Celery application do the tasks of the cut by job belong to, in which queue does each wait, and for whom is it?

A job waits where its slowest handler has to: a build in Koji that only changed its state waits behind builds.
"""

from __future__ import annotations

from collections.abc import Mapping

from shadow.celery_app import DEFAULT, DISPATCH, LONG, SHORT, application

DISPATCHER = "task.steve_jobs.dispatch_message"
BABYSIT = "task.babysit_copr_build"

JOBS: Mapping[str, tuple[str, ...]] = {
    "propose_downstream": ("propose_downstream", "propose_update_comment"),
    "copr_build": (
        "release_copr_build",
        "pr_copr_build",
        "push_copr_build",
        "pr_comment_copr_build",
        "pagure_pr_comment_copr_build",
    ),
    "sync_from_downstream": ("distgit_commit",),
    "production_build": ("release_koji_build", "pr_koji_build", "push_koji_build", "koji_build_report"),
    "add_to_whitelist": ("installation",),
    "tests": ("testing_farm", "testing_farm_comment"),
    "report_test_results": ("testing_farm_results",),
    "pull_request_action": ("pagure_pr_label",),
    "copr_build_finished": ("copr_build_end",),
    "copr_build_started": ("copr_build_start",),
}
"""What has to be done -> the handlers that do it, each for other events."""

LONG_RUNNING = ("propose_downstream", "copr_build", "sync_from_downstream", "production_build")


def task_of(job: str) -> str:
    """The task that does a job."""
    return f"task.run_{job}_job"


JOB_OF = {handler: job for job, handlers in JOBS.items() for handler in handlers}

ROUTES = {
    DISPATCHER: DISPATCH,
    **{task_of(job): LONG if job in LONG_RUNNING else SHORT for job in JOBS},
    # workers of both sides send it and wait for it here
    BABYSIT: DEFAULT,
}

app = application("shadow.by_job", include=["shadow.by_job.tasks"], routes=ROUTES)
