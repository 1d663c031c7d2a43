"""Which differences of a pair lie at a path, or below it, and which of them has nobody shown yet?"""

from __future__ import annotations

from collections.abc import Sequence

from tasksplit.model.verdict import Difference, Kind

_NEXT = (".", "[")  # with which a path goes on
_BOTH = (Kind.VALUE, Kind.TYPE, Kind.ORDER)  # of what both sides have


class Listed:
    """The differences of one pair, at most a few dozen."""

    def __init__(self, differences: Sequence[Difference]) -> None:
        self._all = tuple(differences)
        self._left = list(self._all)

    def at(self, path: str) -> tuple[Difference, ...]:
        """Return those at this very path."""
        return tuple(one for one in self._all if one.path == path)

    def under(self, path: str) -> tuple[Difference, ...]:
        """Return those at this path or below it."""
        return tuple(one for one in self._all if is_under(one.path, path))

    def within(self, path: str) -> bool:
        """Return whether an item that both sides have differs: what only the split has bears its own number."""
        return any(one.path != path or one.kind in _BOTH for one in self.under(path))

    def is_leaf(self, path: str) -> bool:
        """Return whether the comparison went no further down than this."""
        return any(one.kind in (Kind.VALUE, Kind.TYPE) for one in self.at(path))

    def drawn(self, path: str, absent: Kind | None) -> tuple[Difference, ...]:
        """Return those that a line at this path shows, and remember that they were shown.

        ``absent``: ``missing`` or ``extra`` where one side has nothing there; None where both have something.
        """
        found = tuple(one for one in self._all if _shows(path, absent, one))
        self._left = [one for one in self._left if one not in found]
        return found

    def left(self) -> tuple[Difference, ...]:
        """Return those that no line has shown."""
        return tuple(self._left)


def _shows(path: str, absent: Kind | None, one: Difference) -> bool:
    if one.path == path:
        return one.kind is absent if absent else one.kind in _BOTH
    return is_under(path, one.path) or (absent is None and is_under(one.path, path))


def is_under(path: str, above: str) -> bool:
    """Return whether a path is another one, or lies below it."""
    return path.startswith(above) and (len(path) == len(above) or path[len(above)] in _NEXT)
