"""Is what differs between the sides no more than legacy differs from itself?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from tasksplit.gate import decide
from tasksplit.gate.noise import CONFIDENCE, excused, findings
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Ledger, Shape, Tally
from tasksplit.model.message import Origin

BALANCED = Ledger(expected=10, paired=10)
NOISE, DEFECT = "a" * 12, "b" * 12


def evidence(*shapes: tuple[str, int, int], pairs: int = 1000, itself: int = 100, accepted: int = 0) -> Evidence:
    """Return evidence of shapes (fingerprint, pairs of both sides, pairs of legacy itself) on clean keys but those."""
    mismatched = min(pairs, sum(between for _, between, _ in shapes))
    return Evidence(
        handler="build",
        tally=Tally(match=pairs - mismatched, mismatch=mismatched, accepted=accepted),
        keys={f"k{n}": n < mismatched for n in range(pairs)},
        shapes={name: Shape(shape=f"$.{name[0]}", between=between, itself=own) for name, between, own in shapes},
        itself=itself,
        capture_complete=not any(own for _, _, own in shapes),
    )


def asked(found: Evidence, origin: Origin = Origin.TEST) -> Decision:
    return decide(found, Bar(), handlers=1, origin=origin, ledger=BALANCED)


def compatible(between: int, of_both: int, own: int, of_itself: int) -> bool:
    return excused(evidence((NOISE, between, own), pairs=of_both, itself=of_itself))


def test_on_random_tables_it_agrees_with_fishers_exact_test() -> None:
    rng = np.random.default_rng(21)
    seen = {True: 0, False: 0}
    for _ in range(1500):
        of_both, of_itself = (int(n) for n in rng.integers(1, 400, 2))
        between = int(rng.integers(1, of_both + 1)) if rng.random() < 0.3 else int(rng.binomial(of_both, 0.1)) or 1
        own = int(rng.integers(1, of_itself + 1)) if rng.random() < 0.3 else int(rng.binomial(of_itself, 0.1)) or 1
        table = [[between, of_both - between], [own, of_itself - own]]
        p = float(fisher_exact(table, alternative="greater").pvalue)
        if abs(p - (1 - CONFIDENCE)) < 1e-9:
            continue  # on the line, where it is a matter of rounding
        assert compatible(between, of_both, own, of_itself) is (p > 1 - CONFIDENCE), (table, p)
        seen[p > 1 - CONFIDENCE] += 1
    assert min(seen.values()) > 200


@pytest.mark.parametrize(
    ("table", "noise"),
    [
        ((100_000, 10_000_000, 1_000, 100_000), True),
        ((103_000, 10_000_000, 1_000, 100_000), True),
        ((120_000, 10_000_000, 1_000, 100_000), False),
        ((10_000_000, 10_000_000, 1, 1), True),
        ((10_000_000, 10_000_000, 1, 2), False),
    ],
)
def test_it_holds_behind_ten_million_pairs(table: tuple[int, int, int, int], noise: bool) -> None:
    between, of_both, own, of_itself = table
    found = Evidence(
        handler="build",
        tally=Tally(match=of_both - between, mismatch=between),
        shapes={NOISE: Shape(shape="$.a", between=between, itself=own)},
        itself=of_itself,
    )
    assert excused(found) is noise


@given(st.integers(1, 1000), st.integers(0, 100))
def test_what_legacy_never_shows_of_itself_is_never_noise(between: int, looked_at: int) -> None:
    assert not compatible(between, 1000, 0, looked_at)
    assert list(findings(evidence((DEFECT, between, 0), itself=looked_at))) == []


@given(st.integers(1, 300), st.integers(1, 60), st.integers(60, 100))
def test_more_of_it_between_the_sides_never_makes_it_noise(between: int, own: int, looked_at: int) -> None:
    if not compatible(between, 400, own, looked_at):
        assert not compatible(between + 1, 400, own, looked_at)


def test_where_nothing_differs_nothing_is_excused() -> None:
    assert not excused(evidence())
    assert not excused(evidence((NOISE, 0, 5)))


def test_accepted_pairs_are_pairs_too() -> None:
    """Of 1,000 of which 900 were accepted, 100 that differ are one of ten: as often as in legacy itself."""
    assert compatible(100, 100, 10, 100) is False
    assert excused(evidence((NOISE, 100, 10), pairs=100, accepted=900)) is True


# What the gate says


def test_if_all_is_noise_it_waits_and_proposes_the_rule() -> None:
    found = evidence((NOISE, 90, 10))
    decision = asked(found)
    assert decision.answer is Answer.WAIT
    assert "90 of 1,000 pairs differ where legacy differs from itself: write a rule" in decision.reason
    (finding,) = findings(found)
    assert (finding.code, finding.blocks, finding.waits) == ("noise", False, False)
    assert finding.text.startswith("$.a differs in 10 of 100 pairs of legacy with itself (below 22.2 %)")
    assert "in 90 of 1,000 pairs of both sides: noise; write rules.ignore('$.a', because=...)" in finding.text


def test_however_complete_the_capture_it_is_no_pass() -> None:
    for origin in Origin:
        found = Evidence(
            handler="build",
            tally=Tally(match=9_999, mismatch=1),
            keys={f"k{n}": not n for n in range(10_000)},
            shapes={NOISE: Shape(shape="$.a", between=1, itself=1)},
            itself=10_000,
            capture_complete=origin is Origin.TEST,
        )
        assert asked(found, origin).answer is Answer.WAIT


def test_one_shape_that_is_no_noise_is_a_defect() -> None:
    decision = asked(evidence((NOISE, 90, 10), (DEFECT, 1, 0)))
    assert decision.answer is Answer.FAIL
    assert decision.reason.endswith("on test messages a mismatch is a defect, not a rate")


def test_noise_that_shows_more_often_than_in_legacy_is_a_defect_and_said() -> None:
    found = evidence((NOISE, 300, 10))
    assert asked(found).answer is Answer.FAIL
    (finding,) = findings(found)
    assert finding.code == "not-noise"
    assert finding.text.endswith("in 300 of 1,000 pairs of both sides: more than legacy's own noise, at 95 %")


def test_noise_in_legacy_alone_is_said_too() -> None:
    (finding,) = findings(evidence((NOISE, 0, 4)))
    assert "in 4 of 100 pairs of legacy with itself" in finding.text
    assert "0 of 1,000 pairs of both sides" in finding.text
    assert "rules.ignore('$.a'" in finding.text


def test_keys_that_differ_without_a_pair_that_does_are_no_pass_for_being_noise() -> None:
    found = Evidence(
        handler="build", tally=Tally(match=2000), keys={f"k{n}": not n for n in range(2000)}, itself=100,
        shapes={NOISE: Shape(shape="$.a", between=1, itself=10)}, capture_complete=True,
    )  # fmt: skip
    assert asked(found).answer is not Answer.PASS
