"""Reviews as large as they come: many handlers, many differences of each, and the pairs behind them."""

from __future__ import annotations

import orjson

from tasksplit.model.branches import Branches, Covered
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.distinct import Distinct
from tasksplit.model.evidence import Evidence, Finding, Grouped, Ledger, ShownPair, Sides, Stratum, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import Dependency, HandlerReview, Past, Review, RuleUse, Step, Times, Way
from tasksplit.model.sketch import Sketch
from tasksplit.model.verdict import Difference, Kind
from tasksplit.wire.canonical import canonical

AT = 1_790_000_000.0  #: seconds since the epoch: when the first message of such a review was seen

_ANSWERS = (Answer.WAIT, Answer.FAIL, Answer.PASS)
_FIELDS = ("state", "job", "url", "owner", "chroot", "branch", "package", "commit_sha", "pr_id", "status")
_REASONS = {
    Answer.PASS: "0 of 645 keys differ: below 1 % at 95 % (corrected over 20 decisions), bound 0.989 %",
    Answer.FAIL: "30 of 72 pairs and 27 of 48 keys differ: on test messages a mismatch is a defect, not a rate",
    Answer.WAIT: "29 of 638 clean keys to be below 1 % at 95 % (corrected over 20 decisions)",
}
_BOUNDS = {Answer.PASS: 0.00989, Answer.FAIL: 0.828786, Answer.WAIT: 0.198}


def review(handlers: int = 20, fingerprints: int = 50, size: int = 10_000) -> Review:
    """Return a review of so many handlers with so many differences each; ``size``: bytes of a pair, both sides."""
    names = ["dispatch", *(f"handler_of_event_{number}" for number in range(1, handlers))]
    ways = [Way(sender="", task="task.dispatch_message", queue="dispatch", receiver="dispatch", times=942)]
    for number, name in enumerate(names[1:]):
        queue = ("short-running", "long-running")[number % 2]
        ways.append(Way(sender="dispatch", task=f"task.run_{name}", queue=queue, receiver=name, times=30 + number))
        if number % 4 == 0:
            ways.append(Way(sender=name, task="task.babysit_build", queue="celery", times=12))
    return Review(
        migration="process_message", form="fixtures", origin=Origin.TEST, isolation="guarded, not isolated",
        answer=Answer.FAIL, ledger=Ledger(expected=942, paired=942), seconds=16.0, at=AT + 90_000,
        handlers=tuple(_handler(name, place, fingerprints, size) for place, name in enumerate(names)),
        rules=(RuleUse(name="dispatch: ignore $.effects.rows.task_results", because="a row of its own", touched=777),),
        dependencies=(Dependency(first=names[-1], then=names[0], on="srpm_builds", messages=8, hazard=True),),
        findings=(Finding(code="nothing-done", text="legacy started nothing on 56 messages"),),
        unwanted={"github push: private, not ours, or incomplete": 5},
        times=Times(legacy=9.0, split=8.4, tasksplit=8.2),
        versions={"python": "3.11.7", "tasksplit": "0.1.0", "legacy": "de839eed3ba6bc8d", "split": "f8c57da4d0076341"},
        ways=tuple(ways),
    )  # fmt: skip


