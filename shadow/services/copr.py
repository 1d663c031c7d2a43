"""What is done about changes to build, and about builds that begin and end?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from legacy.clients import Copr, Project
from legacy.models import CoprBuild
from shadow import rows
from shadow.building import build_in_copr, build_logs
from shadow.checks import Checks
from shadow.config import service_config
from shadow.outbox import Outbox
from shadow.package_config import JobTrigger
from shadow.payloads import (
    CoprBuildEnd,
    CoprBuildStart,
    PullRequestCommentCoprBuild,
    PullRequestCoprBuild,
    PushCoprBuild,
    ReleaseCoprBuild,
    TestingFarm,
)
from shadow.reporting import PERMISSIONS_ERROR, report
from shadow.services import permission, stored
from shadow.services.results import Results, results

SRPM_CHROOT = "srpm-builds"
SUCCEEDED = 1  # the status of a Copr build that ended well
FINAL = ("success", "failure")

INSTALL = """Congratulations! The build has finished: :champagne:

You can install the built RPMs by following these steps:

* `sudo yum install -y dnf-plugins-core` on RHEL 8
* `sudo dnf install -y dnf-plugins-core` on Fedora
* `dnf copr enable {repository}`
* And now you can install the packages.

Please note that the RPMs should be used only in a testing environment."""


def release_copr_build(payload: ReleaseCoprBuild, *, session: Session, outbox: Outbox) -> Results:
    """Build a release."""
    return build_in_copr(Checks.of(payload), session=session, outbox=outbox)


def push_copr_build(payload: PushCoprBuild, *, session: Session, outbox: Outbox) -> Results:
    """Build a branch."""
    return build_in_copr(Checks.of(payload), session=session, outbox=outbox)


def pr_copr_build(payload: PullRequestCoprBuild, *, session: Session, outbox: Outbox) -> Results:
    """Build a pull request, if its author may ask for that."""
    checks = Checks.of(payload)
    if payload.needs_permission and not permission.may_act(checks.config, checks.project, payload.user_login):
        checks.tell_all("failure", PERMISSIONS_ERROR)
        return permission.refused()
    return build_in_copr(checks, session=session, outbox=outbox)


def pr_comment_copr_build(payload: PullRequestCommentCoprBuild, *, session: Session, outbox: Outbox) -> Results:
    """Build what a comment asks for, if whoever wrote it may ask."""
    checks = Checks.of(payload)
    if not permission.may_act(checks.config, checks.project, payload.user_login):
        return permission.refuse(checks.project, pr_id=payload.change.pr_id, issue_id=payload.issue_id)
    return build_in_copr(checks, session=session, outbox=outbox)


def copr_build_start(payload: CoprBuildStart, *, session: Session) -> Results:
    """Tell that the build of a chroot began."""
    if payload.chroot == SRPM_CHROOT:
        return results(success=True, msg="SRPM build in copr has started.")
    if payload.build is None:
        return _unknown(payload.build_id)
    try:
        build = stored.locked(session, CoprBuild, payload.build, called="Copr build")
        row = stored.started_by(session, build.trigger)
    except stored.MissingError as error:
        return results(success=False, msg=str(error))
    build.start_time = _utc(payload.timestamp)
    build.status = "pending"
    found = Copr().get_build_chroot(payload.build_id, payload.chroot)
    build.build_logs_url = f"{found['result_url']}builder-live.log.gz"
    url = build_logs(service_config(), build.id)
    for name in payload.checks:
        report(
            Project(row.project.project_url),
            build.commit_sha,
            rows.pr_id(row),
            name=name,
            state="pending",
            description="RPM build is in progress...",
            url=url,
        )
    return results(success=True, msg=f"Build on {payload.chroot} in copr has started...")


def copr_build_end(payload: CoprBuildEnd, *, session: Session, outbox: Outbox) -> Results:
    """Tell how the build of a chroot ended, and let what was built be tested."""
    if payload.chroot == SRPM_CHROOT:
        return results(success=True, msg="SRPM build in copr has finished.")
    build = _locked(session, payload)
    if build is None:
        return _unknown(payload.build_id)
    if build.status in FINAL:
        return results(success=True, msg=f"Copr build {payload.build_id} was already processed.")
    checks = Checks.of(payload)
    url = build_logs(checks.config, build.id)
    build.finished_time = _utc(payload.timestamp)
    if payload.status != SUCCEEDED:
        message = "RPMs failed to be built."
        checks.tell(payload.chroot, "failure", message, url)
        build.status = "failure"
        return results(success=False, msg=message)
    _congratulate(payload, checks)
    checks.tell_build(payload.chroot, "success", "RPMs were built successfully.", url)
    checks.tell_tests(payload.chroot, "pending", "RPMs were built successfully.", url)
    build.status = "success"
    if checks.tests_job is not None and payload.chroot in checks.tested:
        jobs = payload.config.jobs
        place = next(place for place, job in enumerate(jobs) if job is checks.tests_job)
        outbox.handle(TestingFarm(build=build.id, jobs=jobs, job=place))
    return results(success=True)


def _locked(session: Session, payload: CoprBuildEnd) -> CoprBuild | None:
    """The row of the chroot, for us alone: Copr and the babysitter may tell of the same end at the same time."""
    found = rows.copr_build(session, payload.build_id, payload.chroot)
    return rows.locked(session, CoprBuild, found.id) if found is not None else None


def _unknown(build_id: Any) -> Results:
    return results(success=False, msg=f"Copr build {build_id} not in CoprBuildDB.")


def _utc(timestamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None) if timestamp else None


def _congratulate(payload: CoprBuildEnd, checks: Checks) -> None:
    """Tell the pull request how to install what was built, unless our newest comment is about that already."""
    job, pr_id = checks.build_job, payload.change.pr_id
    if job is None or job.trigger is not JobTrigger.pull_request or pr_id is None or not checks.project.on_github:
        return
    comments = checks.project.get_pr_comments(pr_id)
    newest = next((c["body"] for c in comments if c["author"] == checks.config.bot_login), "")
    if payload.config.congratulate and "Congratulations!" not in newest:
        repository = f"{payload.owner}/{payload.project_name}"
        checks.project.pr_comment(pr_id, INSTALL.format(repository=repository))
