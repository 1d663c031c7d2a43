"""What can be sent to build in Copr, and about builds there?"""

from __future__ import annotations

from typing import Any

from shadow.celery_app import app
from shadow.payloads import (
    CoprBuildEnd,
    CoprBuildStart,
    PullRequestCommentCoprBuild,
    PullRequestCoprBuild,
    PushCoprBuild,
    ReleaseCoprBuild,
)
from shadow.received import Wire, received
from shadow.services.copr import (
    copr_build_end,
    copr_build_start,
    pr_comment_copr_build,
    pr_copr_build,
    push_copr_build,
    release_copr_build,
)
from shadow.unit_of_work import unit_of_work


@app.task(name=ReleaseCoprBuild.task, shared=False)
def run_release_copr_build_handler(*, change: Wire, config: Wire, job: int, **unknown: Any) -> Wire:
    payload = received(ReleaseCoprBuild, unknown, change=change, config=config, job=job)
    with unit_of_work() as work:
        return work.returns(release_copr_build(payload, session=work.session, outbox=work.outbox))


@app.task(name=PullRequestCoprBuild.task, shared=False)
def run_pr_copr_build_handler(
    *, change: Wire, config: Wire, job: int, user_login: str, needs_permission: bool, **unknown: Any
) -> Wire:
    payload = received(
        PullRequestCoprBuild,
        unknown,
        change=change,
        config=config,
        job=job,
        user_login=user_login,
        needs_permission=needs_permission,
    )
    with unit_of_work() as work:
        return work.returns(pr_copr_build(payload, session=work.session, outbox=work.outbox))


@app.task(name=PushCoprBuild.task, shared=False)
def run_push_copr_build_handler(*, change: Wire, config: Wire, job: int, **unknown: Any) -> Wire:
    payload = received(PushCoprBuild, unknown, change=change, config=config, job=job)
    with unit_of_work() as work:
        return work.returns(push_copr_build(payload, session=work.session, outbox=work.outbox))


@app.task(name=PullRequestCommentCoprBuild.task, shared=False)
def run_pr_comment_copr_build_handler(
    *, change: Wire, config: Wire, job: int, user_login: str, issue_id: int | None, **unknown: Any
) -> Wire:
    payload = received(
        PullRequestCommentCoprBuild,
        unknown,
        change=change,
        config=config,
        job=job,
        user_login=user_login,
        issue_id=issue_id,
    )
    with unit_of_work() as work:
        return work.returns(pr_comment_copr_build(payload, session=work.session, outbox=work.outbox))


@app.task(name=CoprBuildStart.task, shared=False)
def run_copr_build_start_handler(
    *, build: int | None, build_id: Any, chroot: str, timestamp: Any, checks: list[str], job: int, **unknown: Any
) -> Wire:
    payload = received(
        CoprBuildStart,
        unknown,
        build=build,
        build_id=build_id,
        chroot=chroot,
        timestamp=timestamp,
        checks=checks,
        job=job,
    )
    with unit_of_work() as work:
        return work.returns(copr_build_start(payload, session=work.session))


@app.task(name=CoprBuildEnd.task, shared=False)
def run_copr_build_end_handler(
    *,
    change: Wire,
    config: Wire,
    job: int,
    build_id: Any,
    chroot: str,
    timestamp: Any,
    status: Any,
    owner: Any,
    project_name: Any,
    **unknown: Any,
) -> Wire:
    payload = received(
        CoprBuildEnd,
        unknown,
        change=change,
        config=config,
        job=job,
        build_id=build_id,
        chroot=chroot,
        timestamp=timestamp,
        status=status,
        owner=owner,
        project_name=project_name,
    )
    with unit_of_work() as work:
        return work.returns(copr_build_end(payload, session=work.session, outbox=work.outbox))
