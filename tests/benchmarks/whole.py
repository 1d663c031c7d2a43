"""What does a whole run cost beside legacy alone, and what does recording a message cost?

Each way runs over the same messages in a process of its own, one after the other in turns, without anything else of
ours; a figure is the median of the turns' ratios. Legacy alone means: the fixture, then the task's function, no more.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.measure import Result

ROUNDS = 3
PER_KIND = 40

ALONE = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
from legacy.database import Base, create_all, engine
from legacy.generate import generate
from legacy.standin.fixture import prepare
from legacy.tasks import babysit_copr_build, process_message
create_all()
messages = [payload for _, payload in generate(7, {per_kind})]
def run(payload):
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    prepare(payload)
    try:
        if isinstance(payload, dict) and payload.get("task") == "task.babysit_copr_build":
            babysit_copr_build.run(payload["build_id"])
        else:
            process_message.run(payload)
    except Exception:
        pass
for payload in messages[:40]: run(payload)
began = time.process_time()
for payload in messages: run(payload)
print(json.dumps({{"seconds": time.process_time() - began, "messages": len(messages)}}))
"""

SIDE = """
import json, logging, sys, time
logging.disable(logging.CRITICAL)
from tasksplit.replay.declared import load
from tasksplit.replay.side import SideRunner, warm
from tasksplit.replay.process import Job
from tasksplit.capture.arrival import message
from tasksplit.model.message import Side
from tasksplit.flow import Flow
warm()
from legacy.generate import generate
migration = load("shadow.migration:migration")
messages = [message(migration, name, payload) for name, payload in generate(7, {per_kind})]
def runner(**circumstances):
    side = SideRunner(migration, Job(name="bench", migration="", **circumstances))
    side.install()
    return side
def timed(side, recordings=None):
    done, spent = [], 0.0
    for number, one in enumerate(messages):
        recording = recordings[one.id] if recordings else None
        began = time.process_time()
        done.append(side.run(one, recording))
        spent += time.process_time() - began
    return spent, done
"""

BOTH = (
    SIDE
    + """
legacy = runner(side=Side.LEGACY)
for one in messages[:40]: legacy.run(one)
a, first = timed(legacy); legacy.uninstall()
split = runner(side=Side.SPLIT)
for one in messages[:40]: split.run(one)
b, second = timed(split); split.uninstall()
flow = Flow(migration)
began = time.process_time()
for one, left, right in zip(messages, first, second): flow.message(one, left.observations, right.observations)
c = time.process_time() - began
print(json.dumps({{"seconds": a + b + c, "messages": len(messages), "legacy": a, "split": b, "compare": c}}))
"""
)

RECORDED = (
    SIDE
    + """
import pickle
legacy = runner(side=Side.LEGACY)
for one in messages[:40]: legacy.run(one)
plain, _ = timed(legacy); legacy.uninstall()
recorder = runner(side=Side.LEGACY, record=True)
for one in messages[:40]: recorder.run(one)
recorded, done = timed(recorder); recorder.uninstall()
kept = pickle.loads(pickle.dumps({{r.message: r.recording for r in done}}))
split = runner(side=Side.SPLIT, from_recordings=True)
for one in messages[:40]: split.run(one, kept[one.id])
replayed, _ = timed(split, kept); split.uninstall()
print(json.dumps({{"plain": plain, "recorded": recorded, "seconds": replayed, "messages": len(messages)}}))
"""
)


def _run(program: str) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", program.format(per_kind=PER_KIND)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def both_sides() -> list[Result]:
    """Both sides in fixture worlds, and the split from recordings, beside legacy alone, in turns."""
    whole, replay, record, each = [], [], [], []
    for _ in range(ROUNDS):
        alone, both, recorded = _run(ALONE), _run(BOTH), _run(RECORDED)
        base = alone["seconds"] / alone["messages"]
        whole.append(both["seconds"] / both["messages"] / base)
        replay.append(recorded["seconds"] / recorded["messages"] / base)
        record.append(recorded["recorded"] / recorded["plain"])
        each.append(base * 1000)
    ms = f"legacy alone {statistics.median(each):.1f} ms a message"
    return [
        _result("whole run", f"both sides and comparing, beside legacy alone ({ms})", whole, 4.0),
        _result("whole run", "the split replayed from recordings, beside legacy alone", replay, 4.0),
        _result("whole run", "legacy recorded, beside legacy replayed without recording", record, 1.25),
    ]


def _result(goal: str, peer: str, ratios: list[float], most: float) -> Result:
    return Result(goal=goal, peer=peer, measured=statistics.median(ratios), limit=most, at_least=False)


BENCHES: list[Callable[[], list[Result]]] = [both_sides]
