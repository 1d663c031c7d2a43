"""How is a change built in Copr?"""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session

from legacy.clients import COPR, Copr
from legacy.models import SrpmBuild
from shadow import rows, srpm
from shadow.checks import Checks
from shadow.config import ServiceConfig
from shadow.outbox import Outbox
from shadow.payloads import Change
from shadow.services.results import Results, results

logger = logging.getLogger(__name__)

SRPM_PENDING = "Building SRPM ..."
SRPM_FAILED = "SRPM build failed, check the logs for details."


def build_in_copr(checks: Checks, *, session: Session, outbox: Outbox) -> Results:
    """Make the source package, submit it, remember the builds, have them looked after later."""
    if checks.build_job is None and checks.tests_job is None:
        return results(success=False, msg="No copr_build or tests job defined.")
    checks.tell_all("pending", SRPM_PENDING)
    source, path = source_package(checks.change, session)
    if not source.success:
        checks.tell_all("failure", SRPM_FAILED, srpm_logs(checks.config, source))
        return results(success=False, msg=SRPM_FAILED)
    try:
        build_id = _submit(checks, path)
    except Exception as error:  # whatever goes wrong is told to the user
        logger.exception("Submit failed.")
        checks.tell_all("error", f"Submit of the build failed: {error}")
        return results(success=False, error=str(error))
    _remember(checks, build_id, source, session)
    outbox.babysit(build_id)
    return results(success=True)


def source_package(change: Change, session: Session) -> tuple[SrpmBuild, str]:
    """Make the source package of a change: its row, and where it lies. Whatever goes wrong is in the row's logs."""
    try:
        made = srpm.build(change.project_url, change.git_ref, change.pr_id)
    except Exception as error:  # whatever goes wrong is told to the user
        logger.exception("No source package.")
        made = {"success": False, "logs": str(error), "path": None}
    return rows.srpm_build(session, logs=made["logs"], success=made["success"]), str(made["path"])


def srpm_logs(config: ServiceConfig, source: SrpmBuild) -> str:
    """Where people read how the source package was made."""
    return f"{config.site}/srpm-build/{source.id}/logs"


def build_logs(config: ServiceConfig, row_id: int) -> str:
    """Where people read how a chroot is built."""
    return f"{config.site}/copr-build/{row_id}/logs"


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
        checks.tell(chroot, "pending", "Starting RPM build...", build_logs(checks.config, row.id))
