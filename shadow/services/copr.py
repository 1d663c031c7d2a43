"""What is done about pull requests to build, and about builds that begin and end?"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from legacy.clients import COPR, Copr
from legacy.models import CoprBuild, SrpmBuild
from shadow import rows, srpm
from shadow.checks import Checks
from shadow.config import ServiceConfig, service_config
from shadow.outbox import Outbox
from shadow.package_config import JobTrigger
from shadow.payloads import CoprBuildEnd, CoprBuildStart, ForJob, PullRequestCoprBuild, TestingFarm
from shadow.reporting import PERMISSIONS_ERROR
from shadow.services.results import Results, results

logger = logging.getLogger(__name__)

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


def pr_copr_build(payload: PullRequestCoprBuild, *, session: Session, outbox: Outbox) -> Results:
    """Build a pull request, if its author may ask for that."""
    config = service_config()
    checks = _checks(config, payload)
    login = payload.user_login
    if login not in config.admins and not checks.project.can_merge_pr(login):
        checks.tell_all("failure", PERMISSIONS_ERROR)
        return results(success=True, msg=PERMISSIONS_ERROR)
    return _build(checks, session=session, outbox=outbox)


def copr_build_start(payload: CoprBuildStart, *, session: Session) -> Results:
    """Tell that the build of a chroot began."""
    if payload.chroot == SRPM_CHROOT:
        return results(success=True, msg="SRPM build in copr has started.")
    build = rows.copr_build(session, payload.build_id, payload.chroot)
    if build is None:
        return _unknown(payload.build_id)
    config = service_config()
    build.start_time = _utc(payload.timestamp)
    build.status = "pending"
    found = Copr().get_build_chroot(payload.build_id, payload.chroot)
    build.build_logs_url = f"{found['result_url']}builder-live.log.gz"
    _checks(config, payload).tell(payload.chroot, "pending", "RPM build is in progress...", _logs_url(config, build))
    return results(success=True, msg=f"Build on {payload.chroot} in copr has started...")


def copr_build_end(payload: CoprBuildEnd, *, session: Session, outbox: Outbox) -> Results:
    """Tell how the build of a chroot ended, and let what was built be tested."""
    if payload.chroot == SRPM_CHROOT:
        return results(success=True, msg="SRPM build in copr has finished.")
    build = rows.copr_build(session, payload.build_id, payload.chroot)
    if build is None:
        return _unknown(payload.build_id)
    if build.status in FINAL:
        return results(success=True, msg=f"Copr build {payload.build_id} was already processed.")
    config = service_config()
    checks, url = _checks(config, payload), _logs_url(config, build)
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
        place = next(place for place, job in enumerate(payload.jobs) if job is checks.tests_job)
        outbox.handle(TestingFarm(change=payload.change, jobs=payload.jobs, job=place, chroot=payload.chroot))
    return results(success=True)


def _checks(config: ServiceConfig, payload: ForJob) -> Checks:
    return Checks(config=config, change=payload.change, jobs=payload.jobs, job=payload.jobs[payload.job])


def _unknown(build_id: Any) -> Results:
    return results(success=False, msg=f"Copr build {build_id} not in CoprBuildDB.")


def _logs_url(config: ServiceConfig, build: CoprBuild) -> str:
    return f"{config.site}/copr-build/{build.id}/logs"


def _utc(timestamp: float | None) -> datetime | None:
    return datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None) if timestamp else None


def _congratulate(payload: CoprBuildEnd, checks: Checks) -> None:
    """Tell the pull request how to install what was built, unless our newest comment is about that already."""
    job, pr_id = checks.build_job, payload.change.pr_id
    if job is None or job.trigger is not JobTrigger.pull_request or pr_id is None or not checks.project.on_github:
        return
    comments = checks.project.get_pr_comments(pr_id)
    newest = next((c["body"] for c in comments if c["author"] == checks.config.bot_login), "")
    if payload.congratulate and "Congratulations!" not in newest:
        repository = f"{payload.owner}/{payload.project_name}"
        checks.project.pr_comment(pr_id, INSTALL.format(repository=repository))


def _build(checks: Checks, *, session: Session, outbox: Outbox) -> Results:
    """Make the source package, submit it, remember the builds, have them looked after later."""
    if checks.build_job is None and checks.tests_job is None:
        return results(success=False, msg="No copr_build or tests job defined.")
    checks.tell_all("pending", "Building SRPM ...")
    source, path = _source_package(checks, session)
    if not source.success:
        message = "SRPM build failed, check the logs for details."
        checks.tell_all("failure", message, f"{checks.config.site}/srpm-build/{source.id}/logs")
        return results(success=False, msg=message)
    try:
        build_id = _submit(checks, path)
    except Exception as error:  # whatever goes wrong is told to the user
        logger.exception("Submit failed.")
        checks.tell_all("error", f"Submit of the build failed: {error}")
        return results(success=False, error=str(error))
    _remember(checks, build_id, source, session)
    outbox.babysit(build_id)
    return results(success=True)


def _source_package(checks: Checks, session: Session) -> tuple[SrpmBuild, str]:
    change = checks.change
    try:
        made = srpm.build(change.project_url, change.git_ref, change.pr_id)
    except Exception as error:  # whatever goes wrong is told to the user
        logger.exception("No source package.")
        made = {"success": False, "logs": str(error), "path": None}
    return rows.srpm_build(session, logs=made["logs"], success=made["success"]), str(made["path"])


def _submit(checks: Checks, path: str) -> int:
    copr, targets, job = Copr(), sorted(checks.built), checks.build_job
    options = {
        "list_on_homepage": bool(job and job.list_on_homepage),
        "preserve_project": bool(job and job.preserve_project),
        "additional_repos": list(job.additional_repos) if job else [],
    }
    copr.create_project_if_not_exists(checks.copr_owner, checks.copr_project, chroots=targets, options=options)
    return copr.create_from_file(checks.copr_owner, checks.copr_project, path=path, chroots=targets)


def _remember(checks: Checks, build_id: int, source: SrpmBuild, session: Session) -> None:
    if checks.change.trigger is None:
        raise ValueError("A build needs something that triggered it.")
    for chroot in sorted(checks.built):
        row = rows.submitted(
            session,
            build_id=build_id,
            target=chroot,
            commit_sha=checks.change.commit_sha,
            owner=checks.copr_owner,
            project_name=checks.copr_project,
            web_url=f"{COPR}/coprs/build/{build_id}/",
            srpm=source,
            trigger=checks.change.trigger,
        )
        checks.tell(chroot, "pending", "Starting RPM build...", _logs_url(checks.config, row))
