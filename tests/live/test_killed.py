"""Is every message accounted for, on one side only, whoever is killed and when?"""

from __future__ import annotations

import os
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest

from tasksplit.live.counted import lost
from tasksplit.model.message import Side
from tasksplit.model.rollout import Stage
from tasksplit.model.route import ClaimId
from tasksplit.stores.claims_store import open_claim_store
from tasksplit.testing.redis import OwnRedis
from tests.live.rabbit import queues_of_ones_own
from tests.live.service import NAME, Service, running
from tests.live.toys.legacy import REDELIVERED

MESSAGES = 500
KILLS = ("child", "main", "all", "child", "main")  #: processes of a worker, in an order that the seed says
HANDLERS = ("mail", "bill", "pack")
POOL = 2  #: processes of a worker that run tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What does the log of the world say?"""

    begun: Counter[str]
    """Id of a task -> how often it began."""
    letters: dict[tuple[str, str], list[dict[str, Any]]]
    """Message and handler -> what was done for it, by whichever side."""
    queues: dict[str, set[str]]
    """Name of a task -> from which queues it came."""


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
def test_all_messages_are_accounted_for_under_kill(tmp_path: Path, broker: str) -> None:
    seed = int(os.environ.get("TASKSPLIT_SEED") or Random().randrange(10**6))
    print(f"TASKSPLIT_SEED={seed}")  # shown where the test fails: the same moments again, if not the same races
    dice = Random(seed)
    with _service(tmp_path, broker) as service:
        recorded = broker == "redis"  # the queue of recordings on a broker that others use is not ours
        service.moved(
            **{"mail": Stage.CANARY, "bill": Stage.CANARY, "pack": Stage.SHADOW} if recorded else {"mail": Stage.LIVE}
        )
        sleep(1.5)  # a first flag settles, see cutover.Settings
        fleet = Fleet(service)
        sent = _under_kill(service, fleet, dice, restart=broker == "redis")
        silent: list[float] = []
        service.until(lambda: _complete(service, fleet, sent, silent=silent), seconds=180)
        for worker in fleet.workers:
            service.ended(worker)
        for part in service.parts:
            part.kill()  # also what a killed worker has left behind
        happened = _happened(service)
        gone = _lost_by_redis(service, sent, happened)
        assert len(gone) <= (len(KILLS) + 2 if broker == "redis" else 0), gone
        sent = [ref for ref in sent if ref not in gone]
        assert len(sent) + len(gone) == MESSAGES
        _one_side_acted(service, sent, happened)
        if recorded:
            _counted(service, sent, happened, killed=fleet.killed + 3 * len(gone))


class Fleet:
    """Which workers run, and how many of their processes were killed? One that ended is started again, as by systemd.

    Celery ends a whole worker ("Could not start worker processes") where one process of its pool dies while it starts.
    """

    APPS = ("installed:legacy", "installed:split")

    def __init__(self, service: Service) -> None:
        self.service = service
        self.killed = 0  #: processes that run tasks, at most
        self.workers = [service.worker(app, processes=POOL) for app in self.APPS]

    def strike(self, which: str, dice: Random) -> None:
        """Kill processes of a worker as ``kill -9`` does."""
        place = dice.randrange(len(self.workers))
        worker = self.workers[place]
        pool = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        self.killed += POOL
        if which == "child" and pool:  # it may just be starting
            os.kill(int(dice.choice(pool)), signal.SIGKILL)
            return
        if which == "main":
            os.kill(worker.pid, signal.SIGKILL)  # its pool may go on with what it is at, and nobody hears of it
        else:
            worker.kill()
        self._start(place)

    def tend(self) -> None:
        """Start again what ended."""
        for place, worker in enumerate(self.workers):
            if worker.ended is not None:
                self.killed += POOL
                self._start(place)

    def listens(self) -> bool:
        """Return whether every worker takes messages."""
        return all("ready." in worker.said() for worker in self.workers)

    def _start(self, place: int) -> None:
        self.workers[place] = self.service.worker(self.APPS[place], processes=POOL)


