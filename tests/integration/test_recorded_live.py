"""Is what real workers do recorded by message, replayed elsewhere, and accounted for?"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socketserver
import subprocess
import sys
import threading
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import orjson
import pytest
from celery import Celery
from kombu import Connection
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from tasksplit.capture.heard import Heard
from tasksplit.cli.evidence import of_workers
from tasksplit.errors import StoreError
from tasksplit.live.counted import total
from tasksplit.live.envelope import Envelope, Opened
from tasksplit.live.sender import shadow_queue
from tasksplit.model.evidence import Evidence, Tally
from tasksplit.stores import Archive, merge, open_store
from tasksplit.stores.archive import Run
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.testing.flag_store_contract import change
from tasksplit.testing.redis import find_or_start
from tasksplit.worlds.recording import Recorded
from tests.integration import recording_toy as toy

ROOT = Path(__file__).parents[2]
KEY = b64encode(bytes(range(32))).decode()
NAMES = {"dispatch", "build", "report"}


class _Forge(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(f"about {self.path.rpartition('/')[2]}")

    def do_POST(self) -> None:
        self._answer("made", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, said: str, body: Any = None) -> None:
        self.server.asked.append((self.command, self.path, body))  # type: ignore[attr-defined]  # of the server below
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_arguments: Any) -> None:
        return


class Forge(socketserver.ThreadingMixIn, HTTPServer):
    """What do workers ask over HTTP?"""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Forge)
        self.asked: list[tuple[str, str, Any]] = []


class Team:
    """A broker, a forge, a database, and workers with tasksplit installed."""

    def __init__(self, folder: Path, redis: str, forge: Forge) -> None:
        self.folder, self.redis, self.forge = folder, redis, forge
        self.environment = {
            **os.environ, "TOY_BROKER": f"{redis}/0", "TOY_FOLDER": str(folder), "TOY_KEY": KEY,
            "TOY_FORGE": f"http://127.0.0.1:{forge.server_port}",
        }  # fmt: skip
        self.app = Celery("producer", broker=f"{redis}/0", set_as_current=False)
        self.app.conf.task_default_queue = "toy"
        self.engine = create_engine(f"sqlite:///{folder}/toy.db")
        toy.Base.metadata.create_all(self.engine)
        with closing(open_flag_store(f"{redis}/1", toy.migration.name)) as store:
            for name in ("build", "report"):
                flags = store.read()
                store.apply([change(flags, name)], flags.revision)
        self.processes: list[tuple[subprocess.Popen[bytes], Path]] = []

    def _start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        said = self.folder / f"process{len(self.processes)}.log"
        with said.open("wb") as log:
            one = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env={**self.environment, **environment}, stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        self.processes.append((one, said))
        return one

    def worker(self, pool: str = "prefork", *, at_once: int = 2, together: int = 1) -> subprocess.Popen[bytes]:
        """Start a worker of the team; its first messages wait until so many are at work ``together``."""
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "WARNING")
        return self._start(
            "-m", "celery", "-A", toy.HERE, "worker", "-P", pool, "-c", str(at_once), *quiet, TOY_TOGETHER=str(together)
        )

    def shadow(self, defect: str = "") -> subprocess.Popen[bytes]:
        """Start a shadow worker, with a defect of the split in what it replays."""
        return self._start(
            "-c", "from tasksplit.cli import main; main()", "worker", "--shadow",
            "--migration", f"{toy.HERE}:migration", "--key", KEY, "--store", self.evidence,
            "--reports", str(self.folder / "reports"), TOY_DEFECT=defect,
        )  # fmt: skip

    @property
    def evidence(self) -> str:
        """Return where the shadow worker keeps what it found."""
        return f"sqlite:///{self.folder}/evidence.db"

    def publish(self, count: int, **options: Any) -> list[str]:
        """Publish so many messages, each about a build of its own; return what each is about."""
        refs = [f"r{number}" for number in range(count)]
        with Session(self.engine) as session:
            session.add_all(toy.Build(ref=ref, state="new") for ref in refs)
            session.commit()
        for ref in refs:
            event = {"ref": ref, "key": f"k {ref}"}
            self.app.send_task("legacy.process", kwargs={"event": event}, task_id=f"m {ref}", **options)
        return refs

    def counts(self) -> dict[str, int]:
        """Return what all processes have counted, without zeros."""
        found = total(self.folder / "counts" / "counts" / toy.migration.name)
        return {name: number for name, number in found.items() if number}

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait for something; say what the processes said where it does not come."""
        deadline = monotonic() + 60
        while not reached():
            if monotonic() > deadline or any(one.poll() is not None for one, _said in self.processes):
                said = "\n".join(said.read_text()[-3000:] for _one, said in self.processes)
                raise AssertionError(f"{self.counts()}; {self.notified()}\n{said}")
            sleep(0.1)

    def notified(self) -> Counter[str]:
        """Return who was notified of what, and how often."""
        file = self.folder / "notified"
        return Counter(file.read_text().splitlines() if file.exists() else [])

    def ended(self, one: subprocess.Popen[bytes]) -> int:
        """End a process as a deployment does; return its exit code."""
        one.send_signal(signal.SIGTERM)
        code = one.wait(60)
        self.processes = [(other, said) for other, said in self.processes if other is not one]
        return code

    def close(self) -> None:
        """Leave no process behind."""
        for one, _said in self.processes:
            with suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait(30)
        self.engine.dispose()
        self.app.close()


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with find_or_start() as server, Forge() as forge:
        thread = threading.Thread(target=forge.serve_forever)
        thread.start()
        try:
            with closing(Team(tmp_path, server.url.rpartition("/")[0], forge)) as team:
                yield team
        finally:
            forge.shutdown()
            thread.join()


