"""Which tasks does a message need, and who is told when it gets none?"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from legacy.clients import Project
from shadow import package_config, rows, selection
from shadow.builds import build_change, for_each_job
from shadow.checks import Checks
from shadow.config import service_config
from shadow.events import (
    CoprBuildEvent,
    FedmsgTopic,
    InstallationEvent,
    PullRequestEvent,
    TestingFarmResultsEvent,
    moment,
)
from shadow.package_config import Job
from shadow.parser import COPR_TOPICS, parse
from shadow.payloads import Change, Installation, PullRequestCoprBuild, TestingFarmResults, TriggerRow
from shadow.reporting import FAQ_URL, NOT_WHITELISTED
from shadow.whitelist import is_approved
from shadow.wire import Payload

logger = logging.getLogger(__name__)

NO_CONFIG = "No packit config in repo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What was recognised, what is to be handled, and what was told instead?"""

    event: dict[str, Any]
    payloads: list[Payload] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    """For which type of job each payload is."""
    told: dict[str, str] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Show what was decided as a small dictionary."""
        return {"event": self.event, "started": self.started, "told": self.told}


def dispatch(message: Any, *, topic: str | None, source: str | None, session: Session) -> Dispatched | None:
    """Parse, check and choose; None where it is nothing for us."""
    if (topic is not None and topic not in COPR_TOPICS) or source == "centosmsg":
        return None
    match parse(message):
        case InstallationEvent() as event:
            return _installation(event)
        case PullRequestEvent() as event:
            return _pull_request(event, session)
        case TestingFarmResultsEvent() as event:
            return _test_results(event, session)
        case CoprBuildEvent() as event:
            return _copr_build(event, session)
        case _:
            return None


def _installation(event: InstallationEvent) -> Dispatched:
    payload = Installation(
        account_login=event.account_login,
        account_id=event.account_id,
        account_url=event.account_url,
        account_type=event.account_type,
        created_at=event.created_at,
        repositories=event.repositories,
        sender_id=event.sender_id,
        sender_login=event.sender_login,
    )
    about = {"trigger": "installation", "account_login": event.account_login}
    return Dispatched(event=about, payloads=[payload], started=["add_to_whitelist"])


def _pull_request(event: PullRequestEvent, session: Session) -> Dispatched | None:
    project = Project(event.project_url)
    if project.is_private():
        return None
    about = _about("pull_request", event.project_url, event.commit_sha, event.pr_id)
    config = package_config.find(project, event.commit_sha, event.pr_id)
    if config is None:
        return _without_config(about)
    if not config.jobs:
        return _nothing(about)
    change = _change(event, session)
    if not selection.needs_builds(config.jobs, change.starts):
        return _nothing(about)
    places = selection.for_builds(config.jobs, change.starts)
    if not _may_use(event, session):
        checks = Checks(config=service_config(), change=change, jobs=config.jobs)
        checks.tell_all("error", NOT_WHITELISTED, FAQ_URL)
        return Dispatched(event=about, told={config.jobs[place].type.value: NOT_WHITELISTED for place in places})
    places = [place for place in places if not selection.is_built_elsewhere(config.jobs, config.jobs[place])]
    return _started(
        about,
        config.jobs,
        places,
        [
            PullRequestCoprBuild(change=change, jobs=config.jobs, job=place, user_login=event.user_login)
            for place in places
        ],
    )


def _change(event: PullRequestEvent, session: Session) -> Change:
    row = rows.pull_request(
        session,
        pr_id=event.pr_id,
        namespace=event.target_repo_namespace,
        repo_name=event.target_repo_name,
        project_url=event.project_url,
    )
    return Change(
        project_url=event.project_url,
        commit_sha=event.commit_sha,
        identifier=str(event.pr_id),
        git_ref=None,
        pr_id=event.pr_id,
        trigger=TriggerRow(type=row.job_trigger, id=row.id),
        starts=selection.starts("pull_request", row.job_trigger),
    )


def _may_use(event: PullRequestEvent, session: Session) -> bool:
    admin = event.user_login in service_config().admins
    return admin or is_approved(session, event.user_login, event.target_repo_namespace)


def _copr_build(event: CoprBuildEvent, session: Session) -> Dispatched | None:
    # srpm-builds, and chroots that somebody added in Copr, have no row of their own
    build = rows.copr_build(session, event.build_id, event.chroot) or rows.copr_build(session, event.build_id)
    if build is None:
        logger.warning("Copr build %s is not ours.", event.build_id)
        return None
    kind = "copr_end" if event.topic is FedmsgTopic.copr_build_finished else "copr_start"
    change = build_change(session, kind, build)
    moment(event.timestamp)  # has to be one
    if change is None:
        return _without_config(_about(kind, None, build.commit_sha, None))
    project = Project(change.project_url)
    if project.is_private():
        return None
    about = _about(kind, change.project_url, change.commit_sha, change.pr_id)
    config = package_config.find(project, change.commit_sha, change.pr_id)
    if config is None:
        return _without_config(about)
    places = selection.for_builds(config.jobs, change.starts)
    return _started(about, config.jobs, places, for_each_job(event, change, config, places))


def _test_results(event: TestingFarmResultsEvent, session: Session) -> Dispatched | None:
    project = Project(event.project_url) if event.project_url else None
    if project is not None and project.is_private():
        return None
    run = rows.test_run(session, event.pipeline_id)
    row = rows.started_by(session, run.trigger) if run is not None else None
    if project is None and row is not None and row.project.project_url:
        project = Project(row.project.project_url)
        if project.is_private():
            return None
    pr_id = rows.pr_id(row)
    kind = "testing_farm_results"
    about = _about(kind, event.project_url, event.commit_sha, pr_id)
    config = package_config.find(project, event.commit_sha, pr_id) if project is not None else None
    if project is None or config is None:  # without a project, whether it is private is not checked either
        return _without_config(about)
    places = selection.for_tests(config.jobs, selection.starts(kind, row.job_trigger if row is not None else None))
    payload = TestingFarmResults(
        project_url=project.url,
        commit_sha=event.commit_sha,
        pr_id=pr_id,
        pipeline_id=event.pipeline_id,
        result=event.result,
        tests=event.tests,
        message=event.message,
        log_url=event.log_url,
        copr_chroot=event.copr_chroot,
    )
    return _started(about, config.jobs, places, [payload for _ in places])


def _about(kind: str, project_url: Any, commit_sha: Any, pr_id: Any) -> dict[str, Any]:
    return {"trigger": kind, "project_url": project_url, "commit_sha": commit_sha, "pr_id": pr_id}


def _without_config(about: dict[str, Any]) -> Dispatched:
    return Dispatched(event=about, told={about["trigger"]: NO_CONFIG})


def _nothing(about: dict[str, Any]) -> Dispatched:
    logger.warning("Nothing is configured for %s.", about["trigger"])
    return Dispatched(event=about)


def _started(about: dict[str, Any], jobs: list[Job], places: list[int], payloads: list[Payload]) -> Dispatched:
    if not payloads:
        return _nothing(about)
    return Dispatched(event=about, payloads=payloads, started=[jobs[place].type.value for place in places])
