"""What comes out of the broker is what went in, in value and in type."""

from __future__ import annotations

import string
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kombu.utils import json

from legacy.models import TriggerType
from shadow import wire
from shadow.events import TestingFarmResult
from shadow.package_config import Job, JobTrigger, JobType
from shadow.payloads import (
    Change,
    CoprBuildEnd,
    CoprBuildStart,
    Installation,
    PullRequestCoprBuild,
    TestingFarm,
    TestingFarmResults,
    TriggerRow,
    keyword_arguments,
)
from shadow.wire import Payload

text = st.text(max_size=12)
name = st.text(string.ascii_lowercase + "-0123456789", min_size=1, max_size=12)
number = st.integers(-(2**53), 2**53)
outside = st.none() | st.booleans() | number | text | st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-5, minutes=-30))])
)

jobs = st.builds(
    Job,
    type=st.sampled_from(JobType),
    trigger=st.sampled_from(JobTrigger),
    targets=st.sets(name, max_size=4),
    owner=st.none() | text,
    project=st.none() | text,
    list_on_homepage=outside,
    preserve_project=outside,
    additional_repos=st.lists(text, max_size=2),
)
changes = st.builds(
    Change,
    project_url=text,
    commit_sha=text,
    identifier=text,
    git_ref=st.none() | text,
    pr_id=st.none() | number,
    trigger=st.none() | st.builds(TriggerRow, type=st.sampled_from(TriggerType), id=number),
    starts=st.sets(st.sampled_from(JobTrigger)),
)
common: dict[str, Any] = {"change": changes, "jobs": st.lists(jobs, max_size=3), "job": st.integers(0, 5)}
payloads = st.one_of(
    st.builds(PullRequestCoprBuild, **common, user_login=text),
    st.builds(CoprBuildStart, **common, build_id=outside, chroot=text, timestamp=outside),
    st.builds(
        CoprBuildEnd,
        **common,
        build_id=outside,
        chroot=text,
        timestamp=outside,
        status=outside,
        owner=outside,
        project_name=outside,
        congratulate=st.booleans(),
    ),
    st.builds(TestingFarm, **common, chroot=text),
    st.builds(
        TestingFarmResults,
        project_url=text,
        commit_sha=outside,
        pr_id=st.none() | number,
        pipeline_id=outside,
        result=st.sampled_from(TestingFarmResult),
        tests=st.lists(outside, max_size=3),
        message=outside,
        log_url=outside,
        copr_chroot=outside,
    ),
    st.builds(
        Installation,
        account_login=outside,
        account_id=outside,
        account_url=outside,
        account_type=outside,
        created_at=moments,
        repositories=st.lists(text, max_size=3),
        sender_id=outside,
        sender_login=outside,
    ),
)


def types_of(value: Any) -> Any:
    """The value with the class of everything in it, since 1 == 1.0 == True and {1} == frozenset({1})."""
    if isinstance(value, Payload):
        return type(value), {item.name: types_of(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, list):
        return [types_of(item) for item in value]
    if isinstance(value, set):
        return set, frozenset((type(item), item) for item in value)
    return type(value), value


@given(payloads)
def test_survives_the_broker(payload: Payload) -> None:
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
