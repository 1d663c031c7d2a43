"""A handler of which there is something to tell in every place: each mark, each list, whatever may be left out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from tasksplit.compare import compare, compile_rules
from tasksplit.model import rules
from tasksplit.model.accepted import Acceptance
from tasksplit.model.branches import Branches, Covered
from tasksplit.model.decision import Answer, Decision
from tasksplit.model.evidence import Evidence, Finding, Grouped, Shape, ShownPair, Stratum, Tally
from tasksplit.model.review import HandlerReview, Past, Review, Step
from tasksplit.model.verdict import Difference
from tasksplit.wire.canonical import canonical
from tests.unit.report import reviews

AT = 1_790_000_000.0  #: seconds since the epoch, on 2026-09-21
TEXT = "The build of {} has ended. " + "Its log is long and says the same again and again. " * 12 + "See {}."
RULES = (
    rules.ignore("$.effects.calls[*].at", because="a wall clock"),
    rules.unordered("$.inputs.labels", because="a set in disguise"),
)
_VERSIONS = {"legacy": "1111111111111111", "split": "2222222222222222"}


def observed(side: str, number: int = 0) -> dict[str, Any]:
    """Return what one side did on a message: nearly the same."""
    split = side == "split"
    comment = {"call": "http", "method": "POST", "url": "https://forge.example/comments", "at": 7 if split else 5}
    status = {"call": "http", "method": "POST", "url": f"https://forge.example/statuses/{number}", "at": 1}
    calls = [
        {**status, "body": {"state": "pending", "context": "build"}},
        {**comment, "body": TEXT.format("fedora-32" if split else "fedora-31", "the log")},
        {"call": "task", "task": "task.run_tests", "queue": "celery", "kwargs": {"build": (1, 2) if split else [1, 2]}},
    ]
    row = {"state": "success", "ended": dt.datetime(2026, 1, 2, 3, 4, 5), "n": number} | ({"web": 1} if split else {})
    return {
        "inputs": {
            "event": {"kind": "push", "project": f"project-{number}", "pr": None, "actors": {"ada", "bo"}},
            "labels": ["b", "c", "a"] if split else ["a", "b", "c"],
            "steps": ["build", "test", "ship"] if split else ["ship", "build", "test"],
        },
        "outcome": {"kind": "returned", "value": {"success": True}},
        "effects": {
            "calls": calls,
            "rows": {"copr_builds": [{"op": "update", "key": {"id": 7}, "columns": row}]},
            "started": [] if split else [{"handler": "testing_farm", "instance": ""}],
        },
    }  # fmt: skip


def pair(number: int = 0, legacy: Any = None, split: Any = None) -> ShownPair:
    """Return a pair as the gate keeps it, compared under ``RULES``."""
    both = [canonical(one or observed(side, number)) for side, one in (("legacy", legacy), ("split", split))]
    found = compare(*both, compile_rules(RULES), "copr_build_end")
    return ShownPair(
        id=f"{number:012x}", message=f"github-push-{number}", instance="fedora-31, job 0", at=AT,
        stratum="github push: returned", legacy=both[0].decode(), split=both[1].decode(), size=sum(map(len, both)),
        differences=found.differences, rules=tuple(dict.fromkeys(found.touched)),
    )  # fmt: skip


def review(numbers: Sequence[int] = (0, 1, 2)) -> Review:
    """Return a review of two handlers, of which one has all there can be."""
    return reviews.review(
        handler([pair(number) for number in numbers]), reviews.handler("dispatch", Answer.PASS), at=AT + 90_000,
        versions=_VERSIONS,
    )  # fmt: skip


def handler(pairs: Sequence[ShownPair]) -> HandlerReview:
    """Return a handler that differs on these pairs."""
    groups = [_group(one, pairs) for one in {d.fingerprint: d for pair in pairs for d in pair.differences}.values()]
    shapes = {one.fingerprint: Shape(shape=one.shape, between=len(pairs)) for one in groups}
    return reviews.handler(
        "copr_build_end", Answer.FAIL, pairs=tuple(pairs), differences=tuple(groups),
        decision=Decision(answer=Answer.FAIL, reason="3 of 72 pairs and 3 of 48 keys differ", upper_bound=0.17),
        evidence=Evidence(
            handler="copr_build_end", tally=Tally(match=69, mismatch=3, accepted=1, unpaired=4, undecided=2),
            keys={f"project-{n}": n < 3 for n in range(48)}, shapes=shapes,
            unpaired_reasons={"unreached: an earlier handler raised": 4}, undecided_reasons={"not in the recording": 2},
            findings=(Finding(code="unread-input", text="the view lacks pr_id", waits=True),),
            strata={"github push: returned": Stratum(tally=Tally(match=9, mismatch=3), keys={"a": True, "b": False})},
            covered=Covered(
                legacy=Branches(known=("legacy/x.py:12->14", "legacy/x.py:12->16"), touched=("legacy/x.py:12->14",)),
                split=Branches(known=("shadow/x.py:3->4", "shadow/x.py:3->9"), touched=("shadow/x.py:3->4",)),
            ),
        ),
        acceptances=tuple(_accepted(groups[0].fingerprint, **some) for some in (
            {}, {"until": dt.date(2026, 9, 1)}, {"legacy": "3333333333333333"},
        )),
        steps=(
            Step(at=AT, before="shadow", after="canary", who="ada", because="CHG-113", forced=True),
            Step(at=AT - 86_400, before="off", after="shadow", who="bo", because="CHG-112"),
        ),
        trend=(Past(run="r", at=AT - 86_400, answer=Answer.WAIT, tally=Tally(match=9), keys=9, keys_mismatched=0),),
        seen={"returned": 70, "raised": 2}, exercised={"github push": {"returned": 70, "raised": 0}},
    )  # fmt: skip


def _accepted(fingerprint: str, **some: Any) -> Acceptance:
    known = {"since": dt.date(2026, 8, 1), "until": dt.date(2026, 12, 31), **_VERSIONS}
    return Acceptance(
        handler="copr_build_end", fingerprint=fingerprint, because="a label", by="ada", **{**known, **some}
    )


def _group(one: Difference, pairs: Sequence[ShownPair]) -> Grouped:
    shown = [pair for pair in pairs if one.fingerprint in {d.fingerprint for d in pair.differences}]
    return Grouped(
        fingerprint=one.fingerprint, shape=one.shape, kind=one.kind.value, count=len(shown), example=one,
        example_message=shown[0].message, strata={"github push: returned": len(shown)},
        pairs=tuple(pair.id for pair in shown[:3]), first_seen=AT, last_seen=AT + 86_400,
    )  # fmt: skip
