"""What follows from what came since the last look?"""

from __future__ import annotations

import numpy as np
import pytest

from tasksplit.live.watched import Pairs, Sight, State, Watched, came, looked, new_pairs, sight
from tasksplit.model.evidence import Evidence, Ledger, Tally
from tasksplit.model.rollout import Flag, Stage
from tasksplit.stores import Run

LIMIT, ARL = 0.01, 5000.0
CANARY, LIVE, SHADOW, RETIRED = (
    Flag(handler="a", stage=stage, revision=3) for stage in (Stage.CANARY, Stage.LIVE, Stage.SHADOW, Stage.RETIRED)
)
FRESH = Watched.fresh(LIMIT, ARL)


def evidence(match: int = 0, mismatch: int = 0, *, keys: int = 0, differing: int = 0) -> Evidence:
    named = {f"k{number}": number < differing for number in range(keys)}
    return Evidence(handler="a", tally=Tally(match=match, mismatch=mismatch), keys=named)


def pairs(match: int, mismatch: int) -> Pairs:
    return Pairs(match=match, mismatch=mismatch)


def after(before: Watched, known: Evidence, new: Pairs, flag: Flag = CANARY) -> tuple[Watched, Sight]:
    found = looked(before, flag, known, new=new)
    return found, sight(found, flag, known, new=new)


def test_half_of_ten_pairs_of_few_keys_step_it_back_with_the_numbers() -> None:
    _, seen = after(FRESH, evidence(5, 5, keys=3, differing=1), pairs(5, 5))
    assert (seen.new, seen.doubt) == (10, "")
    assert seen.why == (
        "5 of the latest 10 pairs differ, more often than 1 % (by chance once in 5,000 pairs at most, on average)"
    )


def test_after_a_long_clean_time_only_the_latest_are_named() -> None:
    clean, seen = after(FRESH, evidence(100_000, keys=50), pairs(100_000, 0))
    assert (seen.why, seen.doubt) == ("", "")
    _, seen = after(clean, evidence(100_005, 5, keys=50, differing=2), pairs(5, 5))
    assert seen.why.startswith("5 of the latest 10 pairs differ")


def test_where_the_bar_allows_keys_to_differ_a_key_counts_once_and_one_alone_is_doubt() -> None:
    clean, _ = after(FRESH, evidence(1000, keys=200), pairs(1000, 0))
    one, seen = after(clean, evidence(1000, 17, keys=200, differing=1), pairs(0, 17))
    assert seen.why == ""
    assert "17 of the latest 17 pairs differ" in seen.doubt
    assert "1 of 200 keys ever differed, and the bar allows 2" in seen.doubt
    _, seen = after(one, evidence(1005, 22, keys=200, differing=6), pairs(5, 5))
    assert seen.why.startswith("6 of the latest 11 pairs differ, a key counted once, more often than 1 %")
    assert seen.doubt == ""


def test_keys_that_differed_before_it_acted_are_not_new() -> None:
    shadow = looked(FRESH, SHADOW, evidence(500, 50, keys=200, differing=10), new=pairs(500, 50))
    assert (shadow.acting, shadow.pairs, shadow.differing) == (False, FRESH.pairs, 10)
    acting, _ = after(shadow, evidence(500, 54, keys=200, differing=10), pairs(0, 4))
    assert acting.pairs.alarmed
    assert not acting.keys.alarmed


@pytest.mark.parametrize("flag", [SHADOW, RETIRED])
def test_where_the_split_does_not_act_by_a_flag_that_may_go_back_nothing_counts(flag: Flag) -> None:
    found = looked(FRESH, flag, evidence(0, 50), new=pairs(0, 50))
    assert not found.pairs.alarmed
    assert found.pairs == FRESH.pairs


def test_it_begins_anew_when_the_split_comes_to_act_again() -> None:
    alarmed = looked(FRESH, LIVE, evidence(5, 5), new=pairs(5, 5))
    back = looked(alarmed, SHADOW, evidence(5, 5), new=pairs(0, 0))
    again = looked(back, CANARY, evidence(6, 5), new=pairs(1, 0))
    assert alarmed.pairs.alarmed
    assert not again.pairs.alarmed


