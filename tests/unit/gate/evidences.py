"""Evidence of every kind, as hypothesis makes it up: out of verdicts that were counted, or of anything at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tasksplit.gate.tally import Tallying
from tasksplit.model.branches import Branches, Covered
from tasksplit.model.evidence import Evidence, Finding, Ledger
from tasksplit.model.verdict import Difference, Judged, Kind, Verdict

HANDLERS = ("build", "deploy")


def _difference(name: str) -> Difference:
    return Difference(
        path=f"$.{name}", shape=f"$.{name}", kind=Kind.VALUE, legacy=1, split=2, fingerprint=name * 12
    )  # fmt: skip


def _judged(verdict: Verdict, differences: Sequence[Difference], **fields: Any) -> Judged:
    """Return a verdict with the reason and the differences that one of its kind has."""
    reasons = {Verdict.UNPAIRED: "missing: so", Verdict.UNDECIDED: "miss", Verdict.ACCEPTED: "known"}
    differing = verdict in (Verdict.MISMATCH, Verdict.ACCEPTED)
    return Judged(
        message="m", handler="build", instance="", verdict=verdict, reason=reasons.get(verdict, ""),
        differences=tuple(differences) if differing else (), **fields,
    )  # fmt: skip


differences = st.lists(st.sampled_from("abc").map(_difference), min_size=1, max_size=2)
fields: dict[str, st.SearchStrategy[Any]] = {
    "key": st.sampled_from([None, "k0", "k1", "new-1", "new-2", "new-3"]),
    "stratum": st.sampled_from(["", "push: returned", "push: raised", "tag: returned"]),
    "content": st.integers(0, 200).map("{:032x}".format),
    "at": st.sampled_from([0.0, 1e9, 1e9 + 3600, 1e9 + 49 * 3600, 1e9 + 80 * 3600]),
    "seconds": st.sampled_from([None, (0.0, 0.001), (0.5, 0.4), (9.0, 3600.0)]),
}
judged = st.sampled_from(list(Verdict)).flatmap(
    lambda verdict: st.builds(_judged, st.just(verdict), differences, **fields)
)
matching = st.builds(_judged, st.just(Verdict.MATCH), differences, **fields)
mismatching = st.builds(_judged, st.just(Verdict.MISMATCH), differences, **fields)


def tallied(counted: Sequence[Judged], same: Sequence[Judged] = (), handler: str = "build", **said: Any) -> Evidence:
    """Return what those verdicts are evidence of; ``same``: what legacy showed against itself."""
    tallying = Tallying(handler)
    for one in counted:
        tallying.add(one)
        tallying.sent(100 * len(one.content))
    for one in same:
        tallying.same(one)
    return tallying.evidence(**{"capture": True, "note": "", "findings": ()} | said)


branches = st.lists(st.sampled_from(["legacy/x.py:12->14", "legacy/x.py:2->3", "legacy/a.py:1->2"]), max_size=3)
covered = st.none() | st.builds(
    lambda known, touched: Covered(legacy=Branches(known=tuple(known), touched=tuple(touched))), branches, branches
)
findings = st.lists(
    st.builds(Finding, code=st.sampled_from("ab"), text=st.just("so"), blocks=st.booleans()), max_size=2
).map(tuple)
evidences = st.builds(
    tallied,
    st.lists(judged, max_size=8),
    st.lists(judged, max_size=4),
    handler=st.sampled_from(HANDLERS),
    capture=st.sampled_from([True, False, None]),
    note=st.sampled_from(["", "one", "two"]),
    findings=findings,
    covered=covered,
)
ledgers = st.builds(Ledger, expected=st.integers(0, 9), paired=st.integers(0, 9), lost=st.integers(0, 2))
