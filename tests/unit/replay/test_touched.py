"""What a message takes belongs to the boundary that is the innermost, in every thread, and to nobody else's message."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import coverage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.capture.journal import Frame
from tasksplit.errors import DeclarationError, ReplayError
from tasksplit.model.message import Side
from tasksplit.model.migration import Migration
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


class Broken(coverage.Coverage):
    """One of which a later version might be: its data goes where nobody listens, or it refuses to switch."""

    failing = False

    def start(self) -> None:
        if self.failing:
            super().start()

    def stop(self) -> None:
        if self.failing:
            super().stop()

    def switch_context(self, new_context: str) -> str | None:
        raise OSError(f"no {new_context}")


def test_another_coverage_py_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coverage.Coverage", Broken)
    with pytest.raises(ReplayError, match=r"Found coverage\.py 7.*Expected coverage >= 7\.9"):
        Touching(migration, PATH, Side.LEGACY).start()


def test_our_own_failure_is_not_the_users_and_nothing_is_said_to_be_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coverage.Coverage", Broken)
    monkeypatch.setattr(Broken, "failing", True)
    event = {"steps": [step("build", ["call", "x"])]}
    whole, measured = replay(Side.LEGACY, event), replay(Side.LEGACY, event, coverage=True)
    assert [o.content for o in measured.observations] == [o.content for o in whole.observations]
    assert measured.touched == {}
    assert "measuring build: OSError: no build" in measured.harness_errors


def test_a_side_may_be_a_single_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "single_module.py").write_text("def act(n):\n    if n:\n        return 1\n    return 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    alone = Migration(name="alone", legacy="single_module:act", split="single_module:act")
    touching = Touching(alone, "single_migration:migration", Side.LEGACY)
    touching.start()
    try:
        touching.stack()
        importlib.import_module("single_module").act(1)
        touched = touching.take()
    finally:
        touching.stop()
    assert {(-1, 2), (2, 3), (3, -1)} <= set(unpacked(touched["dispatch"][str(tmp_path / "single_module.py")]))


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
