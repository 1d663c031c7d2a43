"""What do routes and claims say of themselves?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import DeclarationError
from tasksplit.model.message import Side
from tasksplit.model.route import Claim, ClaimAnswer, ClaimId, ClaimState, Reply, Route

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BUILD = ClaimId(message="6ba7b810-9dad-11d1-80b4-00c04fd430c8", handler="build", instance="x86_64")

# DO NOT CHANGE: tasks of these ids are on their way; another formula sends a second one that looks like another
GOLDEN = [
    ("process_message", BUILD, "d6ab0cbe-54cb-5b60-a917-79788e1c7c0b"),
    ("process_message", replace(BUILD, instance=""), "d34b1a67-1a12-5796-949a-6febc3b74e7f"),
    ("žluťoučký\x1f\ud800", BUILD, "567078eb-e419-53c0-b1b2-3f51182ce591"),
]


@pytest.mark.parametrize(("migration", "claim", "expected"), GOLDEN)
def test_golden_ids_of_split_tasks(migration: str, claim: ClaimId, expected: str) -> None:
    assert claim.task_id(migration) == expected
    assert UUID(expected).version == 5


_parts = st.lists(st.text(st.sampled_from("a1:\x1f\\"), max_size=3), min_size=4, max_size=4)


@given(_parts, _parts)
def test_two_runs_have_two_ids(one: list[str], other: list[str]) -> None:
    ids = {ClaimId(message=m, handler=h, instance=i).task_id(migration) for migration, m, h, i in (one, other)}
    assert len(ids) == (1 if one == other else 2)


def test_whoever_is_not_named_is_legacys() -> None:
    route = Route(message="m", split=frozenset({"build"}), decided_at=NOON)
    assert [route.side(name) for name in ("build", "test", "dispatch")] == [Side.SPLIT, Side.LEGACY, Side.LEGACY]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(DeclarationError, match="nobody knows which time zone"):
        Route(message="m", decided_at=NOON.replace(tzinfo=None))


def test_only_a_running_claim_lapses() -> None:
    claim = Claim(id=BUILD, side=Side.SPLIT, state=ClaimState.RUNNING, until=NOON)
    assert not claim.lapsed(NOON - timedelta(microseconds=1))
    assert claim.lapsed(NOON)
    assert not replace(claim, state=ClaimState.UNKNOWN).lapsed(NOON)


def test_one_answer_lets_begin() -> None:
    assert [answer for answer in ClaimAnswer if Reply(answer=answer).granted] == [ClaimAnswer.GRANTED]
