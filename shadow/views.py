"""What must the split receive, seen from a legacy handler that is about to run?

A view looks and does nothing else: what legacy looks up when it is asked for (project, package config, row of the
trigger, number of the pull request) is read where legacy keeps what it found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shadow.events import TestingFarmResult
from shadow.package_config import Job, JobTrigger, JobType
from shadow.payloads import (
    Change,
    CoprBuildEnd,
    CoprBuildStart,
    Installation,
    PullRequestCoprBuild,
    TestingFarm,
    TestingFarmResults,
    TriggerRow,
)
from shadow.rows import pr_id
from shadow.selection import starts

Inputs = dict[str, Any]
Payload = Mapping[str, Any]

CHANGE = re.compile(r"-[^-]+?(-stg)?$")  # a Copr project's name ends in the number or the branch that is built
STARTED = re.compile(r"(.+)-\d{20}")  # job type and the moment of the result


# --- inputs: a legacy handler -> the parameters of the implementation -----------------------------------------------


def pr_copr_build(handler: Any) -> Inputs:
    return {"payload": PullRequestCoprBuild(**_for_job(handler), user_login=handler.event.user_login)}


def copr_build_start(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": CoprBuildStart(
            **_for_job(handler), build_id=event.build_id, chroot=event.chroot, timestamp=event.timestamp
        )
    }


def copr_build_end(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": CoprBuildEnd(
            **_for_job(handler),
            build_id=event.build_id,
            chroot=event.chroot,
            timestamp=event.timestamp,
            status=event.status,
            owner=event.owner,
            project_name=event.project_name,
            congratulate=_config(event).notifications.pull_request.successful_build,
        )
    }


def testing_farm(handler: Any) -> Inputs:
    return {"payload": TestingFarm(**_for_job(handler), chroot=handler.chroot)}


def testing_farm_results(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": TestingFarmResults(
            project_url=event._project.url,
            commit_sha=event.commit_sha,
            pr_id=_pr_id(event),
            pipeline_id=event.pipeline_id,
            result=TestingFarmResult(event.result.value),
            tests=[test.name for test in event.tests],
            message=event.message,
            log_url=event.log_url,
            copr_chroot=event.copr_chroot,
        )
    }


def installation(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": Installation(
            account_login=event.account_login,
            account_id=event.account_id,
            account_url=event.account_url,
            account_type=event.account_type,
            created_at=event.created_at,
            repositories=event.repositories,
            sender_id=event.sender_id,
            sender_login=event.sender_login,
        )
    }


def _for_job(handler: Any) -> Inputs:
    event, jobs = handler.event, _config(handler.event).jobs
    return {
        "change": _change(event),
        "jobs": [_job(job) for job in jobs],
        "job": next(place for place, job in enumerate(jobs) if job is handler.job_config),
    }


def _config(event: Any) -> Any:
    return event._package_config


def _change(event: Any) -> Change:
    row = event._db_trigger
    kind = None if row is None else row.job_trigger
    return Change(
        project_url=_project_url(event),
        commit_sha=event.commit_sha,
        identifier=event.identifier,
        git_ref=event.git_ref,
        pr_id=_pr_id(event),
        trigger=None if row is None else TriggerRow(type=row.job_trigger, id=vars(row)["id"]),
        starts=starts(event.trigger.value, kind),
    )


def _project_url(event: Any) -> str:
    """Legacy has it twice: as it came, and in the project that it made of it."""
    came: str | None = event.project_url
    made: str = event._project.url
    return came or made


def _pr_id(event: Any) -> int | None:
    """Legacy asks the row when it does not know the number."""
    row, known = event._db_trigger, event._pr_id
    return known if known is not None else pr_id(row)


def _job(job: Any) -> Job:
    metadata = job.metadata
    return Job(
        type=JobType(job.type.value),
        trigger=JobTrigger(job.trigger.value),
        targets=metadata.targets,
        owner=metadata.owner,
        project=metadata.project,
        list_on_homepage=metadata.list_on_homepage,
        preserve_project=metadata.preserve_project,
        additional_repos=metadata.additional_repos,
    )


# --- instances: which of several runs for one message ---------------------------------------------------------------


def place_of_job(inputs: Payload) -> str:
    return f"job {inputs['payload']['job']}"


def chroot_and_job(inputs: Payload) -> str:
    return f"{inputs['payload']['chroot']}, job {inputs['payload']['job']}"


def chroot(inputs: Payload) -> str:
    return str(inputs["payload"]["chroot"])


# --- entries and keys: what a message is for, and what it is about --------------------------------------------------


def is_babysit(payload: Any) -> bool:
    return isinstance(payload, dict) and payload.get("task") == "task.babysit_copr_build"


def is_event(payload: Any) -> bool:
    return not is_babysit(payload)


def babysit_arguments(payload: Payload) -> Inputs:
    return {"build_id": payload["build_id"]}


def event_arguments(payload: Any) -> Inputs:
    return {"event": payload}


def copr_project(payload: Any) -> str | None:
    """The owner and name of the project in Copr without the change: changes of one repository fail together."""
    if not isinstance(payload, dict) or not isinstance(payload.get("copr"), str):
        return None
    return f"copr {payload.get('owner')}/{CHANGE.sub('', payload['copr'])}"


def tested_project(payload: Any) -> str | None:
    """The full name of the repository that a test run was for."""
    artifact = payload.get("artifact") if isinstance(payload, dict) else None
    if not isinstance(artifact, dict) or not artifact.get("repo-namespace"):
        return None
    return f"{artifact['repo-namespace']}/{artifact.get('repo-name')}"


def looked_after(payload: Any) -> str | None:
    return f"build {payload.get('build_id')}" if is_babysit(payload) else None


# --- dispatch: what the entry returned -> what both sides must agree on ---------------------------------------------


def decided(value: Any) -> Any:
    """What was recognised, for which types of jobs something was started, and what was told instead."""
    if value is None or "jobs" not in value:
        return value  # nothing for us, or the split's own summary
    event = value["event"]
    started: list[str] = []
    told: dict[str, str] = {}
    for key, result in value["jobs"].items():
        found = STARTED.fullmatch(key)
        if found is not None or key == JobType.add_to_whitelist.value:
            started.append(found.group(1) if found else key)
        else:
            told[key] = result["details"]["msg"]
    return {"event": _about(event), "started": started, "told": told}


def failed(value: Any) -> bool:
    """Whether a handler says that it did not work."""
    return isinstance(value, dict) and value.get("success") is False


def _about(event: Payload) -> Payload:
    if event["trigger"] == "installation":
        return {"trigger": event["trigger"], "account_login": event["account_login"]}
    return {
        "trigger": event["trigger"],
        "project_url": event["project_url"],
        "commit_sha": event["commit_sha"],
        "pr_id": event["_pr_id"],
    }


def says_failure(value: Any) -> bool:
    """Whether what a handler returned says that it failed."""
    return isinstance(value, dict) and value.get("success") is False


def class_name(path: Any) -> Any:
    """The name of a class without its module."""
    return path.rsplit(".", 1)[-1] if isinstance(path, str) else path
