"""Tallies add; a ledger says when something is missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.evidence import Evidence, Ledger, Tally

numbers = st.integers(0, 10**6)
tallies = st.builds(Tally, match=numbers, mismatch=numbers, accepted=numbers, unpaired=numbers, undecided=numbers)


@given(tallies, tallies, tallies)
def test_tallies_add_in_any_order(a: Tally, b: Tally, c: Tally) -> None:
    assert (a + b) + c == a + (b + c) == (c + b) + a
    assert sum([a, b, c], Tally()) == a + b + c
    assert (a + b).pairs == a.pairs + b.pairs


def test_only_match_and_mismatch_are_evidence() -> None:
    assert Tally(match=1, mismatch=2, accepted=4, unpaired=8, undecided=16).pairs == 3


@pytest.mark.parametrize(
    ("ledger", "balanced"),
    [
        (Ledger(), True),
        (Ledger(expected=3, paired=2, sampled_out=1), True),
        (Ledger(expected=3, paired=2), False),
        (Ledger(expected=3, paired=2, pending=1), False),
        (Ledger(expected=3, paired=2, lost=1), False),
    ],
)
def test_ledger(ledger: Ledger, balanced: bool) -> None:
    assert ledger.balanced is balanced
    assert (ledger + Ledger()).balanced is balanced


def test_a_key_counts_once_however_many_pairs_it_had() -> None:
    evidence = Evidence(handler="x", tally=Tally(match=40, mismatch=9), keys={"a": True, "b": False})
    assert (evidence.keys_seen, evidence.keys_mismatched) == (2, 1)
