"""What kind of event is a message, by its looks? Whether anybody wants it is another question."""

from __future__ import annotations

from typing import Any

from shadow.views.entries import is_babysit

OTHER = "other"

TOPICS = {
    "org.fedoraproject.prod.git.receive": "dist-git commit",
    "org.fedoraproject.prod.copr.build.start": "copr build start",
    "org.fedoraproject.prod.copr.build.end": "copr build end",
    "org.fedoraproject.prod.buildsys.task.state.change": "koji task",
}
# the first one that the topic begins with
PAGURE_TOPICS = (
    ("pull-request.comment.", "pagure pull request comment"),
    ("pull-request.tag.", "pagure label"),
    ("pull-request.", "pagure pull request"),
    ("git.receive", "pagure push"),
)


def event_kind(payload: Any) -> str:
    """A name for the kind of any payload: ``github pull request``."""
    if not isinstance(payload, dict):
        return OTHER
    if is_babysit(payload):
        return "babysit"
    topic = payload.get("topic")
    if isinstance(topic, str):
        return _pagure(topic.partition("/")[2]) if "/" in topic else TOPICS.get(topic, OTHER)
    if isinstance(payload.get("pipeline"), dict):
        return "testing farm results"
    return _gitlab(payload) if "object_kind" in payload else _github(payload)


def _pagure(topic: str) -> str:
    return next((kind for beginning, kind in PAGURE_TOPICS if topic.startswith(beginning)), OTHER)


def _gitlab(payload: dict[str, Any]) -> str:
    match payload["object_kind"]:
        case "merge_request":
            return "gitlab merge request"
        case "note" if "merge_request" in payload:
            return "gitlab merge request comment"
        case "note" if "issue" in payload:
            return "gitlab issue comment"
        case "push":
            return "gitlab push"
        case _:
            return OTHER


def _github(payload: dict[str, Any]) -> str:
    issue, installation = payload.get("issue"), payload.get("installation")
    if isinstance(issue, dict) and "comment" in payload:
        return "github pull request comment" if "pull_request" in issue else "github issue comment"
    if "pull_request" in payload:
        return "github pull request"
    if "release" in payload:
        return "github release"
    if "ref" in payload and "before" in payload:
        return "github push"
    if isinstance(installation, dict) and "account" in installation:
        return "github installation"
    return OTHER
