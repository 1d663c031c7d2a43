"""Is what was recorded bounded, made into bytes, and is the payload found again behind a task's arguments?"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import MessageError
from tasksplit.live.counters import Count, Counters
from tasksplit.live.outbox import Outbox
from tasksplit.live.recorder import payload_of
from tasksplit.model.migration import Entry
from tests.unit.live import recorded_toy as toy
from tests.unit.live.recorded_toy import Recordings, hooks, raises


@pytest.fixture
def worker() -> Iterator[Recordings]:
    with toy.recording() as worker:
        yield worker


@pytest.mark.parametrize(("most", "count"), [(1_000, Count.SHED_LARGE), (1_000_000, Count.WRITTEN)])
def test_a_recording_over_the_limit_is_shed_and_counted(
    worker: Recordings, tmp_path: Path, most: int, count: Count
) -> None:
    worker.run(payload={"ref": "r", "large": "x" * 1_000})
    counters = Counters(tmp_path)
    outbox = Outbox(lambda sealed: None, b"".join, counters, max_bytes=4 * most)
    for size, make in worker.handed_over:
        outbox.put(size, make)
    outbox.start()
    outbox.stop(60)
    assert (counters.of(Count.HANDED_OVER), counters.of(count)) == (1, 1)
    counters.close()


def test_answers_and_rows_count_for_the_size(worker: Recordings) -> None:
    worker.run("a")
    hooks["report"] = lambda: [toy.client.get("/more") for _ in range(50)]
    worker.run("b")
    (small, _), (large, _) = worker.handed_over
    assert large > small + 50 * len(b'{"ok":"/more"}')


def test_what_cannot_be_made_into_bytes_is_counted(worker: Recordings, tmp_path: Path) -> None:
    error = ValueError("no")
    error.held = threading.Lock()  # type: ignore[attr-defined]  # as errors of clients hold their connection
    hooks["notify"] = raises(error)
    with pytest.raises(ValueError, match="no"):
        worker.run()
    counters = Counters(tmp_path)
    outbox = Outbox(lambda sealed: None, b"".join, counters)
    for size, make in worker.handed_over:
        outbox.put(size, make)
    outbox.start()
    outbox.stop(60)
    assert counters.of(Count.NOT_MADE) == 1
    counters.close()


def test_what_can_be_no_message_is_said_by_whoever_replays_it(worker: Recordings) -> None:
    deep: Any = "x"
    for _ in range(120):
        deep = [deep]
    assert worker.run(payload={"ref": "r", "deep": deep}) == "built r"
    with pytest.raises(MessageError, match="levels deep"):
        worker.one()


def test_a_recording_is_the_same_after_another_journey(worker: Recordings) -> None:
    worker.run()
    one = worker.one()
    assert pickle.loads(pickle.dumps(one)) == one


# --- the payload behind the arguments -------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def entry(arguments: Callable[[Any], Mapping[str, Any]], payload: Any = None) -> Entry:
    return Entry(name="e", legacy="m:l", split="m:s", accepts=lambda p: True, arguments=arguments, payload=payload)


def run(self: Any, event: Any, kind: str = "plain") -> None:
    """Have the signature of a bound task."""


def found(declared: Entry, given: dict[str, Any], run: Callable[..., Any] = run) -> Any:
    """Return the payload behind the keyword arguments of a bound task."""
    return payload_of(declared, run, [None], given)


@given(payload=json_values, positional=st.booleans())
def test_the_payload_is_found_again_among_the_arguments(payload: Any, positional: bool) -> None:
    declared = entry(lambda payload: {"event": payload})
    args, kwargs = ([None, payload], {}) if positional else ([None], {"event": payload, "kind": "other"})
    assert payload_of(declared, run, args, kwargs) is payload


@pytest.mark.parametrize(
    ("declared", "given", "reason"),
    [
        (entry(lambda p: {"event": p["inner"]}), {"event": {"x": 1}}, "not among its arguments"),
        (entry(lambda p: {"event": p}), {"event": 1, "other": 1}, "do not fit|not among its arguments"),
        (
            entry(lambda p: {"event": p}, payload=lambda given: given["away"]),
            {"event": 1},
            r"payload.* raised KeyError",
        ),
    ],
    ids=["not there", "no such argument", "declared and raises"],
)
def test_where_no_argument_is_the_payload_it_says_so(declared: Entry, given: dict[str, Any], reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        found(declared, given)


def test_a_declared_payload_is_asked_with_the_arguments_by_name() -> None:
    declared = entry(lambda p: {"event": p["inner"]}, payload=lambda given: {"inner": given["event"]})
    assert found(declared, {"event": 5}) == {"inner": 5}


@pytest.mark.parametrize("of", ["arguments", "payload"])
def test_a_time_limit_in_a_function_of_an_entry_is_the_messages_own(of: str) -> None:
    limit = raises(SoftTimeLimitExceeded())
    declared = entry(lambda p: limit(), payload=(lambda given: limit()) if of == "payload" else None)
    with pytest.raises(SoftTimeLimitExceeded):
        found(declared, {"event": 5})
