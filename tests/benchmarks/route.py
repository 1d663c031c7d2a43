"""How long does it take to know which side acts, and what does a message pay while no handler is beyond shadow?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any

from celery import Celery
from ldclient import Context, LDClient
from ldclient.config import Config
from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.provider.in_memory_provider import InMemoryFlag, InMemoryProvider

from tasksplit.live.cutover import Cutover
from tasksplit.model.message import Message
from tasksplit.model.migration import Entry, Handler, Migration
from tasksplit.model.rollout import Flag, Flags, Source, Stage, Terms
from tasksplit.rollout.buckets import bucket
from tasksplit.rollout.snapshot import Local
from tasksplit.stores.claims_memory import MemoryClaimRecords
from tasksplit.stores.claims_store import ClaimStore
from tasksplit.wire.header import Headers
from tests.benchmarks.measure import Result, interleaved

HERE = "tests.benchmarks.route"
HANDLERS = tuple(f"handler-{number}" for number in range(20))
KEYS = tuple(f"organisation/project-{number}" for number in range(1000))

app = Celery("bench", broker="memory://", set_as_current=False)


@app.task(name="bench.legacy", bind=True, acks_late=True)
def legacy(self: Any, event: Any) -> None:
    """Be an entry."""


@app.task(name="bench.split")
def split(event: Any) -> None:
    """Be the other."""


def cutover(stage: Stage) -> Cutover:
    """Return what a worker has that read its flags a moment ago: 20 handlers, all at that stage, 30 % of keys."""
    migration = Migration(
        name="bench",
        entries=[
            Entry(
                name="message",
                legacy=f"{HERE}:legacy",
                split=f"{HERE}:split",
                accepts=lambda payload: True,
                arguments=lambda payload: {"event": payload},
            )
        ],
        handlers=[
            Handler(name, legacy=f"{HERE}:{name}", view=dict, split=f"split.{name}", implementation=f"{HERE}:x{name}")
            for name in HANDLERS
        ],
    )
    at = datetime(2026, 1, 1, tzinfo=UTC)
    terms = Terms(share=0.3) if stage is Stage.CANARY else Terms()
    flags = {name: Flag(handler=name, stage=stage, changed_at=at, terms=terms) for name in HANDLERS}
    local = Local(lambda: Flags(flags=dict(flags), revision=1, source=Source.STORE), "bench")
    local.start(wait=5.0)  # its thread reads anew all the time, as on a worker
    claims = ClaimStore(MemoryClaimRecords(), redelivery=timedelta(hours=1))
    headers = Headers(b"a secret of the benchmarks", "bench", migration.names)
    return Cutover(migration, app, flags=local, claims=claims, headers=headers)


def bench_decision() -> list[Result]:
    """Whether the split acts for a key: 20 handlers in canary, against one flag of two who only answer flags."""
    ours = cutover(Stage.CANARY)
    keys, others = cycle(KEYS), cycle(KEYS)

    def of_key(_flag: InMemoryFlag[bool], context: EvaluationContext) -> FlagResolutionDetails[bool]:
        chosen = bucket("handler-0", "", str(context.targeting_key)) < 0.3
        return FlagResolutionDetails(value=chosen)

    flag = InMemoryFlag("off", {"on": True, "off": False}, context_evaluator=of_key)
    api.set_provider(InMemoryProvider({"handler-0": flag}))
    feature = api.get_client()
    contexts = cycle([EvaluationContext(key) for key in KEYS])
    offline = LDClient(Config("no key", offline=True))
    told = cycle([Context.create(key) for key in KEYS])
    expected = sum(bucket("handler-0", "", key) < 0.3 for key in KEYS)
    assert sum("handler-0" in ours.decide(key) for key in KEYS) == expected  # each answers the same question
    assert sum(feature.get_boolean_value("handler-0", False, EvaluationContext(key)) for key in KEYS) == expected
    times = interleaved(
        {
            "ours": (lambda: ours.decide(next(keys)), 20_000),
            "OpenFeature": (lambda: feature.get_boolean_value("handler-0", False, next(contexts)), 2_000),
            "LaunchDarkly": (lambda: offline.variation("handler-0", next(told), False), 2_000),
            "nothing": (lambda: next(others), 20_000),
        },
        rounds=15,
    )
    offline.close()
    api.shutdown()
    return [
        _at_most("route decision, 20 handlers", "-", times["ours"] - times["nothing"], 1.0, "µs"),
        _at_most("route decision", "OpenFeature, in memory, one flag", times["ours"] / times["OpenFeature"], 0.2),
        _at_most("route decision", "LaunchDarkly, offline, one flag", times["ours"] / times["LaunchDarkly"], 0.5),
    ]


def bench_message() -> list[Result]:
    """What a message pays on its way while no handler is beyond shadow: no store is asked, no message is made."""
    ours = cutover(Stage.SHADOW)
    task = app.tasks["bench.legacy"]  # as a worker has it, not the proxy that the decorator returns
    task.push_request(id="m", retries=0, delivery_info={}, called_directly=False)

    def never() -> Message:
        raise AssertionError("a message was made")

    def entered() -> None:
        with ours.message(task, never):
            pass

    try:
        times = interleaved({"ours": (entered, 20_000)}, rounds=15)
    finally:
        task.pop_request()
    return [_at_most("message, all in shadow", "-", times["ours"], 5.0, "µs")]


def _at_most(goal: str, peer: str, measured: float, limit: float, unit: str = "x") -> Result:
    return Result(goal=goal, peer=peer, measured=measured, limit=limit, at_least=False, unit=unit)


BENCHES = (bench_decision, bench_message)

if __name__ == "__main__":
    from tests.benchmarks.__main__ import main

    main([__name__], BENCHES)
