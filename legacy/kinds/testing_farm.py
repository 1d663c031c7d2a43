"""Which messages does Testing Farm send, and which way does each go?"""

from __future__ import annotations

import random
import uuid
from typing import Any

from legacy.kinds import ways
from legacy.kinds.kind import Kind
from legacy.payloads import Payload, testing_farm
from legacy.standin import facts

EARLY = ("private", "missing", "broken-yaml", "unknown-job", "no-spec", "nothing-configured", "unknown-result")


def _results(index: int, rng: random.Random) -> Payload:
    full_name = facts.project_name(index)
    result = rng.choices(["passed", "failed", "error", "exploded"], [55, 25, 15, 5])[0]
    count = rng.choice([0, 1, 1, 2, 5])
    names = [f"/smoke/{n}" for n in range(count)]
    if count and rng.random() < (0.7 if count == 1 else 0.3):
        names[0] = "/install/copr-build"
    passed = "passed" if result == "passed" else "failed"
    tests: list[dict[str, Any]] = [
        {"name": name, "result": passed, "log": f"https://logs.example/{index}{name}.log"} for name in names
    ]
    found = testing_farm.test_results(
        full_name,
        pipeline_id=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        number=rng.randint(1, 900),
        chroot=rng.choice(facts.build_targets(full_name)),
        result=result,
        tests=tests,
    )
    if rng.random() < 0.15:  # nothing is said, or not where to look
        found[rng.choice(["message", "url"])] = None
    if rng.random() < 0.1:  # which repository it is, only the row says
        found["artifact"]["git-url"] = None
    return found


def results(payload: Payload) -> str:
    full_name = f"{payload['artifact']['repo-namespace']}/{payload['artifact']['repo-name']}"
    if payload["result"] == "exploded":
        return "unknown-result"
    early = ways.unusable(full_name)
    pipeline, nameless = payload["pipeline"]["id"], not payload["artifact"]["git-url"]
    if nameless and not facts.run_known(pipeline):
        return "unknown-nameless"
    if early:
        return f"{early}-nameless" if nameless else early
    if not ways.of(ways.jobs(full_name), ways.TESTS, "pull_request"):
        return "nothing-configured"
    if facts.failing_statuses(full_name) in ("all", "tests"):
        return "statuses-fail"
    known = "known" if facts.run_known(pipeline) else "unknown"
    if known == "known" and facts.run_pushed(pipeline):
        known = "pushed"
    tests = payload.get("tests", [])
    only_installation = len(tests) == 1 and tests[0]["name"] == "/install/copr-build"
    if nameless:
        return f"{known}-nameless"
    if payload["url"] is None:
        return f"{known}-no-url"
    size = "installation" if only_installation else str(min(len(tests), 2))
    return f"{known}-{payload['result']}-{size}"


def kinds(*, compact: bool) -> tuple[Kind, ...]:
    del compact  # they are small as they are
    return (
        Kind(
            "testing_farm_results",
            _results,
            results,
            (
                *("known-passed-2", "known-failed-2", "known-error-0", "known-passed-installation"),
                *("known-failed-installation", "unknown-passed-1", "unknown-failed-2", "pushed-passed-2"),
                *("known-nameless", "unknown-nameless", "pushed-nameless", "private-nameless", "known-no-url"),
                *("known-passed-1", "statuses-fail", "unknown-result", "missing", "private", "nothing-configured"),
            ),
            late=lambda way: way not in EARLY,
        ),
    )
