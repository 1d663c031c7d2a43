"""What is a message about a Copr build about, and what does each job of the package config make of it?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.models import CoprBuild, GitBranch
from shadow import rows, selection
from shadow.events import CoprBuildEvent, FedmsgTopic
from shadow.package_config import PackageConfig
from shadow.payloads import Change, CoprBuildEnd, CoprBuildStart, TriggerRow
from shadow.wire import Payload


def build_change(session: Session, kind: str, build: CoprBuild) -> Change | None:
    """What was built; None where its project is not known any more."""
    row = rows.started_by(session, build.trigger)
    if row is None or not row.project.project_url:
        return None
    pr_id = rows.pr_id(row)
    number = "" if pr_id is None else str(pr_id)
    return Change(
        project_url=row.project.project_url,
        commit_sha=build.commit_sha,
        identifier=row.name if isinstance(row, GitBranch) else number,
        git_ref=build.commit_sha,
        pr_id=pr_id,
        trigger=TriggerRow(type=row.job_trigger, id=row.id),
        starts=selection.starts(kind, row.job_trigger),
    )


def for_each_job(event: CoprBuildEvent, change: Change, config: PackageConfig, places: list[int]) -> list[Payload]:
    """One payload for each job, in the order of the file."""
    if event.topic is FedmsgTopic.copr_build_started:
        return [
            CoprBuildStart(
                change=change,
                jobs=config.jobs,
                job=place,
                build_id=event.build_id,
                chroot=event.chroot,
                timestamp=event.timestamp,
            )
            for place in places
        ]
    return [
        CoprBuildEnd(
            change=change,
            jobs=config.jobs,
            job=place,
            build_id=event.build_id,
            chroot=event.chroot,
            timestamp=event.timestamp,
            status=event.status,
            owner=event.owner,
            project_name=event.project_name,
            congratulate=config.congratulate,
        )
        for place in places
    ]
