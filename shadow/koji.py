"""How is a change built in Koji, and which checks tell about it?"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from sqlalchemy.orm import Session

from legacy.clients import Project
from legacy.models import SrpmBuild
from shadow import packit, rows
from shadow.aliases import DEFAULT_TARGET, koji_targets
from shadow.building import SRPM_FAILED, SRPM_PENDING, source_package, srpm_logs
from shadow.config import ServiceConfig, service_config
from shadow.package_config import Job
from shadow.payloads import Change, ForJob
from shadow.reporting import PRODUCTION_BUILD, check_name, report
from shadow.services.results import Results, results

logger = logging.getLogger(__name__)

SUPPORTED = frozenset({"rawhide", "f31", "f32", "epel6", "epel7", "epel8"})

TASK_ID = re.compile(r"Created task: (\d+)")
TASK_URL = re.compile(r"Task info: (\S+)")


@dataclass(frozen=True, kw_only=True)
class KojiChecks:
    """The production build of a change: its targets and their checks."""

    config: ServiceConfig
    change: Change
    job: Job

    @classmethod
    def of(cls, payload: ForJob) -> Self:
        """The checks of the change that a task got, for its job."""
        return cls(config=service_config(), change=payload.change, job=payload.config.jobs[payload.job])

    @cached_property
    def project(self) -> Project:
        return Project(self.change.project_url)

    @cached_property
    def targets(self) -> list[str]:
        """The targets in Koji, known there or not, in order."""
        return sorted(koji_targets(self.job.targets or {DEFAULT_TARGET}))

    def tell(self, target: str, state: str, description: str, url: str = "") -> None:
        name = check_name(self.config, PRODUCTION_BUILD, target)
        change = self.change
        report(
            self.project,
            change.commit_sha,
            change.pr_id,
            name=name,
            state=state,
            description=description,
            url=url,
        )

    def tell_all(self, state: str, description: str, url: str = "") -> None:
        for target in self.targets:
            self.tell(target, state, description, url)


def build_url(config: ServiceConfig, row_id: int) -> str:
    """Where people look at a build in Koji."""
    return f"{config.site}/koji-build/{row_id}"


def build_in_koji(checks: KojiChecks, *, session: Session) -> Results:
    """Make the source package, submit a build for each target, remember the builds."""
    checks.tell_all("pending", SRPM_PENDING)
    source, _path = source_package(checks.change, session)
    if not source.success:
        checks.tell_all("failure", SRPM_FAILED, srpm_logs(checks.config, source))
        return results(success=False, msg=SRPM_FAILED)
    try:
        packit.init_kerberos_ticket()
    except Exception as error:  # whatever goes wrong is told to the user
        logger.exception("No ticket.")
        message = f"Kerberos authentication error: {error}"
        checks.tell_all("error", message)
        return results(success=False, msg=message, errors={})
    told = {target: _build(checks, target, source, session=session) for target in checks.targets}
    errors = {target: error for target, error in told.items() if error is not None}
    if errors:
        return results(success=False, msg="Koji build submit was not successful.", errors=errors)
    return results(success=True)


def _build(checks: KojiChecks, target: str, source: SrpmBuild, *, session: Session) -> str | None:
    """Submit the build of one target and remember it; what went wrong, if anything did."""
    if target not in SUPPORTED:
        message = f"Target not supported: {target}"
        checks.tell(target, "error", message)
        return message
    try:
        task_id, web_url = _submit(checks, target)
    except Exception as error:  # whatever goes wrong is told to the user
        logger.exception("Submit failed.")
        checks.tell(target, "error", f"Submit of the build failed: {error}")
        return str(error)
    change = checks.change
    if change.trigger is None:
        raise ValueError("A build needs something that triggered it.")
    row = rows.koji_submitted(
        session,
        build_id=task_id,
        target=target,
        commit_sha=change.commit_sha,
        web_url=web_url,
        srpm=source,
        trigger=change.trigger,
    )
    checks.tell(target, "pending", "Building RPM ...", build_url(checks.config, row.id))
    return None


def _submit(checks: KojiChecks, target: str) -> tuple[str, str]:
    """The id of the task in Koji and where people look at it, read from what the command printed."""
    change, scratch = checks.change, bool(checks.job.scratch)
    printed = packit.koji_build(change.project_url, change.git_ref, change.pr_id, target=target, scratch=scratch)
    task_id, web_url = TASK_ID.search(printed), TASK_URL.search(printed)
    if task_id is None or web_url is None:
        raise ValueError(f"No task id in what Koji printed: {printed}")
    return task_id.group(1), web_url.group(1)
