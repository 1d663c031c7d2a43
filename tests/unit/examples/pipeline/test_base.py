"""A task gets a session and its arguments by name; the base commits, and sends what is wanted after that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import Ignore

from examples.pipeline.base import SessionTask, send_later
from examples.pipeline.database import Session, Stock, sessions

Act = Callable[[Session], Any]


class Plain(SessionTask):
    name = "plain"
    retried_on = (TimeoutError,)
    act: Act

    def run_impl(self, session: Session, *, sku: str, **_rest: Any) -> Any:
        session.add(Stock(sku=sku, amount=1))
        return self.act(session)


class Awaited(Plain):
    name = "awaited"

    async def run_async(self, session: Session, *, sku: str, **rest: Any) -> Any:
        return self.run_impl(session, sku=sku, **rest)


def ended(task: type[Plain], act: Act) -> tuple[str, list[str], list[str]]:
    """How it ended, which rows are there, and what was sent."""
    app = Celery("here", broker="memory://", set_as_current=False)
    task_ = app.register_task(task())
    task_.act = act
    sent: list[str] = []
    app.send_task = lambda name, **_more: sent.append(f"{name} when {_rows()} are there")
    state = str(task_.apply(kwargs={"sku": "lamp", "later": "ignored"}).state)
    return state, _rows(), sent


def _rows() -> list[str]:
    with sessions() as session:
        return [stock.sku for stock in session.query(Stock)]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("task", [Plain, Awaited])
def test_what_returns_is_committed_and_only_then_it_sends(task: type[Plain]) -> None:
    found = ended(task, lambda session: send_later(session, "next", number=1))
    assert found == ("SUCCESS", ["lamp"], ["next when ['lamp'] are there"])


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("task", [Plain, Awaited])
@pytest.mark.parametrize(
    ("error", "state", "rows"),
    [(KeyError("x"), "FAILURE", []), (Ignore(), "IGNORED", ["lamp"])],
    ids=["an error", "ignored"],
)
def test_an_error_leaves_nothing_and_a_word_of_celery_s_all(
    task: type[Plain], error: BaseException, state: str, rows: list[str]
) -> None:
    def act(session: Session) -> None:
        send_later(session, "next")
        raise error

    assert ended(task, act) == (state, rows, [])


def test_what_passes_is_tried_again_after_what_was_done_is_committed(session: Session) -> None:
    tried: list[int] = []

    def act(_session: Session) -> str:
        tried.append(len(_rows()))
        if len(tried) < 3:
            raise TimeoutError
        return "done"

    class Again(Plain):
        name = "again"

        def run_impl(self, session: Session, *, sku: str, **_rest: Any) -> Any:
            session.add(Stock(sku=f"{sku}{len(tried)}", amount=1))
            return self.act(session)

    assert ended(Again, act)[:2] == ("SUCCESS", ["lamp0", "lamp1", "lamp2"])
    assert tried == [0, 1, 2]
    assert session.query(Stock).count() == 3
