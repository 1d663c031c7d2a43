"""Do tallies add, in any order and across machines?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.evidence import Evidence, Ledger
from tasksplit.model.verdict import Judged
from tasksplit.stores import Archive, MemoryStore, Run, merge
from tests.unit.gate.evidences import HANDLERS, evidences, judged, ledgers, tallied

runs = st.builds(lambda evidence, ledger: (evidence, ledger), st.lists(evidences, max_size=3), ledgers)


def merged(shown: Sequence[tuple[Sequence[Evidence], Ledger]]) -> Run:
    return merge([_run(str(n), evidence, ledger) for n, (evidence, ledger) in enumerate(shown)])


def _run(name: str, evidence: Sequence[Evidence], ledger: Ledger) -> Run:
    return Run(run=name, evidence=tuple(evidence), ledger=ledger)


def known(run: Run) -> tuple[Ledger, dict[str, Any]]:
    """Return what a run shows, without the order in which findings and notes are told."""
    told = {}
    for one in run.evidence:
        fields: dict[str, Any] = {name: getattr(one, name) for name in Evidence.__slots__}
        fields["findings"] = frozenset(one.findings)
        fields["capture_note"] = frozenset(one.capture_note.split("; ")) - {""}
        told[one.handler] = fields
    return run.ledger, told


@given(st.permutations(range(3)), st.tuples(runs, runs, runs))
def test_in_whatever_order_runs_are_merged_they_show_the_same(order: list[int], shown: Any) -> None:
    assert known(merged([shown[n] for n in order])) == known(merged(shown))


@given(st.tuples(runs, runs, runs))
def test_however_runs_are_grouped_they_show_the_same(shown: Any) -> None:
    a, b, c = (_run(name, *one) for name, one in zip("abc", shown, strict=True))
    assert known(merge([merge([a, b]), c])) == known(merge([a, merge([b, c])])) == known(merge([a, b, c]))


@given(runs)
def test_a_run_that_saw_nothing_adds_nothing(shown: Any) -> None:
    nothing = [Evidence(handler=handler) for handler in HANDLERS if any(e.handler == handler for e in shown[0])]
    assert (
        known(merged([shown, (nothing, Ledger())]))
        == known(merged([(nothing, Ledger()), shown]))
        == known(merged([shown]))
    )


@given(st.lists(st.lists(judged, max_size=8), min_size=1, max_size=4), st.lists(judged, max_size=6))
def test_what_several_machines_counted_is_what_one_would_have(parts: list[list[Judged]], same: list[Judged]) -> None:
    several = [([tallied(part, same if not n else ())], Ledger(expected=1)) for n, part in enumerate(parts)]
    whole = tallied([one for part in reversed(parts) for one in part], same)
    assert known(merged(several)) == known(_run("whole", [whole], Ledger(expected=len(parts))))


@given(evidences, evidences)
def test_what_was_kept_merges_as_what_was_not(one: Evidence, other: Evidence) -> None:
    archive = Archive(MemoryStore())
    for name, evidence in (("0", one), ("1", other)):
        archive.save_run(name, [evidence], Ledger(expected=1))
    loaded = merge([archive.load_run(name) for name in archive.runs()])
    assert known(loaded) == known(merged([([one], Ledger(expected=1)), ([other], Ledger(expected=1))]))
