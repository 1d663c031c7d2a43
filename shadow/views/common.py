"""Where does legacy keep what a handler needs?

A view looks and does nothing else: what legacy looks up when it is asked for (project, package config, row of the
trigger, number of the pull request, commit) is read where legacy keeps what it found.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from shadow.package_config import Job, JobTrigger, JobType, PackageConfig
from shadow.payloads import Change, TriggerRow
from shadow.rows import pr_id
from shadow.selection import starts

Inputs = dict[str, Any]

OF_FILE = [item.name for item in fields(PackageConfig) if item.name not in ("jobs", "congratulate")]
OF_JOB = [item.name for item in fields(Job) if item.name not in ("type", "trigger")]


def for_job(handler: Any) -> Inputs:
    """Change, package config and the place of the job in it."""
    event = handler.event
    return {"change": change_of(event), "config": config_of(event), "job": place_of(handler)}


def place_of(handler: Any) -> int:
    """Which of the jobs of the file the handler runs for."""
    jobs = handler.event._package_config.jobs
    return next(place for place, job in enumerate(jobs) if job is handler.job_config)


def change_of(event: Any) -> Change:
    row = event._db_trigger
    found = None if row is None else TriggerRow(type=row.job_trigger, id=id_of(row))
    return Change(
        project_url=project_url_of(event),
        commit_sha=commit_of(event),
        identifier=event.identifier,
        git_ref=event.git_ref,
        pr_id=pr_id_of(event),
        trigger=found,
        starts=starts(event.trigger.value, found.type if found else None),
    )


def project_url_of(event: Any) -> str:
    """Legacy has it twice: as it came, and in the project that it made of it."""
    came: str | None = event.project_url
    made: str = event._project.url
    return came or made


def commit_of(event: Any) -> Any:
    """Of a release and of a comment the forge is asked for it: by then it was, for the package config."""
    kept = vars(event)
    if "_commit_sha" in kept:
        return kept["_commit_sha"]  # the property of that name would ask the forge
    return event.commit_sha


def pr_id_of(event: Any) -> int | None:
    """Legacy asks the row when it does not know the number."""
    row, known = event._db_trigger, event._pr_id
    return known if known is not None else pr_id(row)


def id_of(row: Any) -> int:
    """The id of a row, without asking the database for it again."""
    found: int = vars(row)["id"]
    return found


def config_of(event: Any) -> PackageConfig:
    found = event._package_config
    return PackageConfig(
        jobs=[job_of(job) for job in found.jobs],
        congratulate=found.notifications.pull_request.successful_build,
        **{name: getattr(found, name) for name in OF_FILE},
    )


def job_of(job: Any) -> Job:
    return Job(
        type=JobType(job.type.value),
        trigger=JobTrigger(job.trigger.value),
        **{name: getattr(job.metadata, name) for name in OF_JOB},
    )
