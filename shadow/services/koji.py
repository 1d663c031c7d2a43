"""What is done about changes to build for the distribution, and about builds in Koji that change their state?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from legacy.clients import Project
from legacy.models import KojiBuild
from shadow import rows
from shadow.config import service_config
from shadow.koji import KojiChecks, build_in_koji, build_url
from shadow.payloads import KojiBuildReport, PullRequestKojiBuild, PushKojiBuild, ReleaseKojiBuild
from shadow.reporting import PERMISSIONS_ERROR, PRODUCTION_BUILD, check_name, report
from shadow.services import permission, stored
from shadow.services.results import Results, results

# state in Koji -> state and text of the check, status of the row; the other states are not told
TOLD = {
    "OPEN": ("pending", "RPM build is in progress...", "pending"),
    "CLOSED": ("success", "RPMs were built successfully.", "success"),
    "FAILED": ("failure", "RPMs failed to be built.", "failed"),
    "CANCELED": ("error", "RPMs build was canceled.", "error"),
}


def release_koji_build(payload: ReleaseKojiBuild, *, session: Session) -> Results:
    """Build a release."""
    return build_in_koji(KojiChecks.of(payload), session=session)


def push_koji_build(payload: PushKojiBuild, *, session: Session) -> Results:
    """Build a branch."""
    return build_in_koji(KojiChecks.of(payload), session=session)


def pr_koji_build(payload: PullRequestKojiBuild, *, session: Session) -> Results:
    """Build a pull request, if its author may ask for that."""
    checks = KojiChecks.of(payload)
    if not permission.may_act(checks.config, checks.project, payload.user_login):
        checks.tell_all("failure", PERMISSIONS_ERROR)
        return permission.refused()
    return build_in_koji(checks, session=session)


def koji_build_report(payload: KojiBuildReport, *, session: Session) -> Results:
    """Remember how far a build is, and tell."""
    if payload.build is None or payload.trigger is None:
        return results(success=False, msg=f"Koji build {payload.build_id} not found in the database.")
    try:
        build = stored.locked(session, KojiBuild, payload.build, called="Koji build")
        row = stored.named(session, payload.trigger)
    except stored.MissingError as error:
        return results(success=False, msg=str(error))
    _note_times(build, payload)
    if payload.state in TOLD:
        state, description, build.status = TOLD[payload.state]
        config = service_config()
        report(
            Project(row.project.project_url),
            build.commit_sha,
            rows.pr_id(row),
            name=check_name(config, PRODUCTION_BUILD, build.target),
            state=state,
            description=description,
            url=build_url(config, build.id),
        )
    return results(success=True, msg=f"Koji build {payload.build_id} is {payload.state}.")


def _note_times(build: KojiBuild, payload: KojiBuildReport) -> None:
    if payload.start_time is not None:
        build.start_time = _utc(payload.start_time)
    if payload.completion_time is not None:
        build.finished_time = _utc(payload.completion_time)
    number = payload.rpm_build_task_id
    if number:
        # people are led to the logs: there is no other page about the task
        url = f"https://koji.example/work/tasks/{number % 10000}/{number}/build.log"
        build.build_logs_url = build.web_url = url


def _utc(timestamp: Any) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None)
