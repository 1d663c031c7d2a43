"""Does whatever the split does to its shadow leave legacy as it is without tasksplit, and is it named?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from tasksplit.model.rollout import Stage
from tasksplit.testing.child import Child
from tests.live.chaos import HARM, RETRIES, RULES, VIEWS, messages
from tests.live.service import Service, running

DIED = ("leave", "segfault", "close_all")
HUNG = ("hang", "hang_for_good", "threads")


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What did legacy do on all messages, and how does the shadow see it?"""

    results: Mapping[str, tuple[str, str]]
    log: Mapping[str, list[dict[str, Any]]]
    rows: list[Any]
    counted: Mapping[str, int]
    report: Any = None


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Legacy as it is started today."""
    with running(tmp_path_factory.mktemp("bare")) as service:
        return _played(service, "legacy:app")


@pytest.fixture(scope="module")
def shadowed(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Legacy with tasksplit, every handler in shadow."""
    with running(tmp_path_factory.mktemp("shadowed")) as service:
        service.moved(**dict.fromkeys(("dispatch", "mail", "bill", "pack"), Stage.SHADOW))
        shadow = service.shadow("--seconds", "4", "--megabytes", "512")
        return _played(service, "installed:legacy", shadow)


def test_legacy_is_as_without_tasksplit(bare: Played, shadowed: Played) -> None:
    assert shadowed.results == bare.results
    assert shadowed.rows == bare.rows
    assert shadowed.log.keys() == bare.log.keys()
    for message, lines in bare.log.items():
        assert shadowed.log[message] == lines  # deliveries, effects, acknowledgements, retries, in this order


def test_the_messages_show_every_way_to_end(bare: Played) -> None:
    told = {(one["what"], one.get("requeue")) for lines in bare.log.values() for one in lines}
    assert told == {("begun", None), ("letter", None), ("acknowledged", None), ("rejected", True), ("rejected", False)}
    assert {state for state, _ in bare.results.values()} >= {"SUCCESS", "FAILURE"}
    assert max(one["retries"] for lines in bare.log.values() for one in lines) == 2


def test_every_message_is_accounted_for(shadowed: Played) -> None:
    counted, ledger = shadowed.counted, shadowed.report["ledger"]
    first = [message for message in shadowed.log if not message.startswith("child")]
    died = 1  # its process was gone before it could be handed over
    assert counted["received"] == sum(_begun(lines) for m, lines in shadowed.log.items() if m in first)
    assert counted["received"] - counted["sampled_out"] == len(first)
    assert counted["handed_over"] == counted["written"]
    assert (counted["handed_over"], counted["failed"]) == (len(first) - died, 0)
    assert ledger["expected"] == counted["written"]
    assert ledger["expected"] == ledger["paired"] + ledger["lost"]


def test_what_the_split_does_to_its_process_is_named_and_never_a_match(shadowed: Played) -> None:
    found, errors = _handler(shadowed, "mail"), shadowed.report["harness_errors"]
    died = errors["split from recordings: its process died"]
    hung = errors["split from recordings: it did not end within 4 seconds"]
    assert died == len(DIED)
    assert hung >= len(HUNG)  # on a busy machine whatever takes long may be called hanging too
    evidence = found["evidence"]
    assert evidence["match"] == 0
    assert evidence["mismatch"] + evidence["undecided"] + died + hung == len(HARM)
    tried = [d for d in found["differences"] if d["path"] == "$.effects.calls[*].event"]
    assert {pair["split"] for d in tried for pair in d["pairs"]} >= {"os.fork", "os.kill"}


def test_every_lost_message_has_its_reason(shadowed: Played) -> None:
    errors = shadowed.report["harness_errors"]
    reasons = ("split from recordings", "a recording that cannot be read here")
    assert shadowed.report["ledger"]["lost"] == sum(n for words, n in errors.items() if words.startswith(reasons))
    assert any("CanonicalError" in words for words in errors)  # a value that no JSON can hold


def test_a_comparator_that_fails_is_undecided_with_its_reason(shadowed: Played) -> None:
    found = _handler(shadowed, "bill")
    assert found["evidence"] == {"match": 1, "mismatch": 0, "accepted": 0, "unpaired": 0, "undecided": len(RULES) - 1}
    words = " ".join(found["undecided_reasons"])
    for error in ("RuntimeError", "SystemExit", "RecursionError"):
        assert f"comparing failed: Found {error}" in words


def test_what_legacy_does_by_itself_is_recorded_completely(shadowed: Played) -> None:
    """Retried, ignored, rejected, delivered again: legacy replayed on its recording does the same."""
    capture = {one["handler"]: one for one in shadowed.report["capture"]}
    assert capture["mail"]["complete"], capture
    # one message only: its call gets what no JSON can hold, and a replay cannot look up the answer
    assert capture["dispatch"]["note"].startswith("parent of pack: tasksplit failed: writing down the call"), capture
    assert _handler(shadowed, "dispatch")["evidence"]["undecided"] == 1
    pack = _handler(shadowed, "pack")["evidence"]
    assert (pack["mismatch"], pack["unpaired"], pack["undecided"]) == (0, 0, len(VIEWS) + 1), pack
    assert pack["match"] >= 12  # WAYS: but for the one that no JSON can hold, and those without a step


def test_a_view_that_fails_is_undecided_with_its_reason(shadowed: Played) -> None:
    words = " ".join(_handler(shadowed, "pack")["undecided_reasons"])
    for reason in ("the view cannot cope", "builtins.object at $.job", "it called letter", "it reads builds"):
        assert reason in words


def _played(service: Service, app: str, shadow: Child | None = None) -> Played:
    service.environment["TOY_RESULTS"] = f"{service.url}/3"
    sent = [service.send(event) for event in messages()]
    worker = service.worker(app)
    expected = {*sent, "child-of-way-sends"}
    service.until(lambda: _settled(service) >= expected)
    service.ended(worker)
    results = {message: service.app.AsyncResult(message) for message in sent}
    engine = create_engine(service.database)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text("select ref, state from builds order by ref, id"))]
    engine.dispose()
    log: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in service.lines():
        log[line["id"]].append({name: value for name, value in line.items() if name != "worker"})
    counted = service.counted()
    if shadow is not None:
        service.until(lambda: _expected(service) >= counted["written"], seconds=150)
        service.ended(shadow)
        assert ", 0 not to be read" in shadow.said()
    return Played(
        results={message: (one.state, repr(one.result)) for message, one in results.items()},
        log=log, rows=rows, counted=counted, report=service.report(),
    )  # fmt: skip


def _settled(service: Service) -> set[str]:
    """Return the tasks of which the broker was told the end."""
    return {
        one["id"]
        for one in service.lines()
        if one["what"] == "acknowledged" or one.get("requeue") is False
        if one["retries"] >= RETRIES.get(one["id"], 0)
    }


def _expected(service: Service) -> int:
    return int((service.report() or {"ledger": {"expected": -1}})["ledger"]["expected"])


def _begun(lines: list[dict[str, Any]]) -> int:
    return sum(line["what"] == "begun" for line in lines)


def _handler(played: Played, name: str) -> Any:
    return next(one for one in played.report["handlers"] if one["name"] == name)