def assert_legacy_acted_once(team: Team, refs: list[str]) -> None:
    """Look at the real world: each message had its effects once, and no replay had any."""
    assert team.notified() == {f"{ref} about {ref}, done": 1 for ref in refs}
    posted = Counter(body["ref"] for method, _path, body in team.forge.asked if method == "POST")
    assert posted == dict.fromkeys(refs, 1)
    with team.engine.connect() as connection:
        assert set(connection.execute(text("SELECT state FROM builds")).scalars()) == {"done"}
        assert connection.execute(text("SELECT count(*) FROM notes")).scalar() == len(refs)


# --- replayed by a shadow worker --------------------------------------------------------------------------------------


def latest(team: Team) -> Run | None:
    """Return the sum of what shadow workers keep now; None while there is nothing."""
    with closing(open_store(team.evidence)) as store:
        try:
            code = Archive(store).load_run().meta["versions"]
        except StoreError:
            return None
        return merge(of_workers(Archive(store), code))


def replayed(team: Team, count: int) -> tuple[Run, dict[str, Evidence]]:
    """Wait until so many messages are accounted for; return the run, and its evidence by handler."""
    found: list[Run] = []

    def all_there() -> bool:
        run = latest(team)
        found[:] = [run] if run else []
        return run is not None and run.ledger.expected - run.ledger.pending >= count

    team.until(all_there)
    return found[0], {one.handler: one for one in found[0].evidence}


SAME = Tally(match=20)


@pytest.mark.parametrize(
    ("defect", "tallies"),
    [
        ("", {}),
        ("build", {"build": Tally(mismatch=20)}),
        ("report", {"report": Tally(mismatch=20)}),
        ("another read", {"report": Tally(undecided=20)}),
    ],
    ids=["faithful", "defect in build", "defect in report", "a read that legacy never did"],
)
def test_what_a_worker_recorded_is_replayed_and_the_ledger_balances(
    team: Team, defect: str, tallies: dict[str, Tally]
) -> None:
    worker, shadow = team.worker(), team.shadow(defect)
    refs = team.publish(20)
    run, found = replayed(team, 20)
    assert (run.ledger.expected, run.ledger.paired, run.ledger.balanced) == (20, 20, True)
    assert {name: one.tally for name, one in found.items()} == dict.fromkeys(NAMES, SAME) | tallies
    complete = {name: (one.capture_complete, one.capture_note) for name, one in found.items()}
    assert complete == dict.fromkeys(NAMES, (True, ""))
    assert found["dispatch"].keys_seen == 20
    assert (team.ended(worker), team.ended(shadow)) == (0, 0)
    assert team.counts() == {"received": 20, "handed_over": 20, "written": 20}
    assert_legacy_acted_once(team, refs)


def test_what_shadow_workers_found_one_after_the_other_is_one_evidence(team: Team) -> None:
    worker, first = team.worker(), team.shadow()
    team.publish(5)
    replayed(team, 5)
    assert team.ended(first) == 0
    for number in range(100, 105):
        team.app.send_task("legacy.process", kwargs={"event": {"ref": "r0", "key": f"k{number}"}}, task_id=f"m{number}")
    team.until(lambda: team.counts().get("written") == 10)
    team.shadow()
    run, found = replayed(team, 10)
    assert (run.ledger.expected, run.ledger.paired, run.ledger.balanced) == (10, 10, True)
    assert {name: one.tally for name, one in found.items()} == dict.fromkeys(NAMES, Tally(match=10))
    assert team.ended(worker) == 0


