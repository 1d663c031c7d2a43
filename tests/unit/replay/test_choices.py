"""Which ways does a file hold, and which of them were gone? Each shape of code, run and measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasksplit.errors import ReplayError
from tasksplit.model.message import Side
from tasksplit.replay.choices import Source, read
from tasksplit.replay.touched import Touching, unpacked
from tests.unit.replay import choices_of as code
from tests.unit.replay.choosy.migration import migration

FILE = code.__file__ or ""
LINES = Path(FILE).read_text().splitlines()


@pytest.fixture(scope="module")
def source() -> Source:
    return read(FILE)


def gone(source: Source, act: Callable[[], Any]) -> tuple[set[str], set[str]]:
    touching = Touching(migration, "tests.unit.replay.choosy.migration:migration", Side.LEGACY)
    touching.start()
    try:
        touching.stack()
        act()
        touched = touching.take()
    finally:
        touching.stop()
    return source.taken(unpacked(touched["dispatch"][FILE]))


def line(mark: str) -> int:
    return next(n for n, text in enumerate(LINES, 1) if text.endswith(f"# {mark}"))


def way(here: str, there: str) -> str:
    return f"tests/unit/replay/choices_of.py:{line(here)}->{line(there) if there else 'exit'}"


@pytest.mark.parametrize(
    ("function", "argument", "taken", "other"),
    [
        (code.several_lines, 3, ("long condition", "between"), ("long condition", "outside")),
        (code.several_lines, 1, ("long condition", "outside"), ("long condition", "between")),
        (code.loop, 3, ("third?", "third"), ("for", "all")),
        (code.loop, 1, ("for", "all"), ("third?", "third")),
        (code.caught, 0, ("zero?", "zero"), ("type?", "type")),
        (code.caught, "x", ("type?", "type"), ("zero?", "zero")),
        (code.matched, 1, ("one?", "one"), ("one?", "two?")),
        (code.matched, 3, ("two?", "rest"), ("two?", "two")),
        (code.closed, 1, ("closed?", "closed"), ("closed?", "")),
        (code.closed, 0, ("closed?", ""), ("closed?", "closed")),
        (code.decorated, 0, ("decorated?", "not decorated"), ("decorated?", "decorated")),
        (lambda n: code.outer(n)(), 1, ("inner?", "inner"), ("inner?", "not inner")),
        (lambda n: list(code.counting(n)), 0, ("counting?", ""), ("counting?", "counting")),
    ],
    ids=["lines", "lines else", "break", "no break", "except", "second except", "case", "no case", "with", "with else",
         "decorated", "inner", "generator"],
)  # fmt: skip
def test_a_way_that_was_gone_is_taken_and_the_other_is_known(
    source: Source, function: Callable[..., Any], argument: Any, taken: tuple[str, str], other: tuple[str, str]
) -> None:
    functions, choices = gone(source, lambda: function(argument))
    known = {choice for f in source.functions.values() for choice in f.all}
    assert choices <= known
    assert way(*taken) in choices
    assert way(*other) in known - choices
    assert {source.functions[name].entry for name in functions} <= choices


def test_a_function_that_was_called_is_known_by_its_entry(source: Source) -> None:
    functions, choices = gone(source, lambda: code.outer(1))
    assert functions == {"outer"}
    assert choices == {source.functions["outer"].entry}
    assert "outer.<locals>.inner" in source.functions


def test_one_line_has_no_branches_but_its_entry(source: Source) -> None:
    short = source.functions["short"]
    assert list(short.all) == [short.entry]
    assert gone(source, lambda: code.short(1)) == ({"short"}, {short.entry})


def test_what_the_team_leaves_out_of_its_own_coverage_is_no_choice(source: Source) -> None:
    assert "left_out" not in source.functions


def test_a_while_true_is_no_choice(source: Source) -> None:
    loop = source.functions["loop"]
    assert not any(LINES[here - 1].strip() == "while True:" for here, _there in loop.branches)


def test_own_code_is_what_is_named_and_what_it_names_in_turn(source: Source) -> None:
    assert source.own(["decorated"], frozenset()) == {"decorated", "twice", "twice.<locals>.inner"}
    assert source.own(["decorated"], frozenset({"twice"})) == {"decorated"}
    assert source.own(["nowhere"], frozenset()) == set()


@pytest.mark.parametrize("text", [None, "def broken(:\n"], ids=["gone", "broken"])
def test_a_source_that_cannot_be_read_is_a_sentence(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "moved.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ReplayError, match=r"moved\.py cannot be read"):
        read(str(file))
