"""Which event of the distribution's message bus is this payload?"""

from __future__ import annotations

from shadow.events import CoprBuildEvent, DistGitEvent, FedmsgTopic, KojiBuildEvent, KojiBuildState
from shadow.parser.base import Payload, incomplete, members, name, number, seconds, whole

DIST_GIT = "https://src.fedoraproject.org"
COPR_TOPICS = frozenset({FedmsgTopic.copr_build_started.value, FedmsgTopic.copr_build_finished.value})


def dist_git_commit(payload: Payload) -> DistGitEvent | None:
    if name(payload, "topic") != FedmsgTopic.dist_git_push.value:
        return None
    namespace, repo, branch, rev = (
        name(payload, "msg", "commit", key) for key in ("namespace", "repo", "branch", "rev")
    )
    if incomplete(namespace, repo, branch, rev):
        return None
    url = f"{DIST_GIT}/{namespace}/{repo}"
    return DistGitEvent(namespace=namespace, repo_name=repo, project_url=url, branch=branch, commit_sha=rev)


def copr_build(payload: Payload) -> CoprBuildEvent | None:
    """Whether the build is ours, the rows say."""
    topic, build_id, chroot = name(payload, "topic"), number(payload, "build"), name(payload, "chroot")
    if topic not in COPR_TOPICS or incomplete(build_id, chroot):
        return None
    return CoprBuildEvent(
        topic=FedmsgTopic(topic),
        build_id=build_id,
        chroot=chroot,
        status=whole(payload, "status") or 0,
        owner=name(payload, "owner") or "",
        project_name=name(payload, "copr") or "",
        timestamp=seconds(payload, "timestamp"),
    )


def koji_build(payload: Payload) -> KojiBuildEvent | None:
    is_change = name(payload, "topic") == FedmsgTopic.koji_state_change.value
    if not is_change or whole(payload, "info", "state") is None:
        return None
    build_id, new, old = number(payload, "id"), name(payload, "new"), name(payload, "old")
    if incomplete(build_id, new):
        return None
    children = members(payload, "info", "children")
    return KojiBuildEvent(
        build_id=build_id,
        state=KojiBuildState(new),
        old_state=KojiBuildState(old) if old is not None else None,
        start_time=seconds(payload, "info", "start_time"),
        completion_time=seconds(payload, "info", "completion_time"),
        rpm_build_task_id=next(
            (number(child, "id") for child in children if name(child, "method") == "buildArch"), None
        ),
    )