# --- in each pool, straight from the queue ----------------------------------------------------------------------------


@contextmanager
def queue_of(team: Team) -> Iterator[Callable[[], list[Recorded]]]:
    """Yield what takes the recordings that wait."""
    envelope = Envelope([KEY])
    with Connection(f"{team.redis}/0") as connection:
        queue = shadow_queue()(connection.default_channel)
        queue.declare()

        def taken() -> list[Recorded]:
            found: list[Recorded] = []
            while (message := queue.get(no_ack=True)) is not None:
                opened = envelope.open_(b64decode(message.payload[0][0]))
                assert isinstance(opened, Opened)
                found += [recorded(record) for record in opened.records]
            return found

        yield taken


def recorded(record: bytes) -> Recorded:
    """Return a recording as a shadow worker reads it."""
    heard: Heard = pickle.loads(record)
    return heard.recorded(toy.migration)


def assert_of_its_own_message(one: Recorded) -> None:
    """Hold a recording against what its message alone read and did."""
    ref = one.message.payload["ref"]
    content = {o.handler: orjson.loads(o.content) for o in one.observations}
    assert [o.handler for o in one.observations] == ["dispatch", "build", "report"]
    assert [o.undecided for o in one.observations] == [None, None, None]
    assert one.harness_errors == ()
    assert (one.message.id, one.message.key) == (f"m {ref}", f"k {ref}")
    assert content["build"]["inputs"] == content["report"]["inputs"] == {"ref": ref}
    (status,), (notified,) = (content[name]["effects"]["calls"] for name in ("build", "report"))
    assert (status["body"]["ref"], notified["arguments"]["ref"]) == (ref, ref)
    rows = content["build"]["effects"]["rows"]
    assert [row["columns"] for row in rows["builds"]] == [{"state": "done"}]
    (note,) = rows["notes"]
    assert (note["columns"]["text"], note["key"]["id"]) == (f"of {ref}", status["body"]["note"])
    assert (content["dispatch"]["effects"]["rows"], content["report"]["effects"]["rows"]) == ({}, {})
    (before,) = one.recording.rows
    assert [row["ref"] for row in before.rows["builds"]] == [ref]
    assert set(before.rows) == {"builds"}
    assert [e.group.rpartition("/")[2] for e in one.recording.exchanges] == ["status", ref, "notify"]


@pytest.mark.parametrize(("pool", "together"), [("prefork", 2), ("solo", 1), ("threads", 4), ("gevent", 4)], ids=str)
def test_in_each_pool_a_message_is_recorded_alone_or_counted_as_not_recorded(
    team: Team, pool: str, together: int
) -> None:
    count = 24
    with queue_of(team) as taken:
        refs = team.publish(count)
        worker = team.worker(pool, at_once=together, together=together)
        found: list[Recorded] = []

        def all_there() -> bool:
            found.extend(taken())
            return len(found) + team.counts().get("not_recorded", 0) >= count

        team.until(all_there)
        assert team.ended(worker) == 0
        counts = team.counts()
        found += taken()
    for one in found:
        assert_of_its_own_message(one)
    assert len({one.message.id for one in found}) == len(found)
    beside = counts.pop("not_recorded", 0)
    assert counts == {"received": count, "handed_over": len(found), "written": len(found)}
    assert len(found) + beside == count
    # one process records one message at a time: of those that met, one was recorded
    assert beside >= together - 1 if pool in ("threads", "gevent") else beside == 0
    assert_legacy_acted_once(team, refs)


def test_a_time_limit_is_legacys_and_recorded_as_what_it_raised(team: Team) -> None:
    with queue_of(team) as taken:
        refs = team.publish(3, soft_time_limit=1)
        worker = team.worker(at_once=1, together=99)
        team.until(lambda: team.counts().get("written") == 3)
        found = taken()
        assert team.ended(worker) == 0
    assert team.notified() == {f"{ref} out of time": 1 for ref in refs}
    assert team.counts() == {"received": 3, "handed_over": 3, "written": 3}
    for one in found:
        outcomes = [orjson.loads(o.content)["outcome"] for o in one.observations]
        assert [(o["kind"], o["type"]) for o in outcomes] == [
            ("raised", "billiard.exceptions.SoftTimeLimitExceeded")
        ] * 2
    assert {one.message.payload["ref"] for one in found} == set(refs)