def _handler(name: str, place: int, fingerprints: int, size: int) -> HandlerReview:
    answer = _ANSWERS[place % 3]
    pairs = {f"{place:04d}{number:04d}{turn:04d}": number for turn in range(2) for number in range(fingerprints)}
    shown = tuple(_pair(one, name, number, size) for one, number in pairs.items())
    groups = tuple(
        _group(place, number, [one for one, own in pairs.items() if own == number]) for number in range(fingerprints)
    )
    times = Sketch({290 + place: 40, 310 + place: 20, 330: 2})
    return HandlerReview(
        name=name, stage=("shadow", "off", "canary")[place % 3], bar=Bar(),
        decision=Decision(answer=answer, reason=_REASONS[answer], upper_bound=_BOUNDS[answer]),
        evidence=Evidence(
            handler=name, tally=Tally(match=42, mismatch=30, accepted=1, undecided=2),
            keys={f"project-{n}": answer is Answer.FAIL and n % 2 == 0 for n in range(48)},
            undecided_reasons={"not in the recording": 2},
            capture_complete=True, findings=(Finding(code="unread-input", text="the view lacks pr_id", waits=True),),
            strata={f"github push: returned · size={n}": Stratum(
                tally=Tally(match=5, mismatch=1), keys={"a": True, "b": False}, clean=Distinct((1, 2, 3))
            ) for n in range(8)},
            sides=Sides(legacy=times, split=times, wire=Sketch({620: 60})),
            covered=Covered(
                legacy=Branches(known=("legacy/x.py:12->14", "legacy/x.py:12->16"), touched=("legacy/x.py:12->14",)),
                split=Branches(known=("shadow/x.py:3->4", "shadow/x.py:3->9"), touched=("shadow/x.py:3->4",)),
            ),
        ),
        differences=groups, pairs=shown,
        trend=tuple(_past(hour, one) for hour, one in enumerate((Answer.FAIL, Answer.FAIL, Answer.WAIT))),
        steps=(Step(at=AT, before="off", after="shadow", who="ada", because="CHG-112"),),
        seen={"returned": 70, "raised": 2}, exercised={"github push": {"returned": 70, "raised": 0}},
    )  # fmt: skip


def _past(hour: int, answer: Answer) -> Past:
    run = f"20261101T{hour:02d}0000.000000"
    return Past(run=run, at=AT + hour * 3_600, answer=answer, tally=Tally(match=40), keys=40, keys_mismatched=0)


def _group(place: int, number: int, pairs: list[str]) -> Grouped:
    difference = _difference(place, number)
    return Grouped(
        fingerprint=difference.fingerprint, shape=difference.shape, kind=difference.kind.value, count=900 - number,
        example=difference, example_message=f"github-push-{number:04d}", strata={"github push: returned · size=1": 3},
        pairs=tuple(pairs), first_seen=AT, last_seen=AT + 86_400,
    )  # fmt: skip


def _difference(place: int, number: int) -> Difference:
    path = f"$.effects.rows.copr_builds[{number}].columns.{_FIELDS[number % len(_FIELDS)]}"
    shape = f"$.effects.rows.copr_builds[*].columns.{_FIELDS[number % len(_FIELDS)]}"
    return Difference(
        path=path, shape=shape, kind=Kind.VALUE, legacy=f"legacy-{number}", split=f"split-{number}",
        fingerprint=f"{place:06x}{number:06x}",
    )  # fmt: skip


def _pair(name: str, handler: str, number: int, size: int) -> ShownPair:
    sides = [canonical(_content(handler, number, side, size // 2)).decode() for side in ("legacy", "split")]
    return ShownPair(
        id=name, message=f"github-push-{name}", stratum="github push: returned · size=1", at=AT, legacy=sides[0],
        split=sides[1], size=sum(map(len, sides)), differences=(_difference(int(name[:4]), number),),
    )  # fmt: skip


def _content(handler: str, number: int, side: str, size: int) -> dict[str, object]:
    """Return what one side did: rows of a table, of which one has one column that differs."""
    rows: list[dict[str, object]] = []
    columns = {field: f"{field} of {handler} {number}" for field in _FIELDS}
    while len(orjson.dumps(rows, option=orjson.OPT_INDENT_2)) < size or len(rows) <= number % 12:
        rows.append({"op": "insert", "key": {"id": len(rows)}, "columns": columns | {"build": 7_000 + len(rows)}})
    rows[number % len(rows)]["columns"] = columns | {_FIELDS[number % len(_FIELDS)]: f"{side}-{number}"}
    return {
        "inputs": {"event": {"kind": "push", "project": f"project-{number}"}, "job": {"id": number, "type": "copr"}},
        "outcome": {"kind": "returned", "value": {"success": True, "details": {"msg": f"{handler} {number}"}}},
        "effects": {"calls": [], "rows": {"copr_builds": rows}, "started": []},
    }  # fmt: skip
