"""What did the services take note of during this message?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from legacy.standin import draw, facts


@dataclass
class State:
    """What was noted; what is on another forge than GitHub, or in a fork, is under names that begin with that place."""

    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    flags: list[dict[str, Any]] = field(default_factory=list)
    issues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    copr_projects: dict[str, list[str]] = field(default_factory=dict)
    builds: dict[int, dict[str, Any]] = field(default_factory=dict)
    test_requests: list[dict[str, Any]] = field(default_factory=list)
    tests_asked: dict[str, int] = field(default_factory=dict)
    bugs: dict[int, dict[str, Any]] = field(default_factory=dict)
    patches: list[dict[str, Any]] = field(default_factory=list)
    proposals: list[dict[str, Any]] = field(default_factory=list)
    koji_tasks: dict[int, dict[str, Any]] = field(default_factory=dict)
    kerberos_away: bool = False
    package_config: str | None = None
    """What every repository has as its .packit.yaml, in place of what is drawn for it."""

    def submit(self, build: dict[str, Any]) -> int:
        """Take a build for Copr; its id."""
        about = [build[name] for name in ("ownername", "projectname", "path", "chroots")]
        return _number(self.builds, facts.NEW_BUILDS_FROM, build, about)

    def submit_to_koji(self, build: dict[str, Any]) -> int:
        """Take a build for Koji; the id of its task."""
        return _number(self.koji_tasks, facts.NEW_TASKS_FROM, build, list(build.values()))


def _number(taken: dict[int, dict[str, Any]], first: int, build: dict[str, Any], about: list[Any]) -> int:
    """An id that depends on what is built, the next one if it was asked for before: not on what others ask."""
    number = first + 1 + draw.number("new build", *about) % 90_000_000
    while number in taken:
        number += 1
    taken[number] = build
    return number


current = State()


def reset() -> None:
    """Forget everything."""
    current.__init__()  # type: ignore[misc]  # the same object: others hold it
