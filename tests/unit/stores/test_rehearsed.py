"""What was rehearsed comes back as it was, of each handler the newest; what another version wrote is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tasksplit.errors import StoreError
from tasksplit.model.evidence import Finding
from tasksplit.model.rehearsed import RACE, HandlerRehearsed, Rehearsed
from tasksplit.stores import MemoryStore
from tasksplit.stores.rehearsed import latest_rehearsed, load_rehearsed, save_rehearsed

FOUND = HandlerRehearsed(
    handler="bill", tried={"twice": 2}, messages=2, findings=(Finding(code=RACE, text="two at once", blocks=True),)
)


def call(*handlers: HandlerRehearsed, code: str = "a") -> Rehearsed:
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return Rehearsed(migration="toy", at=at, versions={"code": code}, handlers=handlers, seed=3)


def test_it_comes_back_as_it_was() -> None:
    store = MemoryStore()
    save_rehearsed(store, call(FOUND))
    assert load_rehearsed(store, "toy") == (call(FOUND),)
    assert load_rehearsed(store, "another") == ()


def test_of_each_handler_the_newest_counts() -> None:
    store = MemoryStore()
    clean = HandlerRehearsed(handler="bill", tried={"twice": 1}, messages=1)
    other = HandlerRehearsed(handler="pack")
    for each in (call(FOUND), call(clean, code="b"), call(other, code="c")):
        save_rehearsed(store, each)
    assert latest_rehearsed(store, "toy", "bill") == (call(clean, code="b"), clean)
    assert latest_rehearsed(store, "toy", "ship") is None
    assert (clean.clean, FOUND.clean, other.clean) == (True, False, False)


@pytest.mark.parametrize("item", [b'{"version":9}', b"[]", b"no json", b'{"version":1,"rehearsed":{}}'])
def test_what_cannot_be_read_is_said_and_left(item: bytes) -> None:
    store = MemoryStore()
    store.append("rehearsed/toy", [item])
    with pytest.raises(StoreError, match="of 'toy'"):
        load_rehearsed(store, "toy")
    assert list(store.read("rehearsed/toy")) == [item]
