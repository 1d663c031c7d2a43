"""What must the tasks about Copr builds receive, seen from the legacy handlers?"""

from __future__ import annotations

from typing import Any

from shadow.checks import Checks
from shadow.config import service_config
from shadow.payloads import (
    CoprBuildEnd,
    CoprBuildStart,
    PullRequestCommentCoprBuild,
    PullRequestCoprBuild,
    PushCoprBuild,
    ReleaseCoprBuild,
)
from shadow.views.common import Inputs, change_of, config_of, for_job, id_of, place_of


def release_copr_build(handler: Any) -> Inputs:
    return {"payload": ReleaseCoprBuild(**for_job(handler))}


def push_copr_build(handler: Any) -> Inputs:
    return {"payload": PushCoprBuild(**for_job(handler))}


def pr_copr_build(handler: Any) -> Inputs:
    event = handler.event
    on_pagure = type(event).__name__ == "PullRequestPagureEvent"
    return {
        "payload": PullRequestCoprBuild(**for_job(handler), user_login=event.user_login, needs_permission=not on_pagure)
    }


def pr_comment_copr_build(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": PullRequestCommentCoprBuild(
            **for_job(handler), user_login=event.user_login, issue_id=vars(event).get("issue_id")
        )
    }


def copr_build_start(handler: Any) -> Inputs:
    event = handler.event
    jobs, place = config_of(event).jobs, place_of(handler)
    checks = Checks(config=service_config(), change=change_of(event), jobs=jobs, job=jobs[place])
    return {
        "payload": CoprBuildStart(
            build=_row_of_chroot(event),
            build_id=event.build_id,
            chroot=event.chroot,
            timestamp=event.timestamp,
            checks=checks.names(event.chroot),
            job=place,
        )
    }


def _row_of_chroot(event: Any) -> int | None:
    """The event holds the first row of the build where the chroot has none: that one is not meant."""
    row = vars(event.build)
    return id_of(event.build) if row["target"] == event.chroot else None


def copr_build_end(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": CoprBuildEnd(
            **for_job(handler),
            build_id=event.build_id,
            chroot=event.chroot,
            timestamp=event.timestamp,
            status=event.status,
            owner=event.owner,
            project_name=event.project_name,
        )
    }
