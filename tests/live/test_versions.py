"""Do old and new workers work in one fleet, whoever sends and whoever takes, and is nothing lost?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from tasksplit.live.envelope import Envelope, Opened, Unopened
from tasksplit.live.parking import parked
from tasksplit.model.rollout import Stage
from tests.live.golden import golden
from tests.live.next_version import next_version
from tests.live.service import KEY, ROOT, SECONDS, Service, running

NEWER = "a batch that is of a newer version"
FEWEST, MOST = 40, 600  #: messages, until each worker of legacy has handed over to each of the split


def test_a_golden_message_keeps_its_route_and_a_golden_recording_is_replayed(tmp_path: Path) -> None:
    known = golden()
    with running(tmp_path) as service:
        service.moved(mail=Stage.CANARY, share=0.0)
        workers = [service.worker(), service.worker("installed:split")]
        sleep(1.5)  # a first flag settles
        service.send(known.event, headers=known.headers)
        service.send({**known.event, "ref": "without"})
        service.until(lambda: len(_acted(service)) == 4)
        for name in ("mail", "pack"):
            assert _acted(service)["golden", name] == {f"toy.{name}" if name in known.split else "toy.process"}
            assert _acted(service)["without", name] == {"toy.process"}
        for worker in workers:
            service.ended(worker)
        service.batches()  # those of now are not what is looked at
        service.shown(known.recording)
        shadow = service.shadow()
        service.until(lambda: _ledger(service)["expected"] == 1)
        service.ended(shadow)
        assert _ledger(service)["paired"] == 1
        for handler in service.report()["handlers"]:
            wanted = 1 if handler["name"] in ("dispatch", "mail", "pack") else 0
            evidence = {"match": wanted, "mismatch": 0, "accepted": 0, "unpaired": 0, "undecided": 0}
            assert handler["evidence"] == evidence, handler["name"]


def test_each_version_sends_to_each_and_nothing_is_lost(tmp_path: Path) -> None:
    newer = {"PYTHONPATH": os.pathsep.join([str(next_version(tmp_path / "next")), str(ROOT)])}
    with running(tmp_path / "service") as service:
        service.moved(mail=Stage.CANARY, pack=Stage.SHADOW, share=0.5)
        workers = {}
        for side in ("legacy", "split"):
            workers[side, "old"] = service.worker(f"installed:{side}")
            workers[side, "new"] = service.worker(f"installed:{side}", **newer, TOY_NEW="1")
        for worker in workers.values():
            service.until(lambda worker=worker: "ready." in worker.said())  # type: ignore[misc]  # bound now
        sleep(1.5)  # a first flag settles
        sent: list[str] = []
        unknown = [_unknown(service, number) for number in range(12)]
        end = monotonic() + SECONDS
        while len(sent) < MOST and (len(sent) < FEWEST or len(_directions(service)) < 4) and monotonic() < end:
            sent += [_sent(service, len(sent) + number) for number in range(10)]
            service.until(lambda: _all_acted(service, sent))  # noqa: B023  # asked now
        assert len(_directions(service)) == 4, _directions(service)
        assert {len(tasks) for tasks in _acted(service).values()} == {1}  # one side each
        letters = Counter((one["ref"], one["handler"]) for one in service.lines() if one["what"] == "letter")
        assert set(letters.values()) == {1}
        assert ": of a newer version" in workers["split", "old"].said()
        assert "header not honoured" not in workers["split", "new"].said()
        _run_later(service, unknown, workers)
        for worker in workers.values():
            service.ended(worker)
        batches = service.batches()
        _replayed(service, batches, newer)


def _run_later(service: Service, unknown: list[str], workers: dict[tuple[str, str], Any]) -> None:
    """What an old worker did not know is parked, and run once all do."""
    service.until(lambda: len(_ran_new(service)) + parked(service.app) == len(unknown))
    waited = parked(service.app)
    assert waited, "no old worker got one"
    service.ended(workers["split", "old"])
    words = ["-m", "tasksplit", "unpark", "--migration", "tests.live.toys.declared:migration"]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**service.environment, "TOY_NEW": "1"}, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    assert f"sent back: {waited} message" in done.stdout, done
    service.until(lambda: sorted(_ran_new(service)) == sorted(unknown))
    assert parked(service.app) == 0


def _replayed(service: Service, batches: list[bytes], newer: dict[str, str]) -> None:
    """Both versions' recordings are replayed by a new shadow worker; an old one counts those that it cannot read."""
    opened = [Envelope([KEY]).open_(one) for one in batches]
    old = sum(len(one.records) for one in opened if isinstance(one, Opened))
    new = sum(one is Unopened.NEWER for one in opened)
    assert min(old, new) > 0
    service.shown(*batches)
    shadow = service.shadow()
    service.until(lambda: _ledger(service)["expected"] == old + new)
    service.ended(shadow)
    assert service.report()["harness_errors"] == {NEWER: new}
    assert (_ledger(service)["paired"], _ledger(service)["lost"]) == (old, new)
    (service.folder / "reports" / "report.json").unlink()
    (service.folder / "evidence.db").unlink()
    service.shown(*batches)
    shadow = service.shadow(**newer)
    written = service.counted()["written"]
    service.until(lambda: _ledger(service)["expected"] == written)
    service.ended(shadow)
    assert _ledger(service) == {"expected": written, "paired": written, "pending": 0, "lost": 0, "sampled_out": 0}


def _sent(service: Service, number: int) -> str:
    steps = [{"handler": name, "acts": [["pause", 0.02], ["letter", "hello"]]} for name in ("mail", "pack")]
    return service.send({"ref": f"m{number}", "key": f"k{number}", "steps": steps})


def _unknown(service: Service, number: int) -> str:
    ref = f"new{number}"
    service.app.send_task("toy.new", kwargs={"ref": ref}, task_id=ref, queue=f"{service.queue}-split")
    return ref


def _ran_new(service: Service) -> list[str]:
    return [one["id"] for one in service.lines() if one["what"] == "begun" and one["task"] == "toy.new"]


def _acted(service: Service) -> dict[tuple[str, str], set[str]]:
    """Return message and handler -> the tasks that acted."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in service.lines():
        if one["what"] == "letter":
            found[one["ref"], one["handler"]].add(one["task"])
    return found


def _all_acted(service: Service, sent: list[str]) -> bool:
    return len(_acted(service)) == 2 * len(sent)


def _directions(service: Service) -> set[tuple[str, str]]:
    """Return who handed over to whom, by the names of the workers."""
    begun = [one for one in service.lines() if one["what"] == "begun"]
    sender = {one["id"]: one["worker"] for one in begun if one["task"] == "toy.process"}
    refs = {one["id"]: one["ref"] for one in service.lines() if one["what"] == "letter" and one["task"] == "toy.mail"}
    return {(sender[refs[one["id"]]], one["worker"]) for one in begun if one["id"] in refs}


def _ledger(service: Service) -> dict[str, int]:
    return dict((service.report() or {"ledger": {"expected": -1}})["ledger"])
