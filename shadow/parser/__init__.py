"""Which event is this payload? None where it is nothing that the service knows.

One function for each kind of event, in a module for each source. It takes what the event needs (`base` says what counts
as that); where something is missing it is no event, and the next one is asked. They raise ValueError, and only for
what nobody knows: a result of Testing Farm, a state of Koji, a group within a group of GitLab.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shadow.events import Event
from shadow.parser import fedora, github, gitlab, pagure, testing_farm
from shadow.parser.base import Payload

PARSERS: tuple[Callable[[Payload], Event | None], ...] = (
    github.pull_request,
    github.pull_request_comment,
    github.issue_comment,
    github.release,
    github.push,
    github.installation,
    fedora.dist_git_commit,
    testing_farm.results,
    fedora.copr_build,
    gitlab.merge_request,
    fedora.koji_build,
    gitlab.merge_request_comment,
    gitlab.issue_comment,
    gitlab.push,
)


def _anything(_: Event) -> bool:
    return True


def parse(payload: Any, is_taken: Callable[[Event], bool] = _anything) -> Event | None:
    """The first that accepts the payload wins; where its event is not taken, the next one is asked."""
    if not isinstance(payload, dict):
        return None
    found = (parser(payload) for parser in PARSERS)
    return next((event for event in found if event is not None and is_taken(event)), None)


def parse_centos(payload: Any) -> Event | None:
    """What comes over the message bus of CentOS says by its topic what it is."""
    return pagure.parse(payload) if isinstance(payload, dict) else None
