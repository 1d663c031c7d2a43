"""What can be sent to the service's workers?

Arguments are JSON and given by name. `**unknown` takes what a newer sender adds: it is counted, and the work goes on.
Tasks are not shared with other apps of the process, and the babysitter is registered at once: the app that is
replaced has one of the same name, and whichever is registered first stays.
"""

from __future__ import annotations

import logging
from typing import Any

from shadow import wire
from shadow.celery_app import app
from shadow.dispatch import dispatch
from shadow.payloads import (
    CoprBuildEnd,
    CoprBuildStart,
    Installation,
    PullRequestCoprBuild,
    TestingFarm,
    TestingFarmResults,
)
from shadow.services.babysit import check_copr_build
from shadow.services.copr import copr_build_end, copr_build_start, pr_copr_build
from shadow.services.installation import installation
from shadow.services.testing_farm import testing_farm, testing_farm_results
from shadow.unit_of_work import unit_of_work

logger = logging.getLogger(__name__)

Wire = dict[str, Any]  # JSON


def _count(task: str, unknown: Wire) -> None:
    wire.unknown.update(f"{task}.{name}" for name in unknown)
    if unknown:
        logger.warning("%s does not know %s.", task, ", ".join(sorted(unknown)))


@app.task(name="task.steve_jobs.dispatch_message", shared=False)
def process_message(*, event: Any, topic: str | None = None, source: str | None = None, **unknown: Any) -> Wire | None:
    """Parse, check and choose; the tasks that the message needs are sent."""
    _count("task.steve_jobs.dispatch_message", unknown)
    with unit_of_work() as work:
        found = dispatch(event, topic=topic, source=source, session=work.session)
        for payload in found.payloads if found else ():
            work.outbox.handle(payload)
    return found.summary() if found else None


@app.task(name=PullRequestCoprBuild.task, shared=False)
def run_pr_copr_build_handler(*, change: Wire, jobs: list[Wire], job: int, user_login: str, **unknown: Any) -> Wire:
    _count(PullRequestCoprBuild.task, unknown)
    payload = PullRequestCoprBuild.from_wire({"change": change, "jobs": jobs, "job": job, "user_login": user_login})
    with unit_of_work() as work:
        return pr_copr_build(payload, session=work.session, outbox=work.outbox)


@app.task(name=CoprBuildStart.task, shared=False)
def run_copr_build_start_handler(
    *, change: Wire, jobs: list[Wire], job: int, build_id: int, chroot: str, timestamp: float | None, **unknown: Any
) -> Wire:
    _count(CoprBuildStart.task, unknown)
    payload = CoprBuildStart.from_wire(
        {
            "change": change,
            "jobs": jobs,
            "job": job,
            "build_id": build_id,
            "chroot": chroot,
            "timestamp": timestamp,
        }
    )
    with unit_of_work() as work:
        return copr_build_start(payload, session=work.session)


@app.task(name=CoprBuildEnd.task, shared=False)
def run_copr_build_end_handler(
    *,
    change: Wire,
    jobs: list[Wire],
    job: int,
    build_id: int,
    chroot: str,
    timestamp: float | None,
    status: int,
    owner: str,
    project_name: str,
    congratulate: bool,
    **unknown: Any,
) -> Wire:
    _count(CoprBuildEnd.task, unknown)
    payload = CoprBuildEnd.from_wire(
        {
            "change": change,
            "jobs": jobs,
            "job": job,
            "build_id": build_id,
            "chroot": chroot,
            "timestamp": timestamp,
            "status": status,
            "owner": owner,
            "project_name": project_name,
            "congratulate": congratulate,
        }
    )
    with unit_of_work() as work:
        return copr_build_end(payload, session=work.session, outbox=work.outbox)


@app.task(name=TestingFarm.task, shared=False)
def run_testing_farm_handler(*, change: Wire, jobs: list[Wire], job: int, chroot: str, **unknown: Any) -> Wire:
    _count(TestingFarm.task, unknown)
    payload = TestingFarm.from_wire({"change": change, "jobs": jobs, "job": job, "chroot": chroot})
    with unit_of_work() as work:
        return testing_farm(payload, session=work.session)


@app.task(name=TestingFarmResults.task, shared=False)
def run_testing_farm_results_handler(
    *,
    project_url: str,
    commit_sha: str,
    pr_id: int | None,
    pipeline_id: str,
    result: str,
    tests: list[str],
    message: str | None,
    log_url: str | None,
    copr_chroot: str,
    **unknown: Any,
) -> Wire:
    _count(TestingFarmResults.task, unknown)
    payload = TestingFarmResults.from_wire(
        {
            "project_url": project_url,
            "commit_sha": commit_sha,
            "pr_id": pr_id,
            "pipeline_id": pipeline_id,
            "result": result,
            "tests": tests,
            "message": message,
            "log_url": log_url,
            "copr_chroot": copr_chroot,
        }
    )
    with unit_of_work() as work:
        return testing_farm_results(payload, session=work.session)


@app.task(name=Installation.task, shared=False)
def run_installation_handler(
    *,
    account_login: str,
    account_id: int,
    account_url: str | None,
    account_type: str | None,
    created_at: str,
    repositories: list[str],
    sender_id: int | None,
    sender_login: str | None,
    **unknown: Any,
) -> Wire:
    _count(Installation.task, unknown)
    payload = Installation.from_wire(
        {
            "account_login": account_login,
            "account_id": account_id,
            "account_url": account_url,
            "account_type": account_type,
            "created_at": created_at,
            "repositories": repositories,
            "sender_id": sender_id,
            "sender_login": sender_login,
        }
    )
    with unit_of_work() as work:
        return installation(payload, session=work.session)


@app.task(name="task.babysit_copr_build", bind=True, max_retries=7, shared=False, lazy=False)
def babysit_copr_build(self: Any, build_id: int, **unknown: Any) -> None:
    """Look after a Copr build until it has ended; gives up after seven waits of three minutes.

    It takes the build's id by place: workers of both sides send and run it under this name.
    """
    _count("task.babysit_copr_build", unknown)
    with unit_of_work() as work:
        ended = check_copr_build(build_id, session=work.session, outbox=work.outbox)
    if not ended:
        raise self.retry()
