"""Which choices does a source file hold, function by function? As coverage.py reads them from the text, unexecuted."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasksplit.errors import ReplayError, sentence
from tasksplit.replay.touched import Arc

_Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Function:
    """Where does one function begin, and between which ways does it choose?"""

    name: str
    """As Python calls it within its module: ``Handler.run``, ``outer.<locals>.inner``."""
    start: int
    """Line of its first decorator, or of its ``def``."""
    entry: str
    """What stands for its being called at all: ``x.py:12->13``, from its ``def`` to its first line."""
    branches: Mapping[Arc, str]
    """The ways out of each line that has several, and into each ``except``: arc -> ``x.py:14->17``."""
    calls: frozenset[str]
    """Functions of the same module that it names."""

    @property
    def all(self) -> Iterator[str]:
        """Yield its entry and its branches."""
        yield self.entry
        yield from self.branches.values()


class Source:
    """Which choices does one file hold, and which of them do arcs stand for?"""

    def __init__(self, file: str, functions: Sequence[Function], reader: Any) -> None:
        self.file = file
        self.functions = {f.name: f for f in functions}
        self._starts = {f.start: f for f in functions}
        self._arcs = {arc: f for f in functions for arc in f.branches}
        self._reader = reader

    def at(self, line: int) -> Function | None:
        """Return the function that begins in ``line``, which is what Python says of its code."""
        return self._starts.get(line)

    def taken(self, arcs: Iterable[Arc]) -> tuple[set[str], set[str]]:
        """Return the names of the functions that ran, and the choices that were made in them."""
        functions, choices = set(), set()
        for start, end in arcs:  # as measured: the entry of a function is known by its line
            entered = self._starts.get(-start)
            if entered is not None and (end != -start or entered.entry.endswith(f":{end}->{end}")):
                functions.add(entered.name)
                choices.add(entered.entry)
        for arc in self._reader.translate_arcs(arcs):
            at = self._arcs.get(arc)
            if at is not None:
                functions.add(at.name)
                choices.add(at.branches[arc])
        return functions, choices

    def own(self, roots: Iterable[str], without: frozenset[str]) -> set[str]:
        """Return the functions named, all that lie in them, and those of the module that they name, and so on.

        ``without``: functions that are others' own.
        """
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            root = waiting.pop()
            for name in self.functions:
                if name not in found and (name == root or name.startswith((f"{root}.", f"{root}.<locals>."))):
                    found.add(name)
                    waiting += self.functions[name].calls - without
        return found


def read(file: str) -> Source:
    """Read a source file; raise ReplayError when it cannot be read, or is no longer what ran."""
    from coverage import Coverage
    from coverage.exceptions import CoverageException
    from coverage.python import PythonFileReporter

    try:
        reader = PythonFileReporter(file, Coverage(data_file=None, config_file=False))
        arcs = {arc for arc in reader.arcs() if arc[0] > 0}
        several = {line for line, count in reader.exit_counts().items() if count > 1} - reader.no_branch_lines()
        excluded = reader.excluded_lines()
        tree = ast.parse(reader.source())
    except (CoverageException, SyntaxError, OSError) as error:
        raise ReplayError(
            sentence(found=f"that {file} cannot be read: {error}", expected="the source of what ran", do="run it again")
        ) from error
    caught = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)}
    choices = {arc for arc in arcs if arc[0] in several | caught and not {abs(arc[1]), arc[0]} & excluded}
    functions = list(_functions(tree, _shown(file), choices, excluded))
    return Source(file, functions, reader)


def _shown(file: str) -> str:
    """Return a file as it is written in a report: relative to where the run is, if it is below."""
    path = Path(file)
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else path.as_posix()


def _functions(tree: ast.Module, shown: str, choices: set[Arc], excluded: set[int]) -> Iterator[Function]:
    module = {node.name for node in tree.body if isinstance(node, _Definition)}
    found = [(name, node) for name, node in _definitions(tree, "") if node.lineno not in excluded]
    inner: dict[int, str] = {}
    for name, node in found:  # what lies deeper comes later, and takes its lines; one line is no choice of its own
        inner.update(dict.fromkeys(range(_start(node), (node.end_lineno or node.lineno) + 1), name))
    for name, node in found:
        mine = sorted(arc for arc in choices if inner.get(arc[0]) == name and node.lineno != _first(node))
        yield Function(
            name=name, start=_start(node), entry=f"{shown}:{node.lineno}->{_first(node)}",
            branches={arc: f"{shown}:{arc[0]}->{arc[1] if arc[1] > 0 else 'exit'}" for arc in mine},
            calls=frozenset(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in module),
        )  # fmt: skip


def _definitions(node: ast.AST, before: str) -> Iterator[tuple[str, _Definition]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Definition):
            yield before + child.name, child
            yield from _definitions(child, f"{before}{child.name}.<locals>.")
        elif isinstance(child, ast.ClassDef):
            yield from _definitions(child, f"{before}{child.name}.")
        else:
            yield from _definitions(child, before)


def _start(node: _Definition) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def _first(node: _Definition) -> int:
    """Return the line of its first statement behind what documents it."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None and len(node.body) > 1 else node.body
    return body[0].lineno
