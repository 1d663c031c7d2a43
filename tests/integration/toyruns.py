"""Whole runs over the toy service: messages, both sides, comparison, gate."""

from collections.abc import Callable, Iterable
from typing import Any

from tasksplit.capture.arrival import message
from tasksplit.flow import Flow
from tasksplit.model.message import Message, Side
from tasksplit.model.review import HandlerReview, Review
from tasksplit.model.verdict import Judged
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.side import Replayed
from tests.unit.replay.replayed import PATH, running, step
from tests.unit.replay.toy.migration import migration

Steps = Callable[[int], list[dict[str, Any]]]


def usual(n: int) -> list[dict[str, Any]]:
    """What most messages ask for."""
    report = step("report", ["call", f"report {n}"], ["fail", "Odd", "known"] if n % 4 == 3 else ["value", n])
    acts = [["http", "/status", {"n": n}], ["fresh"], ["insert"], ["row", f"done {n}"]]
    if n % 3 == 1:
        acts.append(["run", step("report", ["http", "/inner"], job="inner")])
    if n % 5 == 4:
        acts.append(["fail", "ValueError", f"failed {n}"])
        return [step("build", *acts, job="a")]
    return [step("build", *acts, job="a"), report] if n % 4 != 3 else [report]


def messages_of(steps: Steps, count: int) -> list[Message]:
    """So many messages, each with a key of its own."""
    return [
        message(migration, f"m{n:03}", {"ref": f"r{n}", "key": f"k{n}", "before": [["fresh"]], "steps": steps(n)})
        for n in range(count)
    ]


def judged(steps: Steps = usual, messages: int = 10) -> list[Judged]:
    """Run both sides in this process; return the verdicts."""
    taken = messages_of(steps, messages)
    found: dict[Side, list[Replayed]] = {}
    for side in Side:
        with running(side) as runner:
            found[side] = [runner.run(m) for m in taken]
    flow = Flow(migration)
    return [
        one
        for m, a, b in zip(taken, found[Side.LEGACY], found[Side.SPLIT], strict=True)
        for one in flow.message(m, a.observations, b.observations)
    ]


def run(steps: Steps = usual, messages: int = 20, **plan: Any) -> Review:
    """Run both sides over so many messages, each with a key of its own."""
    return Run(Plan(migration=migration, path=PATH, messages=messages_of(steps, messages), **plan)).run()


def handler(review: Review, name: str) -> HandlerReview:
    """The review of one handler."""
    return next(h for h in review.handlers if h.name == name)


def paths(review: Review, name: str) -> set[str]:
    """At which paths a handler differs."""
    return {d.shape for d in handler(review, name).differences}


def codes(found: Iterable[Any]) -> set[str]:
    """The codes of findings."""
    return {f.code for f in found}
