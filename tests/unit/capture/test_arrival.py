"""What of a payload makes a message, and which payloads can be none?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.capture.arrival import MOST_LEVELS, key_of, live_message, message
from tasksplit.errors import MessageError
from tasksplit.model.message import Message, Origin
from tasksplit.model.migration import Entry, Migration


def of_kind(kind: str) -> Entry:
    return Entry(
        name=kind, legacy=f"m:{kind}", split=f"m:split_{kind}", accepts=lambda payload: payload["kind"] == kind,
        arguments=lambda payload: {"event": payload},
    )  # fmt: skip


PUSH, BUILD = of_kind("push"), of_kind("build")


def by_number(payload: Any) -> str | None:
    number: int = payload["number"]
    return f"number {number}"


MIGRATION = Migration(name="m", entries=[PUSH, BUILD], key=["$.project.name", by_number])


def live(payload: Any, entry: Entry = PUSH, task_id: str = "t1") -> Message:
    return live_message(MIGRATION, entry, task_id=task_id, payload=payload)


def test_what_a_worker_received_is_of_the_entry_that_received_it_under_the_id_of_its_task() -> None:
    found = live({"kind": "build", "project": {"name": "a/b"}})
    assert (found.id, found.entry, found.key, found.origin) == ("t1", "push", "a/b", Origin.LIVE)


def test_a_payload_from_elsewhere_is_of_the_entry_that_accepts_it() -> None:
    found = message(MIGRATION, "file", {"kind": "build"})
    assert (found.id, found.entry, found.origin) == ("file", "build", Origin.TEST)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [({"kind": "tag"}, "no entry of the migration accepts it"), ({}, r"accepts\(\) raised KeyError")],
)
def test_a_payload_that_no_entry_accepts_is_none(payload: Any, reason: str) -> None:
    with pytest.raises(MessageError, match=reason):
        message(MIGRATION, "file", payload)


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        ({"project": {"name": "a/b"}, "number": 3}, "a/b"),
        ({"project": {"name": 17}}, "17"),
        ({"project": {"name": 0}}, "0"),
        ({"project": {"name": ""}, "number": 3}, "number 3"),
        ({"project": {"name": None}, "number": 3}, "number 3"),
        ({"project": {"name": True}, "number": 3}, "number 3"),
        ({"project": {"name": ["a"]}, "number": 3}, "number 3"),
        ({"project": "a/b", "number": 3}, "number 3"),
        ({"project": {}}, None),
        (["no", "object"], None),
        (None, None),
    ],
)
def test_the_key_is_the_first_that_the_payload_has(payload: Any, key: str | None) -> None:
    assert key_of(MIGRATION, payload) == key
    assert live(payload).key == key


def nested(levels: int) -> Any:
    payload: Any = "x"
    for level in range(levels):
        payload = [payload] if level % 2 else {"inner": payload}
    return payload


def test_what_is_nested_too_deeply_is_no_message() -> None:
    assert live(nested(MOST_LEVELS - 1)).id == "t1"
    with pytest.raises(MessageError, match=f"more than {MOST_LEVELS} levels"):
        live(nested(MOST_LEVELS + 1))


@pytest.mark.parametrize(
    "payload", [{"__type__": "uuid", "__value__": "x"}, {"a": [{"b": {"__type__": 1, "__value__": 2, "more": 3}}]}]
)
def test_what_celery_would_decode_is_no_message(payload: Any) -> None:
    with pytest.raises(MessageError, match="__type__"):
        live(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_the_same_content_has_the_same_digest_whoever_delivers_it(payload: Any) -> None:
    first, again = live(payload), live(payload, task_id="t2")
    assert first == replace(again, id="t1")
    assert first.digest != live(payload, BUILD).digest
    assert first.digest != live([payload, "more"]).digest


@given(st.dictionaries(st.text(max_size=5), json_values, min_size=2, max_size=5))
def test_the_order_of_members_is_no_content(payload: dict[str, Any]) -> None:
    assert live(dict(reversed(payload.items()))).digest == live(payload).digest