def test_an_alarm_stays_until_somebody_moves_the_flag() -> None:
    alarmed = looked(FRESH, CANARY, evidence(5, 5), new=pairs(5, 5))
    still = looked(alarmed, CANARY, evidence(9000, 5), new=pairs(8995, 0))
    moved = looked(alarmed, Flag(handler="a", stage=Stage.CANARY, revision=4), evidence(5, 5), new=pairs(0, 0))
    assert still.pairs.alarmed
    assert not moved.pairs.alarmed


def test_a_wider_canary_does_not_forget_what_was_seen() -> None:
    some = looked(FRESH, CANARY, evidence(5, 1), new=pairs(5, 1))
    wider = looked(some, Flag(handler="a", stage=Stage.CANARY, revision=4), evidence(5, 1), new=pairs(0, 0))
    assert wider.pairs == some.pairs


def test_no_evidence_at_all_is_doubt_and_none_since_is_not() -> None:
    assert "no pair was ever compared" in after(FRESH, evidence(), pairs(0, 0))[1].doubt
    assert after(FRESH, evidence(9, keys=1), pairs(0, 0))[1] == Sight(handler="a", stage=Stage.CANARY, new=0)


def run(name: str, match: int, mismatch: int = 0) -> Run:
    return Run(run=name, evidence=(evidence(match, mismatch),), ledger=Ledger())


def test_what_is_new_is_the_difference_of_each_worker_by_itself() -> None:
    before = came([run("w1-000001-live", 10), run("w2-000004-live", 5, 1)])
    state = State(seen=before)
    now = came([run("w1-000002-live", 12, 1), run("w2-000004-live", 5, 1), run("w3-000001-live", 3)])
    assert new_pairs(state, now, "a") == pairs(2 + 3, 1)
    assert new_pairs(state, now, "b") == pairs(0, 0)
    assert new_pairs(state, came([run("w1-000001-live", 2)]), "a") == pairs(0, 0)  # the store was emptied


def noticed(rng: np.random.Generator, rate: float, *, projects: int, each: int) -> int:
    """Return after how many pairs it is to step back, after 100,000 clean ones; looked at after ``each`` of them."""
    keys = dict.fromkeys((f"k{number}" for number in range(projects)), False)
    known, total, told = FRESH, Pairs(), Pairs(match=100_000)
    while True:
        total += told
        found = Evidence(handler="a", tally=Tally(match=total.match, mismatch=total.mismatch), keys=keys)
        known, seen = after(known, found, told)
        if seen.why:
            return total.match + total.mismatch - 100_000
        differs = [bool(rng.random() < rate) for _ in range(each)]
        told = pairs(differs.count(False), differs.count(True))
        keys = keys | {f"k{rng.integers(projects)}": True for _ in range(told.mismatch)}


@pytest.mark.parametrize("projects", [20, 200])
def test_pairs_of_many_keys_or_few_are_noticed_as_soon_as_promised(projects: int) -> None:
    rng = np.random.default_rng(9)
    half = [noticed(rng, 0.5, projects=projects, each=2) for _ in range(300)]
    some = [noticed(rng, 0.05, projects=projects, each=10) for _ in range(200)]
    assert np.median(half) <= 6
    assert np.quantile(half, 0.9) <= 10
    assert 100 < np.mean(some) < 165


def test_since_when_nothing_came_is_known() -> None:
    def silent(before: Watched, new: Pairs, at: float) -> tuple[Watched, float]:
        found = looked(before, LIVE, evidence(9), new=new, at=at)
        return found, sight(found, LIVE, evidence(9), new=new, at=at).silent

    began, none = silent(FRESH, pairs(0, 0), 1000.0)
    still, some = silent(began, pairs(0, 0), 1500.0)
    _, again = silent(still, pairs(1, 0), 1600.0)
    assert (none, some, again) == (0.0, 500.0, 0.0)
