"""What can be sent to build in Koji, and about builds there?"""

from __future__ import annotations

from typing import Any

from shadow.celery_app import app
from shadow.payloads import KojiBuildReport, PullRequestKojiBuild, PushKojiBuild, ReleaseKojiBuild
from shadow.received import Wire, received
from shadow.services.koji import koji_build_report, pr_koji_build, push_koji_build, release_koji_build
from shadow.unit_of_work import unit_of_work


@app.task(name=ReleaseKojiBuild.task, shared=False)
def run_release_koji_build_handler(*, change: Wire, config: Wire, job: int, **unknown: Any) -> Wire:
    payload = received(ReleaseKojiBuild, unknown, change=change, config=config, job=job)
    with unit_of_work() as work:
        return work.returns(release_koji_build(payload, session=work.session))


@app.task(name=PullRequestKojiBuild.task, shared=False)
def run_pr_koji_build_handler(*, change: Wire, config: Wire, job: int, user_login: str, **unknown: Any) -> Wire:
    payload = received(PullRequestKojiBuild, unknown, change=change, config=config, job=job, user_login=user_login)
    with unit_of_work() as work:
        return work.returns(pr_koji_build(payload, session=work.session))


@app.task(name=PushKojiBuild.task, shared=False)
def run_push_koji_build_handler(*, change: Wire, config: Wire, job: int, **unknown: Any) -> Wire:
    payload = received(PushKojiBuild, unknown, change=change, config=config, job=job)
    with unit_of_work() as work:
        return work.returns(push_koji_build(payload, session=work.session))


@app.task(name=KojiBuildReport.task, shared=False)
def run_koji_build_report_handler(
    *,
    build: int | None,
    trigger: Wire | None,
    build_id: Any,
    state: Any,
    old_state: Any,
    start_time: Any,
    completion_time: Any,
    rpm_build_task_id: Any,
    job: int,
    **unknown: Any,
) -> Wire:
    payload = received(
        KojiBuildReport,
        unknown,
        build=build,
        trigger=trigger,
        build_id=build_id,
        state=state,
        old_state=old_state,
        start_time=start_time,
        completion_time=completion_time,
        rpm_build_task_id=rpm_build_task_id,
        job=job,
    )
    with unit_of_work() as work:
        return work.returns(koji_build_report(payload, session=work.session))
