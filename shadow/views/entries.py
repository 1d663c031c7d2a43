"""Which entry is a message for, with which arguments, and what must both sides agree on when it was dispatched?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

STARTED = re.compile(r"(.+)-\d{20}")  # job type and the moment of the result
WITHOUT_JOB = frozenset({"add_to_whitelist", "create_bugzilla"})
CENTOS = "centosmsg"


def is_babysit(payload: Any) -> bool:
    """Whether it is the delayed task; what names no build is none of those either."""
    return isinstance(payload, dict) and payload.get("task") == "task.babysit_copr_build" and "build_id" in payload


def is_event(payload: Any) -> bool:
    return not is_babysit(payload)


def babysit_arguments(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"build_id": payload["build_id"]}


def babysit_payload(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The message that the arguments of a task on a worker were made of."""
    return {"task": "task.babysit_copr_build", **arguments}


def event_arguments(payload: Any) -> dict[str, Any]:
    """The listener to the bus of CentOS names topic and source; those topics begin with a host."""
    topic = payload.get("topic") if isinstance(payload, dict) else None
    if isinstance(topic, str) and "/" in topic:
        return {"event": payload, "topic": topic, "source": CENTOS}
    return {"event": payload}


def decided(value: Any) -> Any:
    """What was recognised, for which types of jobs something was started, and what was told instead."""
    if value is None or "jobs" not in value:
        return value  # nothing for us, or the split's own summary
    event = value["event"]
    started: list[str] = []
    told: dict[str, str] = {}
    for key, result in value["jobs"].items():
        found = STARTED.fullmatch(key)
        if found is not None or key in WITHOUT_JOB:
            started.append(found.group(1) if found else key)
        else:
            told[key] = result["details"]["msg"]
    return {"event": _about(event), "started": started, "told": told}


def _about(event: Mapping[str, Any]) -> Mapping[str, Any]:
    if event["trigger"] == "installation":
        return {"trigger": event["trigger"], "account_login": event["account_login"]}
    return {
        "trigger": event["trigger"],
        "project_url": event["project_url"],
        "commit_sha": event["_commit_sha"] if "_commit_sha" in event else event.get("commit_sha", ""),
        "pr_id": event["_pr_id"],
    }


def says_failure(value: Any) -> bool:
    """Whether what a handler returned says that it failed."""
    return isinstance(value, dict) and value.get("success") is False


def class_name(path: Any) -> Any:
    """The name of a class without its module."""
    return path.rsplit(".", 1)[-1] if isinstance(path, str) else path
