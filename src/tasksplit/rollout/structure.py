"""Which handlers are there, and which of them move together?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Which handlers does a migration have, which of them depend on each other, and which start which?"""

    handlers: tuple[str, ...]
    """Without ``dispatch``."""
    groups: tuple[frozenset[str], ...] = ()
    """Handlers that move together; groups that share a handler are one."""
    children: tuple[tuple[str, str], ...] = ()
    """A parent and a child that it starts: where the parent's split acts, so does the child's."""
    taskless: frozenset[str] = frozenset()
    """Handlers without a task of their own: they run in those of dispatch."""
    onwards: frozenset[str] = frozenset()
    """Handlers whose task sends what comes next: beside legacy, which goes on itself, that would be done twice."""

    @classmethod
    def of(cls, migration: Migration) -> Structure:
        """Return that of a migration: a handler moves with those that it must come ``after``."""
        return cls(
            handlers=tuple(handler.name for handler in migration.handlers),
            groups=tuple(frozenset({handler.name, *handler.after}) for handler in migration.handlers if handler.after),
            taskless=frozenset(migration.inside),
            onwards=frozenset(handler.name for handler in migration.handlers if handler.hands_on),
        )

    def __post_init__(self) -> None:
        tied = {h for several in (*self.groups, *self.children) for h in several}
        for name in sorted(tied | self.taskless | self.onwards):
            if name not in self.handlers:
                raise _unknown(name, self.handlers)

    @property
    def names(self) -> tuple[str, ...]:
        """Return ``dispatch`` and the handlers."""
        return (DISPATCH, *self.handlers)

    @property
    def inside(self) -> frozenset[str]:
        """Return the handlers that act where dispatch does: without a task, with one that sends what comes next, or
        tied to such a one. See ``laws``.
        """
        return _inside(self)

    def check(self, name: str) -> None:
        """Raise ``DeclarationError`` where there is no handler of that name."""
        if name not in self.names:
            raise _unknown(name, self.names)

    def group(self, handler: str) -> frozenset[str]:
        """Return all that move together with a handler, itself included."""
        found = frozenset({handler})
        while True:
            wider = found.union(*(group for group in self.groups if group & found))
            if wider == found:
                return found
            found = wider

    def children_of(self, handler: str) -> frozenset[str]:
        """Return the handlers that this one starts."""
        return frozenset(child for parent, child in self.children if parent == handler)

    def parents_of(self, handler: str) -> frozenset[str]:
        """Return the handlers that start this one."""
        return frozenset(parent for parent, child in self.children if child == handler)

    def tie(self, handler: str, other: str) -> str:
        """Return in words why a handler moves with another one."""
        if handler == DISPATCH:
            needs = f"{other!r} can only act where dispatch does"
            return f"since {needs if other in self.inside else 'dispatch needs every handler live'}"
        if handler in self.group(other):
            return "since they are one group"
        if handler in self.children_of(other):
            return f"since {other!r} starts it"
        if handler in self.parents_of(other):
            return f"since it starts {other!r}"
        bound = "since it can only act where dispatch does"
        return bound if handler in self.inside else "since it is tied to others that move"


@lru_cache(maxsize=64)
def _inside(structure: Structure) -> frozenset[str]:
    found = structure.taskless | structure.onwards
    while True:
        wider = found.union(*(structure.group(name) | structure.parents_of(name) for name in found))
        if wider == found:
            return found
        found = wider


def _unknown(name: str, known: tuple[str, ...]) -> DeclarationError:
    return DeclarationError(
        sentence(
            found=f"the handler name {name!r}",
            expected="one of " + ", ".join(known),
            do="use a name that the migration declares",
        )
    )
