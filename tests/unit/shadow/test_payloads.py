"""What comes out of the broker is what went in, in value and in type."""

from __future__ import annotations

import string
import types
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.utils import json

from legacy.models import TriggerType
from shadow import payloads as all_payloads
from shadow import wire
from shadow.events import TestingFarmResult
from shadow.package_config import Job, JobTrigger, JobType
from shadow.payloads import Installation, Minimal, Serialized, StoredId, TriggerRow, keyword_arguments
from shadow.wire import Payload

text = st.text(max_size=12)
name = st.text(string.ascii_lowercase + "-0123456789", min_size=1, max_size=12)
number = st.integers(-(2**53), 2**53)
outside = st.none() | st.booleans() | number | text | st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-5, minutes=-30))])
)


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    """Values as a field with that hint holds them."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return outside
    if origin in (Union, types.UnionType):
        return st.one_of(*map(of_type, arguments))
    if origin is list:
        return st.lists(of_type(arguments[0]), max_size=2)
    if origin is set:
        return st.sets(of_type(arguments[0]), max_size=3)
    if issubclass(hint, Payload):
        return made(hint)
    return st.sampled_from(hint) if issubclass(hint, Enum) else PLAIN[hint]


@cache
def made(cls: type[Payload]) -> st.SearchStrategy[Payload]:
    """Payloads of a class, with every field set."""
    hints = get_type_hints(cls)
    names = [item.name for item in fields(cls)]  # type: ignore[arg-type]  # all of them are dataclasses
    return st.deferred(lambda: st.builds(cls, **{name: of_type(hints[name]) for name in names}))


CLASSES = [found for found in vars(all_payloads).values() if isinstance(found, type) and getattr(found, "task", "")]
PLAIN = {str: text, int: number, bool: st.booleans(), datetime: moments, type(None): st.none()}
payloads = st.sampled_from(CLASSES).flatmap(made)


def test_there_is_one_for_each_task() -> None:
    assert len({found.task for found in CLASSES}) == len(CLASSES) == 19


@pytest.mark.parametrize("way", [Minimal, StoredId, Serialized])
def test_each_way_is_gone_by_some(way: type) -> None:
    assert sum(issubclass(found, way) for found in CLASSES) >= 3


def test_each_goes_one_way() -> None:
    assert all(sum(issubclass(found, way) for way in (Minimal, StoredId, Serialized)) == 1 for found in CLASSES)


def types_of(value: Any) -> Any:
    """The value with the class of everything in it, since 1 == 1.0 == True and {1} == frozenset({1})."""
    if isinstance(value, Payload):
        return type(value), {item.name: types_of(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, list):
        return [types_of(item) for item in value]
    if isinstance(value, set):
        return set, frozenset((type(item), item) for item in value)
    return type(value), value


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_survives_the_broker(cls: type[Payload], data: st.DataObject) -> None:
    payload = data.draw(made(cls))
    wired = json.loads(json.dumps(payload.to_wire()))
    assert types_of(type(payload).from_wire(wired)) == types_of(payload)


def plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and plain(item) for key, item in value.items())
    if isinstance(value, list):
        return all(plain(item) for item in value)
    return value is None or type(value) in (bool, int, float, str)


@given(payloads)
def test_is_plain_on_the_wire(payload: Payload) -> None:
    assert plain(payload.to_wire())
    assert set(payload.to_wire()) == {item.name for item in fields(payload)}


@given(st.sets(name, min_size=2))
def test_the_same_set_gives_the_same_bytes(targets: set[str]) -> None:
    one = Job(type=JobType.tests, trigger=JobTrigger.commit, targets=targets)
    other = Job(type=JobType.tests, trigger=JobTrigger.commit, targets={*sorted(targets)})
    assert json.dumps(one.to_wire()) == json.dumps(other.to_wire())


def test_a_moment_keeps_its_zone() -> None:
    moment = datetime(2020, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    sent = Installation(
        account_login="a",
        account_id=1,
        account_url=None,
        account_type="User",
        created_at=moment,
        repositories=[],
        sender_id=None,
        sender_login=None,
    )
    received = Installation.from_wire(json.loads(json.dumps(sent.to_wire())))
    assert received.created_at.replace(tzinfo=None) == datetime(2020, 6, 1, 12)


def test_a_name_that_is_not_known_is_counted_and_left_out() -> None:
    before = wire.unknown["TriggerRow.newer"]
    row = TriggerRow.from_wire({"type": "pull_request", "id": 7, "newer": True})
    assert row == TriggerRow(type=TriggerType.pull_request, id=7)
    assert wire.unknown["TriggerRow.newer"] == before + 1


def test_what_an_older_sender_leaves_out_gets_its_default() -> None:
    job = Job.from_wire({"type": "tests", "trigger": "commit"})
    assert job == Job(type=JobType.tests, trigger=JobTrigger.commit)


def test_a_value_that_no_enum_has_is_refused() -> None:
    with pytest.raises(ValueError, match="launch_rocket"):
        Job.from_wire({"type": "launch_rocket", "trigger": "commit"})


def test_is_frozen() -> None:
    row = TriggerRow(type=TriggerType.pull_request, id=7)
    with pytest.raises(FrozenInstanceError):
        row.id = 8  # type: ignore[misc]  # that is the point


@given(payloads)
def test_the_route_sends_what_the_dispatcher_would(payload: Payload) -> None:
    assert keyword_arguments({"payload": payload}) == payload.to_wire()


def test_enums_of_the_wire_are_told_by_value() -> None:
    assert all(isinstance(member.value, str) for kind in (JobType, JobTrigger, TestingFarmResult) for member in kind)
    assert issubclass(TriggerType, Enum)
