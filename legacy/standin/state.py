"""What did the services take note of during this message?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from legacy.standin import facts


@dataclass
class State:
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    issues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    copr_projects: dict[str, list[str]] = field(default_factory=dict)
    builds: dict[int, dict[str, Any]] = field(default_factory=dict)
    test_requests: list[dict[str, Any]] = field(default_factory=list)

    def submit(self, build: dict[str, Any]) -> int:
        build_id = facts.NEW_BUILDS_FROM + 1 + len(self.builds)
        self.builds[build_id] = build
        return build_id


current = State()


def reset() -> None:
    """Forget everything."""
    current.__init__()  # type: ignore[misc]  # the same object: others hold it