def _under_kill(service: Service, fleet: Fleet, dice: Random, *, restart: bool) -> list[str]:
    """Send all messages, and kill meanwhile; return the ids of the messages."""
    moments = dict(zip(dice.sample(range(MESSAGES // 10, MESSAGES), len(KILLS)), KILLS, strict=True))
    down = dice.randrange(MESSAGES // 3, MESSAGES // 2)
    sent: list[str] = []
    for number in range(MESSAGES):
        sent.append(service.send(_event(number)))
        sleep(0.02)
        if number in moments:
            fleet.strike(moments[number], dice)
        fleet.tend()
        if restart and number == down:
            assert isinstance(service.redis, OwnRedis)
            service.redis.kill()
            sleep(dice.random())
            service.redis.restart()
    return sent


def _event(number: int) -> dict[str, Any]:
    steps = [{"handler": name, "acts": [["pause", 0.004], ["letter", number]]} for name in HANDLERS]
    return {"ref": f"m{number}", "key": f"k{number % 17}", "steps": steps}


def _complete(service: Service, fleet: Fleet, sent: list[str], *, silent: list[float]) -> bool:
    """Return whether each handler of each message was done, or nothing happens any more; and nothing is at work."""
    sleep(0.5)
    lines = service.lines()
    fleet.tend()
    if not fleet.listens() or silent[:1] != [len(lines)]:  # silence counts where all workers listen
        silent[:] = [len(lines), monotonic()]
    done = {(one["ref"], one["handler"]) for one in lines if one["what"] == "letter"}
    if done >= {(ref, name) for ref in sent for name in HANDLERS}:
        claims = open_claim_store(service.store, NAME, redelivery=REDELIVERED)
        with closing(claims):
            return not claims.counts().unfinished
    return service.broker.startswith("redis") and monotonic() - silent[1] > 5 * REDELIVERED.total_seconds()


def _lost_by_redis(service: Service, sent: list[str], happened: Happened) -> set[str]:
    """Return the messages of which Redis gave a task to a connection that was just dying: kombu's, also without us.

    Its BRPOP takes a task out of the queue before the worker can note that it has it. Whoever lost such a task is told
    by tasksplit: it never came to a worker, and nobody holds its claim.
    """
    missing = {ref for ref in sent if any(not happened.letters.get((ref, name)) for name in HANDLERS)}
    received = "".join(part.said() for part in service.parts)
    claims = open_claim_store(service.store, NAME, redelivery=REDELIVERED)
    with closing(claims):
        for ref in missing:
            if not happened.begun[ref]:
                assert f"[{ref}] received" not in received
                continue
            started = {claim.id.handler for claim in claims.claims(ref) if claim.started}
            for name in HANDLERS:
                if not happened.letters.get((ref, name)):
                    wanted = ClaimId(message=ref, handler=name, instance="")
                    assert name not in started
                    assert f"[{wanted.task_id(NAME)}] received" not in received
    return missing


def _happened(service: Service) -> Happened:
    letters: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    queues: dict[str, set[str]] = defaultdict(set)
    begun: Counter[str] = Counter()
    for line in service.lines():
        if line["what"] == "letter":
            letters[line["ref"], line["handler"]].append(line)
        elif line["what"] == "begun":
            begun[line["id"]] += 1
            queues[line["task"]].add(line["queue"])
    return Happened(begun=begun, letters=letters, queues=queues)


def _one_side_acted(service: Service, sent: list[str], happened: Happened) -> None:
    claims = open_claim_store(service.store, NAME, redelivery=REDELIVERED)
    sides: Counter[str] = Counter()
    for ref in sent:
        started = {claim.id.handler: claim.side for claim in claims.claims(ref) if claim.started}
        for name in HANDLERS:
            letters = happened.letters[ref, name]
            tasks = {one["task"] for one in letters}
            assert len(tasks) == 1, f"{ref} {name}: {letters}"  # one side, and not neither
            side = Side.LEGACY if tasks == {"toy.process"} else Side.SPLIT
            sides[f"{name} {side.value}"] += 1
            assert started.get(name, side) is side
            starts = happened.begun[ref] if side is Side.LEGACY else sum(
                happened.begun[task] for task in {one["id"] for one in letters}
            )  # fmt: skip
            assert len(letters) <= starts, f"{ref} {name}: {letters}"  # once for each start, as without tasksplit
            assert side is Side.LEGACY or len({one["id"] for one in letters}) == 1
    claims.close()
    assert sides["pack split"] == 0
    assert min(sides["mail split"], sides["pack legacy"]) > MESSAGES / 5, sides
    # one that is delivered again before anybody pinned its route is legacy's, also where the handler is live
    assert happened.queues["toy.mail"] == {f"{service.queue}-split"}  # the user's own queue of that task


def _counted(service: Service, sent: list[str], happened: Happened, *, killed: int) -> None:
    """Hold tasksplit's own counters against the log and against what is in the broker; ``killed``: processes."""
    counted, recorded = service.counted(), Counter(service.recorded())
    begun = sum(happened.begun[ref] for ref in sent)
    assert begun <= counted["received"] <= begun + killed
    ended = counted["sampled_out"] + counted["not_recorded"] + counted["failed"] + counted["handed_over"]
    assert 0 <= counted["received"] - ended <= killed  # died in the middle of it
    whole = {ref for ref in sent if all(happened.letters[ref, name][0]["task"] == "toy.process" for name in HANDLERS)}
    assert recorded.keys() <= whole  # of which the split did nothing
    assert counted["written"] <= recorded.total()  # a process may die between sending and counting
    away = lost(counted) + counted["write_failed"] + counted["sampled_out"] + counted["not_recorded"] + killed
    assert len(whole) - len(recorded) <= away


@contextmanager
def _service(folder: Path, broker: str) -> Iterator[Service]:
    queue = f"toy-{uuid4().hex[:12]}"
    if broker == "redis":
        with running(folder, persistent=True, queue=queue) as service:
            yield service
    else:
        with queues_of_ones_own(queue, f"{queue}-split") as url, running(folder, broker=url, queue=queue) as service:
            yield service
