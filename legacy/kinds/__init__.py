"""Which kinds of messages are there? One module for each service that sends some."""

from __future__ import annotations

from legacy.kinds import fedora, github, gitlab, pagure, testing_farm
from legacy.kinds.kind import Kind

__all__ = ["Kind", "kinds"]


def kinds(*, compact: bool) -> tuple[Kind, ...]:
    """Return all kinds; `compact`: with less around what is read."""
    found: list[Kind] = []
    for service in (github, gitlab, pagure, fedora, testing_farm):
        found.extend(service.kinds(compact=compact))
    return tuple(found)
