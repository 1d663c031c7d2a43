"""What a message takes belongs to the boundary that is the innermost, in every thread, and to nobody else's message."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.capture.journal import Frame
from tasksplit.errors import DeclarationError
from tasksplit.model.message import Side
from tasksplit.replay.choices import read
from tasksplit.replay.touched import Touched, Touching, packed, unpacked
from tests.unit.replay import choices_of as code
from tests.unit.replay.choosy.migration import migration
from tests.unit.replay.replayed import replay, step

PATH = "tests.unit.replay.choosy.migration:migration"
FILE = code.__file__ or ""


@pytest.fixture
def touching() -> Iterator[Touching]:
    touching = Touching(migration, PATH, Side.LEGACY)
    touching.start()
    yield touching
    touching.stop()


def frame(handler: str) -> Frame:
    return Frame(number=0, handler=handler, attempt=0, parent=None, base=0.0)


def ran(touched: Touched) -> dict[str, set[str]]:
    """Handler -> which functions of the file ran in its boundary."""
    source = read(FILE)
    return {handler: source.taken(unpacked(files[FILE]))[0] for handler, files in touched.items() if FILE in files}


def test_what_runs_belongs_to_the_innermost_boundary(touching: Touching) -> None:
    stack = touching.stack()
    stack.append(frame("dispatch"))
    code.matched(1)
    stack.append(frame("outer"))
    code.caught(1)
    stack.append(frame("inner"))
    code.loop(1)
    stack.pop()
    code.closed(1)
    stack.clear()
    code.short(1)
    assert ran(touching.take()) == {
        "dispatch": {"matched", "short"}, "outer": {"caught", "closed"}, "inner": {"loop"},
    }  # fmt: skip


def test_one_that_opens_the_same_handler_again_adds_to_it(touching: Touching) -> None:
    stack = touching.stack()
    for act in (code.caught, code.loop):
        stack.append(frame("a"))
        act(1)
        stack.pop()
    assert ran(touching.take()) == {"a": {"caught", "loop"}}


def test_a_thread_belongs_to_the_boundary_that_is_open_meanwhile(touching: Touching) -> None:
    stack = touching.stack()
    stack.append(frame("a"))
    thread = Thread(target=code.loop, args=(1,))
    thread.start()
    thread.join()
    assert ran(touching.take()) == {"a": {"loop"}}


def test_what_came_before_a_message_is_not_part_of_it(touching: Touching) -> None:
    code.loop(1)
    touching.stack()
    assert ran(touching.take()) == {}
    code.loop(1)
    assert ran(touching.take()) == {"dispatch": {"loop"}}
    assert ran(touching.take()) == {}


def test_the_core_that_forgets_contexts_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVERAGE_CORE", "sysmon")
    touching = Touching(migration, PATH, Side.LEGACY)
    touching.start()
    try:
        for handler in ("a", "b"):
            stack = touching.stack()
            stack.append(frame(handler))
            code.loop(1)
            assert ran(touching.take()) == {handler: {"loop"}}
    finally:
        touching.stop()


def test_without_coverage_py_it_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "coverage", None)
    with pytest.raises(DeclarationError, match=r"install tasksplit\[coverage\]"):
        Touching(migration, PATH, Side.LEGACY)


ARCS = st.frozensets(st.tuples(st.integers(-100_000, 100_000), st.integers(-100_000, 100_000)), max_size=20)


@given(ARCS)
def test_arcs_come_back_from_their_bytes(arcs: frozenset[tuple[int, int]]) -> None:
    assert unpacked(packed(arcs)) == sorted(arcs)


@pytest.mark.parametrize("side", list(Side), ids=str)
def test_a_side_is_measured_only_where_it_is_asked_for(side: Side) -> None:
    event = {"steps": [step("build", ["call", "x"]), step("report", ["value", 1])]}
    assert replay(side, event).touched == {}
    measured = replay(side, event, coverage=True)
    assert measured.touched.keys() == {"dispatch", "build", "report"}
    names = {os.path.basename(file) for files in measured.touched.values() for file in files}
    assert names == {f"{side.value}.py", "acts.py"}
    assert sys.gettrace() is None
