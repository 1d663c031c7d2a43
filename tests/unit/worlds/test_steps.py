"""An effect is a step only while somebody listens, and what breaks at one is what the user's client would raise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from tasksplit.worlds.rows_steps import listen
from tasksplit.worlds.steps import STEPS, SeveredError, step


class Heard:
    """Who notes the steps, and breaks where it is told to?"""

    def __init__(self, breaks: str = "") -> None:
        self.breaks = breaks
        self.heard: list[str] = []

    def before(self, what: str) -> None:
        self._note(f"before {what}")

    def after(self, what: str) -> None:
        self._note(f"after {what}")

    def asks(self, *, locks: bool) -> None:
        self.heard.append("locks" if locks else "asks")

    def _note(self, what: str) -> None:
        self.heard.append(what)
        if what == self.breaks:
            raise SeveredError(what)


@pytest.fixture(autouse=True)
def nobody() -> Iterator[None]:
    yield
    STEPS.steps = None


def test_where_nobody_listens_it_is_only_the_effect() -> None:
    assert step("x", lambda: 3) == 3


def test_before_and_after_are_told_and_what_breaks_goes_through() -> None:
    heard = STEPS.steps = Heard("after x")
    done: list[int] = []
    with pytest.raises(SeveredError):
        step("x", lambda: done.append(1))
    assert (heard.heard, done) == (["before x", "after x"], [1])
    STEPS.steps = Heard("before x")
    with pytest.raises(SeveredError):
        step("x", lambda: done.append(2))
    assert done == [1]


@pytest.mark.parametrize(("breaks", "rows"), [("", 1), ("before commit", 0), ("after commit", 1)])
def test_a_commit_that_changes_rows_is_a_step(breaks: str, rows: int) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    undo = listen(engine)
    heard = STEPS.steps = Heard(breaks)
    with pytest.raises(OperationalError) if breaks else nullcontext(), engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))
    assert heard.heard[:2] == ["asks", "before commit"]
    STEPS.steps = None
    undo()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == rows
    engine.dispose()


def test_a_commit_that_changes_nothing_is_no_step() -> None:
    engine = create_engine("sqlite://")
    undo = listen(engine)
    heard = STEPS.steps = Heard()
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
    assert heard.heard == ["asks"]
    undo()
    engine.dispose()
