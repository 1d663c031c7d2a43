"""Of which lines and branches is this evidence? What paired messages took, by handler, on both sides."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from inspect import unwrap
from os.path import realpath
from typing import TypeVar

from tasksplit.model.branches import Branches, Covered
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.model.verdict import Judged, Verdict
from tasksplit.replay.choices import Source, read
from tasksplit.replay.touched import Touched, unpacked
from tasksplit.worlds.references import resolve

_T = TypeVar("_T")
Place = tuple[Side, str]  # a side and a handler
Stratum = tuple[str, str]  # a handler and its stratum, as its evidence names it


@dataclass(frozen=True, slots=True)
class Shown:
    """What did one message show? A bit for each thing, in the order in which the things were first seen."""

    branches: int = 0
    strata: int = 0
    differences: int = 0

    def __or__(self, other: Shown) -> Shown:
        return Shown(self.branches | other.branches, self.strata | other.strata, self.differences | other.differences)


class Coverage:
    """Which branches did the paired messages take? Grows with the branches, and by two numbers for each message.

    A handler's branches are those of its own code (the class or function of the boundary, and what of the same module
    it names) and of every function of the side's packages that ran while its boundary was the innermost.
    """

    def __init__(self, migration: Migration) -> None:
        self._migration = migration
        self._sources: dict[str, Source] = {}
        self._taken: dict[tuple[Place, str, bytes], int] = {}  # the same way through a file is looked up once
        self._ran: dict[Place, set[tuple[str, str]]] = defaultdict(set)  # file and function
        self._branches: dict[tuple[Place, str], int] = {}
        self._strata: dict[Stratum, int] = {}
        self._differences: dict[str, int] = {}
        self.messages: dict[str, Shown] = {}
        """What each paired message showed."""

    def add(self, judged: Sequence[Judged], legacy: Touched, split: Touched) -> None:
        """Add what one paired message showed; of a handler that it is no evidence for, no branch counts as taken.

        Raises:
            ReplayError: a source that ran cannot be read.
        """
        told = _told(judged)
        shown = Shown(
            branches=self._both((Side.LEGACY, legacy), (Side.SPLIT, split), told=told),
            strata=_bits(_number(self._strata, (one.handler, one.stratum)) for one in judged),
            differences=_bits(_number(self._differences, d.fingerprint) for one in judged for d in one.differences),
        )
        for message in {one.message for one in judged}:
            self.messages[message] = self.messages.get(message, Shown()) | shown

    def covered(self, handler: str) -> Covered:
        """Return which branches of a handler there are, and which were taken."""
        return Covered(legacy=self._of((Side.LEGACY, handler)), split=self._of((Side.SPLIT, handler)))

    def _of(self, place: Place) -> Branches:
        taken = (branch for where, branch in self._branches if where == place)
        return Branches(known=tuple(self._known(place)), touched=tuple(taken))

    def _both(self, *sides: tuple[Side, Touched], told: set[str]) -> int:
        found = 0
        for side, touched in sides:
            for handler in touched.keys() & told:
                for file, content in touched[handler].items():
                    found |= self._through((side, handler), file, content)
        return found

    def _through(self, place: Place, file: str, content: bytes) -> int:
        known = self._taken.get((place, file, content))
        if known is not None:
            return known
        functions, choices = self._source(file).taken(unpacked(content))
        self._ran[place] |= {(file, name) for name in functions}
        bits = _bits(_number(self._branches, (place, choice)) for choice in choices)
        self._taken[place, file, content] = bits
        return bits

    def _known(self, place: Place) -> Iterator[str]:
        for file, name in self._ran[place] | self._own(place):
            yield from self._source(file).functions[name].all

    def _own(self, place: Place) -> set[tuple[str, str]]:
        side, handler = place
        roots = dict[str, set[str]]()
        others = dict[str, set[str]]()
        for name in self._migration.names:
            for path in _paths(self._migration, side, name):
                for file, root in _roots(path, self._source):
                    (roots if name == handler else others).setdefault(file, set()).add(root)
        return {
            (file, name)
            for file, names in roots.items()
            for name in self._source(file).own(names, frozenset(others.get(file, ())))
        }

    def _source(self, file: str) -> Source:
        if file not in self._sources:
            self._sources[file] = read(file)
        return self._sources[file]


def _told(judged: Sequence[Judged]) -> set[str]:
    """Return the handlers of which this message is evidence: every pair was decided, and one at least counts."""
    evidence = {one.handler for one in judged if one.verdict in (Verdict.MATCH, Verdict.MISMATCH)}
    return evidence - {one.handler for one in judged if one.verdict in (Verdict.UNPAIRED, Verdict.UNDECIDED)}


def _paths(migration: Migration, side: Side, handler: str) -> list[str]:
    if handler == DISPATCH:
        return [e.legacy if side is Side.LEGACY else e.split for e in migration.entries]
    declared = migration.handler(handler)
    return [declared.legacy if side is Side.LEGACY else declared.implementation]


def _roots(path: str, source: Callable[[str], Source]) -> Iterator[tuple[str, str]]:
    """Yield file and name of what a dotted path leads to: a task's function, a function, a method and its class."""
    target = resolve(path)
    called = getattr(target.value, "run", target.value)  # of a task
    code = getattr(unwrap(getattr(called, "__func__", called)), "__code__", None)
    if code is not None:
        file = realpath(code.co_filename)
        found = source(file).at(code.co_firstlineno)
        if found is not None:
            yield file, found.name
    if target.cls is not None:
        yield realpath(str(sys.modules[target.cls.__module__].__file__)), target.cls.__qualname__


def _bits(numbers: Iterable[int]) -> int:
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


def _number(numbers: dict[_T, int], what: _T) -> int:
    return numbers.setdefault(what, len(numbers))
