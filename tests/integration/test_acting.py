"""Does exactly one side act on each handler of each message, whatever is toggled and whoever is killed?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis

from tasksplit.errors import FlagConflict
from tasksplit.live.parking import Unparked, known_to_workers, parked, unpark
from tasksplit.model.message import Side
from tasksplit.model.rollout import Change, Flag, Stage, Terms
from tasksplit.model.route import Claim
from tasksplit.stores.claims_store import open_claim_store
from tasksplit.stores.flags_protocol import FlagStore, open_flag_store
from tasksplit.testing.redis import find_or_start
from tests.integration import acting_toy
from tests.integration.acting_toy import HANDLERS, REDELIVERY
from tests.integration.test_flag_stores import absent

ROOT = Path(__file__).parents[2]
RABBIT = os.environ.get("TASKSPLIT_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672")


class Team:
    """A broker, a store, and workers that come and go."""

    def __init__(self, folder: Path, redis: str, broker: str, queue: str = "toy") -> None:
        self.redis, self.queue, self.folder = redis, queue, folder
        self.broker = broker
        self.environment = {
            **os.environ, "TOY_BROKER": broker, "TOY_STORE": f"{redis}/1", "TOY_ACTS": f"{redis}/2", "TOY_QUEUE": queue,
        }  # fmt: skip
        self.flags: FlagStore = open_flag_store(f"{redis}/1", acting_toy.migration.name)
        self.claims = open_claim_store(f"{redis}/1", acting_toy.migration.name, redelivery=REDELIVERY)
        self.acts = Redis.from_url(f"{redis}/2", decode_responses=True)
        self.app = Celery("producer", broker=broker)
        self.app.conf.task_default_queue = queue
        self.workers: list[subprocess.Popen[bytes]] = []
        self.started = 0
        self.most_lost = 0
        """How many messages this broker may have lost: a worker of Redis fetches one at a time."""
        self.never_begun = 0
        """Claims of tasks that it lost."""

    def worker(self) -> subprocess.Popen[bytes]:
        """Start a worker; what it says is kept in the folder."""
        self.started += 1
        command = [
            sys.executable, "-m", "celery", "-A", "tests.integration.acting_toy", "worker", "-c", "2", "-l", "WARNING",
            "-n", f"w{self.started}@{self.queue}", "--without-gossip", "--without-mingle", "--without-heartbeat",
        ]  # fmt: skip
        with (self.folder / f"worker{self.started}.log").open("wb") as log:
            one = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.workers.append(one)
        return one

    def killed(self, one: subprocess.Popen[bytes]) -> None:
        """Kill a worker and all its children at once."""
        with suppress(ProcessLookupError):
            os.killpg(one.pid, signal.SIGKILL)
        self.most_lost += self.broker.startswith("redis")
        one.wait(30)
        self.workers.remove(one)

    def child_killed(self, one: subprocess.Popen[bytes], dice: Random) -> None:
        """Kill one child of a worker."""
        found = Path(f"/proc/{one.pid}/task/{one.pid}/children")
        if found.exists() and (children := found.read_text().split()):
            with suppress(ProcessLookupError):
                os.kill(int(dice.choice(children)), signal.SIGKILL)

    def tend(self) -> None:
        """Start again what ended: Celery ends a worker of which a process dies while it starts."""
        for one in [one for one in self.workers if one.poll() is not None]:
            self.killed(one)
            self.worker()

    def publish(self, number: int, **options: Any) -> str:
        """Publish one message of legacy; return its id."""
        task_id = f"m{number}"
        event = {"id": task_id, "number": number, "key": f"k{number % 11}"}
        self.app.send_task("legacy.process", kwargs={"event": event}, task_id=task_id, **options)
        return task_id

    def moved(self, **stages: Stage) -> None:
        """Move flags, whoever else does; as a plan of the command line would write them."""
        while True:
            flags = self.flags.read()
            now = datetime.now(UTC)
            changes = [
                Change(
                    handler=name,
                    before=flags.of(name),
                    after=Flag(
                        handler=name,
                        stage=stage,
                        revision=flags.revision + 1,
                        changed_at=now,
                        terms=Terms(share=0.5 if stage is Stage.CANARY else 0.0, hashed_as=name),
                    ),
                    who="tests",
                    why="toggled",
                    when=now,
                )
                for name, stage in stages.items()
            ]
            try:
                return self.flags.apply(changes, flags.revision)
            except FlagConflict:
                continue

    def sides(self, messages: list[str]) -> dict[tuple[str, str], Counter[str]]:
        """Return who acted, for each message and handler."""
        with self.acts.pipeline(transaction=False) as page:
            keys = [(message, handler) for message in messages for handler in HANDLERS]
            for message, handler in keys:
                page.lrange(f"acts:{message}:{handler}", 0, -1)
            return {key: Counter(found) for key, found in zip(keys, page.execute(), strict=True)}

    def settled(self, messages: list[str], seconds: float) -> None:
        """Wait until everything was acted on, and nothing is unfinished.

        A Redis loses what a worker was just fetching when it is killed: such a task, legacy's or the split's, is
        nowhere any more, and nobody began with it. Its message is taken out of ``messages``.
        """
        until, waiting = monotonic() + seconds, list(messages)
        while monotonic() < until:
            self.tend()
            waiting = list(dict.fromkeys(key[0] for key, sides in self.sides(waiting).items() if not sides))
            if not waiting and sum(self.claims.counts().unfinished.values()) == self.never_begun:
                return
            if waiting and len(waiting) <= self.most_lost and self.empty():
                lost = [m for m in waiting if not any(c.started for c in self._missing(m))]
                self.never_begun += sum(len(self._missing(m)) for m in lost)
                messages[:] = [m for m in messages if m not in lost]
                waiting = [m for m in waiting if m not in lost]
                self.most_lost -= len(lost)
            sleep(1.0 if len(waiting) > 100 else 0.2)  # to look at thousands is work, and the broker is at work too
        missing = [key for key, sides in self.sides(messages).items() if not sides]
        missing = [("...of", str(len(missing))), *missing]
        logs = "\n".join(path.read_text()[-1500:] for path in sorted(self.folder.glob("worker*.log"))[-3:])
        raise AssertionError(f"nobody acted on {missing[:10]}; {self.claims.counts()}\n{logs}")

    def _missing(self, message: str) -> list[Claim]:
        """Return the claims of its handlers that nobody acted on."""
        acted = {handler for (_, handler), sides in self.sides([message]).items() if sides}
        return [claim for claim in self.claims.claims(message) if claim.id.handler in {*HANDLERS} - acted]

    def empty(self) -> bool:
        """Return whether a Redis has nothing for anybody, neither waiting nor taken."""
        with self.app.connection_for_read() as connection:
            channel: Any = connection.default_channel
            keys = [channel._q_for_pri(self.queue, step) for step in channel.priority_steps]
            return not any(channel.client.llen(key) for key in keys) and not channel.client.hlen(channel.unacked_key)

    def close(self) -> None:
        """End every worker."""
        for one in list(self.workers):
            self.killed(one)
        for each in (self.flags, self.claims, self.acts, self.app):
            each.close()


@contextmanager
def team(folder: Path, broker: str = "redis") -> Iterator[Team]:
    """Yield a team with a persistent Redis of its own."""
    with find_or_start(persistent=True) as own:
        redis = own.url.rpartition("/")[0]
        # of each team its own: kombu declares a queue once for each connection, and keeps connections
        queue = "toy" if broker == "redis" else f"toy-{uuid4().hex[:12]}"
        with closing(Team(folder, redis, f"{redis}/0" if broker == "redis" else RABBIT, queue)) as team:
            if broker != "redis":
                try:
                    with team.app.connection_for_write(connect_timeout=3) as connection:
                        connection.ensure_connection(max_retries=1, timeout=3)
                except OperationalError as error:
                    absent(f"RabbitMQ at {RABBIT}", error)
            try:
                yield team
            finally:
                team.close()  # first: a worker would declare it again
                if broker != "redis":
                    with team.app.connection_for_write() as connection:
                        connection.default_channel.queue_delete(queue)


def assert_one_side(team: Team, messages: list[str]) -> Counter[str]:
    """Look at who acted; return how many runs each side had."""
    found = team.sides(messages)
    assert {key: sides for key, sides in found.items() if len(sides) != 1} == {}
    for message in messages:
        for claim in team.claims.claims(message):
            if claim.id.handler in HANDLERS and claim.started:
                assert set(found[message, claim.id.handler]) == {claim.side.value}
    return Counter(side for sides in found.values() for side in sides)


@pytest.mark.parametrize(("broker", "messages", "toggles"), [("redis", 5_000, 200), ("rabbitmq", 300, 60)])
def test_one_side_acts_while_stages_are_toggled_and_workers_are_killed(
    tmp_path: Path, broker: str, messages: int, toggles: int
) -> None:
    dice, enough = Random(4), Event()
    with team(tmp_path, broker) as service:
        service.moved(a=Stage.CANARY)
        workers = [service.worker(), service.worker()]

        def toggle() -> None:
            own = Random(5)
            while not enough.wait(0.05):
                stages = {name: own.choice([Stage.SHADOW, Stage.CANARY, Stage.LIVE]) for name in HANDLERS}
                live = set(stages.values()) == {Stage.LIVE}
                service.moved(**stages, dispatch=Stage.LIVE if live else Stage.SHADOW)

        toggling = Thread(target=toggle)
        toggling.start()
        try:
            sent = []
            for number in range(messages):
                sent.append(service.publish(number))
                sleep(6.0 / messages)
                if number % (messages // 5) == messages // 10:
                    service.child_killed(dice.choice(workers), dice)
                if number % (messages // 3) == messages // 4:
                    place = dice.randrange(2)
                    service.killed(workers[place])
                    workers[place] = service.worker()
            service.settled(sent, 240.0)
        finally:
            enough.set()
            toggling.join()
        acted = assert_one_side(service, sent)
        assert min(acted["legacy"], acted["split"]) > messages / 10, acted
        assert service.flags.read().revision > toggles


def test_a_message_that_was_begun_keeps_its_route_when_it_is_delivered_again(tmp_path: Path) -> None:
    with team(tmp_path) as service:
        service.moved(a=Stage.LIVE, b=Stage.LIVE)
        sleep(0.7)  # a first flag settles
        first = service.worker()
        begun = [service.publish(number) for number in range(1, 40)]
        until = monotonic() + 30
        while not any(service.sides(begun).values()) and monotonic() < until:
            sleep(0.005)
        service.killed(first)
        service.moved(a=Stage.SHADOW, b=Stage.SHADOW)
        pinned = {m: route.split for m in begun if (route := service.claims.pinned(m))}
        assert pinned
        service.worker()
        service.settled(begun, 60.0)
        assert_one_side(service, begun)
        for message, split in pinned.items():
            for name in HANDLERS:
                side = Side.SPLIT if name in split else Side.LEGACY
                assert set(service.sides([message])[message, name]) == {side.value}


def test_while_the_store_is_away_messages_wait_and_none_is_lost(tmp_path: Path) -> None:
    with team(tmp_path) as service, find_or_start(persistent=True) as other:
        store = other.url
        service.environment["TOY_STORE"] = store
        service.flags = open_flag_store(store, acting_toy.migration.name)
        service.claims = open_claim_store(store, acting_toy.migration.name, redelivery=REDELIVERY)
        service.moved(a=Stage.LIVE)
        sleep(0.7)
        service.worker()
        before = [service.publish(1), service.publish(2)]
        service.settled(before, 60.0)
        assert other.pid
        os.kill(other.pid, signal.SIGSTOP)
        try:
            waiting = [service.publish(number) for number in range(3, 9)]
            sleep(3.0)  # longer than one waits in its place
            assert not any(service.sides(waiting).values())
        finally:
            os.kill(other.pid, signal.SIGCONT)
        service.settled(waiting, 60.0)
        assert_one_side(service, [*before, *waiting])


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
def test_what_an_old_worker_does_not_know_is_parked_and_run_by_a_new_one(tmp_path: Path, broker: str) -> None:
    with team(tmp_path, broker) as service:
        queue = f"{service.queue}.parked"
        numbers = [f"n{number}" for number in range(8)]

        def until(reached: Callable[[], bool]) -> None:
            deadline = monotonic() + 60
            while not reached():
                assert monotonic() < deadline, [path.read_text()[-1000:] for path in tmp_path.glob("worker*.log")]
                sleep(0.1)

        old = service.worker()
        for number in numbers:
            service.app.send_task("new.task", kwargs={"number": number}, headers={"theirs": number}, priority=3)
        until(lambda: parked(service.app, queue=queue) == len(numbers))
        until(lambda: "legacy.process" in known_to_workers(service.app, limit=1))
        assert unpark(service.app, known_to_workers(service.app, limit=1), queue=queue) == Unparked(
            left={"new.task": len(numbers)}
        )
        service.killed(old)
        service.environment["TOY_NEW"] = "1"
        service.worker()
        until(lambda: "new.task" in known_to_workers(service.app, limit=1))
        assert unpark(service.app, {"new.task"}, queue=queue) == Unparked(sent={"new.task": len(numbers)})
        until(lambda: all(service.acts.exists(f"acts:{number}:new") for number in numbers))
        assert parked(service.app, queue=queue) == 0
        with service.app.connection_for_write() as connection:
            connection.default_channel.queue_delete(queue)
