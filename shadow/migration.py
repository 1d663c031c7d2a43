"""How does `process_message` become tasks of its own, handler by handler?"""

from __future__ import annotations

from typing import Any

from shadow import payloads, strata, views
from shadow.wire import Payload
from tasksplit import Database, Dispatch, Effect, Entry, Handler, Http, Migration, World, rules

SKIPPED = {"success": True, "details": {}}

# what legacy reads of its own settings: the split reads them too, where it needs them
SETTINGS = "self.config"
# the address of the project: the view takes it from the project itself, which legacy has by then
ADDRESS = "self.event.project_url"
# which kind of event it is: each task of the split is for one kind
KIND = "self.event.trigger"
# what was built: the split gets the id of the row of the build, and reads the rest from there
OF_ROW = tuple(
    f"self.event.{name}" for name in ("_project", "commit_sha", "db_trigger", "git_ref", "identifier", "pr_id")
)
# the row that says what was tested: the split looks it up in its dispatcher, and carries the number it found
TESTED_ROW = "self.event._db_trigger"


def handler(family: str, boundary: str, payload: type[Payload], **more: Any) -> Handler:
    """Declare what is the same for all: the task is named after the handler, `task.run_<name>_handler`."""
    name = payloads.handler_of(payload)
    return Handler(
        name,
        legacy=f"legacy.handlers.{family}:{boundary}.run",
        view=getattr(views, name),
        payload=payloads.keyword_arguments,
        split=payload.task,
        implementation=f"shadow.services.{family}:{name}",
        skipped=SKIPPED,
        strata=strata.HANDLERS[name],
        passes=payload.way,
        **{"instance": views.place_of_job, "context": (SETTINGS, ADDRESS, KIND), **more},
    )


BUILDS: dict[str, Any] = {"doors": ("session", "outbox")}
"""A build in Copr is looked after later: that is sent when all is committed."""
ASKS_NOBODY: dict[str, Any] = {"doors": ()}
"""Has no rows to read or to change."""
NO_JOB: dict[str, Any] = {"instance": None}
"""Runs once for a message, whatever is configured."""

migration = Migration(
    name="process_message",
    entries=[
        Entry(
            name="message",
            legacy="legacy.tasks:process_message",
            split="shadow.tasks:process_message",
            accepts=views.is_event,
            arguments=views.event_arguments,
        ),
        Entry(
            name="babysit",
            legacy="legacy.tasks:babysit_copr_build",
            split="shadow.tasks:babysit_copr_build",
            accepts=views.is_babysit,
            arguments=views.babysit_arguments,
            payload=views.babysit_payload,
        ),
    ],
    key=[
        "$.repository.full_name",
        "$.project.path_with_namespace",
        "$.installation.account.login",
        views.pagure_project,
        views.dist_git_package,
        views.tested_project,
        views.copr_project,
        views.koji_builds,
        views.looked_after,
    ],
    world=World(
        databases=[Database("legacy.database:engine")],
        services=[Http("legacy.clients:session", standin="legacy.standin.app:app")],
        calls=[
            Effect(
                "srpm.build",
                at=["legacy.srpm:build", "shadow.srpm:build"],
                standin="legacy.standin.srpm:build",
            ),
            *(
                Effect(
                    f"packit.{name}",
                    at=[f"legacy.packit:{name}", f"shadow.packit:{name}"],
                    standin=f"legacy.standin.packit:{name}",
                )
                for name in ("sync_release", "sync_from_downstream", "init_kerberos_ticket", "koji_build")
            ),
        ],
        fixture="legacy.standin.fixture:prepare",
        # the split asks about every chroot of a build before any is handled; legacy stops at the first that raises
        harmless=("GET https://copr.example/api_3/build-chroot",),
    ),
    dispatch=Dispatch(
        outcome=views.decided,
        strata=strata.DISPATCH,
        refusal=views.refusal,
        rules=[
            rules.ignore(
                "$.effects.rows.task_results",
                because="legacy keeps a row about each message; the tasks of the split have results of their own",
            ),
            rules.normalise(
                "$.outcome.type",
                views.class_name,
                because="each side has exceptions of its own for a package config that cannot be used",
            ),
        ],
    ),
    handlers=[
        handler("copr", "ReleaseCoprBuildHandler", payloads.ReleaseCoprBuild, **BUILDS),
        handler("copr", "PullRequestCoprBuildHandler", payloads.PullRequestCoprBuild, **BUILDS),
        handler("copr", "PushCoprBuildHandler", payloads.PushCoprBuild, **BUILDS),
        handler("copr", "GitHubPullRequestCommentCoprBuildHandler", payloads.PullRequestCommentCoprBuild, **BUILDS),
        handler("copr", "CoprBuildStartHandler", payloads.CoprBuildStart, instance=views.chroot_and_job),
        handler("copr", "CoprBuildEndHandler", payloads.CoprBuildEnd, instance=views.chroot_and_job, **BUILDS),
        handler(
            "installation",
            "GithubAppInstallationHandler",
            payloads.Installation,
            context=(SETTINGS, "self.event.status"),  # a new account always begins as waiting
            **NO_JOB,
        ),
        handler("testing_farm", "GitHubPullRequestCommentTestingFarmHandler", payloads.TestingFarmComment),
        handler(
            "testing_farm",
            "GithubTestingFarmHandler",
            payloads.TestingFarm,
            instance=views.build,
            context=(SETTINGS, ADDRESS, KIND, *OF_ROW, "self.chroot"),
        ),
        handler(
            "testing_farm",
            "TestingFarmResultsHandler",
            payloads.TestingFarmResults,
            context=(SETTINGS, TESTED_ROW),
            **NO_JOB,
        ),
        handler(
            "downstream",
            "GitHubIssueCommentProposeUpdateHandler",
            payloads.ProposeUpdateComment,
            context=(SETTINGS, ADDRESS, KIND, "self.event.tag_name"),  # the newest release when the task runs
            **ASKS_NOBODY,
        ),
        handler("downstream", "ProposeDownstreamHandler", payloads.ProposeDownstream, **ASKS_NOBODY),
        handler(
            "downstream",
            "NewDistGitCommitHandler",
            payloads.DistGitCommit,
            context=(SETTINGS, ADDRESS, KIND, "self.event._package_config"),  # the task reads it at that commit
            **ASKS_NOBODY,
        ),
        # both builds of an event hang on one row that says what started them: whichever comes first makes it
        handler("koji", "ReleaseGithubKojiBuildHandler", payloads.ReleaseKojiBuild, after=["release_copr_build"]),
        handler("koji", "PullRequestGithubKojiBuildHandler", payloads.PullRequestKojiBuild, after=["pr_copr_build"]),
        handler("koji", "PushGithubKojiBuildHandler", payloads.PushKojiBuild, after=["push_copr_build"]),
        handler("koji", "KojiBuildReportHandler", payloads.KojiBuildReport, context=(SETTINGS, ADDRESS, KIND, *OF_ROW)),
        handler(
            "pagure",
            "PagurePullRequestCommentCoprBuildHandler",
            payloads.PagurePullRequestCommentCoprBuild,
            **BUILDS,
        ),
        handler("pagure", "PagurePullRequestLabelHandler", payloads.PagurePullRequestLabel, **NO_JOB),
    ],
    independent=True,
    failure=views.says_failure,
    event=views.event_kind,
    messages="legacy.generate:generate",
    queues=["dispatch", "short-running", "long-running", "celery"],  # as the workers are started
)
