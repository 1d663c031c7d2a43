"""C1-C6: how fast is a comparison, against the differs that there are?"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from typing import Any

import nested_diff
import orjson
from deepdiff import DeepDiff
from deepdiff_rs import diff_json

from tasksplit.compare import Plan, compare, compile_rules
from tasksplit.compare.explain import explain
from tasksplit.model import rules
from tasksplit.wire.canonical import canonical
from tests.benchmarks.measure import Result, interleaved
from tests.benchmarks.payloads import VOLATILE_PATHS, observation, real_ones, webhook

Pair = tuple[bytes, bytes]
OURS = "tasksplit"
RIVALS = ("deepdiff-rs", "nested_diff")


def bench_exact() -> list[Result]:
    """C1: equal pairs, 1 % of them different, as stored bytes."""
    payloads = (real_ones() or [webhook(seed) for seed in range(40)])[:100]
    payloads = (payloads * 100)[:100]
    pairs = [_pair(payload, payload) for payload in payloads]
    pairs[50] = _pair(payloads[50], _changed(payloads[50], 1))
    times = _race(pairs, compile_rules([]))
    return [
        _against("C1 exact, 1 % different", "DeepDiff", times, 1_000),
        _against("C1 exact, 1 % different", _best(times), times, 20),
    ]


def bench_volatile() -> list[Result]:
    """C2: six excluded leaves differ in each pair."""
    payloads = [webhook(seed) for seed in range(20)]
    pairs = [(canonical(observation(p, 1)), canonical(observation(p, 2))) for p in payloads]
    plan = compile_rules([rules.ignore(path, because="volatile") for path in VOLATILE_PATHS])
    times = _race(pairs, plan, excluded=VOLATILE_PATHS)
    return [
        _against("C2 6 ignored leaves differ", "DeepDiff", times, 100),
        _against("C2 6 ignored leaves differ", _best(times), times, 3),
    ]


def bench_spread() -> list[Result]:
    """C3: twenty excluded leaves, spread over the payload, differ."""
    payloads = [webhook(seed) for seed in range(20)]
    repository = list(payloads[0]["repository"])
    paths = [f"$.inputs.event.repository.{name}" for name in repository if name != "owner"][:14] + list(VOLATILE_PATHS)
    pairs = []
    for payload in payloads:
        other = copy.deepcopy(payload)
        for path in paths[:14]:
            other["repository"][path.rsplit(".", 1)[1]] = "another"
        pairs.append((canonical(observation(payload, 1)), canonical(observation(other, 2))))
    plan = compile_rules([rules.ignore(path, because="volatile") for path in paths])
    times = _race(pairs, plan, excluded=paths)
    return [_against("C3 20 ignored leaves differ", "DeepDiff", times, 60)]


def bench_mismatches() -> list[Result]:
    """C4: one pair in ten differs; the first three of a fingerprint are explained."""
    payloads = [webhook(seed) for seed in range(60)]
    pairs = [_pair(p, _changed(p, n) if n % 10 == 0 else p) for n, p in enumerate(payloads)]
    times = _race(pairs, compile_rules([]), explained=3)
    return [
        _against("C4 10 % different, explained", "DeepDiff", times, 80),
        _against("C4 10 % different, explained", _best(times), times, 2),
    ]


def bench_unordered() -> list[Result]:
    """C5: lists without order of which 20 % of the items changed."""
    plan = compile_rules([rules.unordered("$.items", because="no order")])
    small, large = _shuffled(400), _shuffled(1_600)
    pair, larger = _canonical(small), _canonical(large)
    times = interleaved(
        {
            OURS: (lambda: compare(*pair, plan, "h"), 10),
            "larger": (lambda: compare(*larger, plan, "h"), 3),
        }
    )
    times |= interleaved(
        {"DeepDiff": (lambda: DeepDiff(*small, ignore_order=True, report_repetition=True), 1)}, rounds=3
    )
    growth = times["larger"] / times[OURS]
    return [
        _against("C5 400 unordered items, 20 % changed", "DeepDiff ignore_order", times, 300, of="DeepDiff"),
        Result(goal="C5 t(1600)/t(400)", peer="itself", measured=growth, limit=6, at_least=False),
    ]


def bench_growth() -> list[Result]:
    """C6: ten times the bytes, at most twelve times the time, in each tier."""
    results = []
    volatile = compile_rules([rules.ignore(path, because="volatile") for path in VOLATILE_PATHS])
    for tier, noise, change, plan in (
        ("equal bytes", 0, 0, volatile),
        ("ignored leaves", 2, 0, volatile),
        ("walk", 2, 1, volatile),
    ):
        pairs = []
        for size in (10_000, 100_000):
            payload = webhook(1, size)
            other = _changed(payload, 1) if change else payload
            pairs.append((canonical(observation(payload)), canonical(observation(other, noise))))
        times = interleaved(
            {str(n): (lambda pair=pair, plan=plan: compare(*pair, plan, "h"), 300) for n, pair in enumerate(pairs)}
        )
        growth = times["1"] / times["0"]
        results.append(
            Result(goal=f"C6 t(100 KB)/t(10 KB), {tier}", peer="itself", measured=growth, limit=12, at_least=False)
        )
    return results


def _pair(one: Any, other: Any) -> Pair:
    return canonical(one), bytes(bytearray(canonical(other)))


def _canonical(pair: tuple[Any, Any]) -> Pair:
    return canonical(pair[0]), canonical(pair[1])


def _changed(payload: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return the payload with one leaf changed."""
    other = copy.deepcopy(payload)
    target = next((value for value in other.values() if isinstance(value, dict) and value), other)
    target[random.Random(seed).choice(sorted(target))] = {"changed": seed}
    return other


