"""Which event of the distribution is a message of its bus?"""

from __future__ import annotations

import logging
from typing import Any

from legacy.events import CoprBuildEvent, DistGitEvent, FedmsgTopic, KojiBuildEvent, KojiBuildState
from legacy.models import CoprBuild
from legacy.parser.base import is_complete, members, name, number, seconds, whole

logger = logging.getLogger(__name__)

COPR_TOPICS = frozenset({FedmsgTopic.copr_build_started.value, FedmsgTopic.copr_build_finished.value})


def parse_dist_git(payload: dict[str, Any]) -> DistGitEvent | None:
    topic = name(payload, "topic")
    if topic != FedmsgTopic.dist_git_push.value:
        return None
    read: dict[str, Any] = {
        "repo_namespace": name(payload, "msg", "commit", "namespace"),
        "repo_name": name(payload, "msg", "commit", "repo"),
        "branch": name(payload, "msg", "commit", "branch"),
        "git_ref": name(payload, "msg", "commit", "rev"),
    }
    if not is_complete("A commit in dist-git", read):
        return None
    return DistGitEvent(topic=FedmsgTopic.dist_git_push, msg_id=name(payload, "msg_id"), **read)


def parse_copr(payload: dict[str, Any]) -> CoprBuildEvent | None:
    topic = name(payload, "topic")
    if topic not in COPR_TOPICS:
        return None
    build_id, chroot = number(payload, "build"), name(payload, "chroot")
    if build_id is None or chroot is None:
        logger.warning("A build in Copr without its number or chroot.")
        return None
    # srpm-builds, and chroots that somebody added in Copr, have no row of their own
    build = CoprBuild.get_by_build_id(build_id, chroot) or CoprBuild.get_by_build_id(build_id)
    if build is None:
        logger.warning("Copr build %s is not ours.", build_id)
        return None
    return CoprBuildEvent(
        topic=FedmsgTopic(topic),
        build_id=build_id,
        build=build,
        chroot=chroot,
        status=whole(payload, "status") or 0,
        owner=name(payload, "owner") or "",
        project_name=name(payload, "copr") or "",
        pkg=name(payload, "pkg") or "",
        timestamp=seconds(payload, "timestamp"),
    )


def parse_koji(payload: dict[str, Any]) -> KojiBuildEvent | None:
    if name(payload, "topic") != FedmsgTopic.koji_state_change.value or whole(payload, "info", "state") is None:
        return None
    build_id, state, old_state = number(payload, "id"), name(payload, "new"), name(payload, "old")
    if build_id is None or state is None:
        logger.warning("A build in Koji without its number or state.")
        return None
    return KojiBuildEvent(
        build_id=build_id,
        state=KojiBuildState(state),
        old_state=KojiBuildState(old_state) if old_state is not None else None,
        start_time=seconds(payload, "info", "start_time"),
        completion_time=seconds(payload, "info", "completion_time"),
        rpm_build_task_id=_rpm_build_task_id(payload),
    )


def _rpm_build_task_id(payload: dict[str, Any]) -> int | None:
    """The id of the first task that builds packages."""
    for child in members(payload, "info", "children"):
        if name(child, "method") == "buildArch":
            return number(child, "id")
    return None