def _shuffled(length: int) -> tuple[dict[str, Any], dict[str, Any]]:
    chance = random.Random(length)
    items = [{"id": n, "state": "ok", "url": f"/items/{n}"} for n in range(length)]
    others = [{**item, "state": "bad"} if n % 5 == 0 else item for n, item in enumerate(items)]
    chance.shuffle(others)
    return {"items": items}, {"items": others}


def _race(pairs: Sequence[Pair], plan: Plan, *, excluded: Sequence[str] = (), explained: int = 0) -> dict[str, float]:
    """Return the time in µs that each contestant takes for one pair: stored bytes in, verdict out."""
    exclude = ["root" + "".join(f"['{name}']" for name in path.split(".")[1:]) for path in excluded] or None

    def ours() -> None:
        seen: dict[str, int] = {}
        for legacy, split in pairs:
            for difference in compare(legacy, split, plan, "h").differences if explained else ():
                seen[difference.fingerprint] = seen.get(difference.fingerprint, 0) + 1
                if seen[difference.fingerprint] <= explained:
                    explain(difference.legacy, difference.split)
            if not explained:
                compare(legacy, split, plan, "h")

    contestants: dict[str, Callable[[], None]] = {
        OURS: ours,
        "DeepDiff": lambda: _each(pairs[:20], lambda a, b: DeepDiff(a, b, exclude_paths=exclude), orjson.loads),
        "nested_diff": lambda: _each(pairs, lambda a, b: nested_diff.diff(a, b, U=False), orjson.loads),
        "deepdiff-rs": lambda: _each(pairs, diff_json, bytes.decode),
    }
    calls = {OURS: 20}
    times = interleaved({name: (run, calls.get(name, 1)) for name, run in contestants.items()}, rounds=5)
    return {name: taken / (20 if name == "DeepDiff" else len(pairs)) for name, taken in times.items()}


def _each(pairs: Sequence[Pair], diff: Callable[[Any, Any], object], read: Callable[[bytes], Any]) -> None:
    for legacy, split in pairs:
        diff(read(legacy), read(split))


def _best(times: dict[str, float]) -> str:
    return min(RIVALS, key=lambda name: times[name])


def _against(goal: str, peer: str, times: dict[str, float], limit: float, of: str = "") -> Result:
    return Result(goal=goal, peer=peer, measured=times[of or peer] / times[OURS], limit=limit)


BENCHES = (bench_exact, bench_volatile, bench_spread, bench_mismatches, bench_unordered, bench_growth)

if __name__ == "__main__":
    from tests.benchmarks.__main__ import main

    main([__name__], BENCHES)
