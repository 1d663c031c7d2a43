"""Does a handler move on Redis and with real workers, whoever else moves one, and when Redis forgets or is away?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
from celery import Celery
from redis import Redis

from tasksplit.cli.rollout_ready import CeleryProbe
from tasksplit.model.rollout import Stage
from tasksplit.stores.flags_protocol import open_flag_store
from tests.integration.test_flag_stores import server
from tests.unit.cli.rolling import TOYS, ran

OLD = """
from celery import Celery
import os
app = Celery("moving-toy", broker=os.environ["TOY_BROKER"])
@app.task(name="toy.pack", shared=False)
def run_pack(event): ...
"""


class Service:
    """A folder of a user's own with a Redis, in which commands are called and workers are started."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url, self.folder = url, folder
        self.broker = url.replace("unix://", "redis+socket://")
        path = os.pathsep.join([str(TOYS), str(folder)])
        self.env = {
            **os.environ,
            "PYTHONPATH": path,
            "TOY_BROKER": self.broker,
            "TASKSPLIT_STORE": url,
            "COLUMNS": "200",
        }

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tasksplit", "rollout", *arguments, "--migration", "moving_toy:migration"]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def __call__(self, *arguments: str) -> tuple[int, str]:
        process = self.begin(*arguments)
        told, _ = process.communicate(timeout=60)
        return process.returncode, told

    def stages(self) -> dict[str, Stage]:
        with closing(open_flag_store(self.url, "toy")) as store:
            return {name: flag.stage for name, flag in store.read().flags.items()}

    @contextmanager
    def worker(self, name: str, app: str = "moving_toy:app", queues: str = "celery,packing") -> Iterator[None]:
        """Run a worker until the block ends; it answers when the block begins."""
        arguments = ["-A", app, "worker", "-P", "solo", "-Q", queues, "-n", f"{name}@toy", "--without-mingle"]
        log = (self.folder / f"{name}.log").open("wb")
        with log, subprocess.Popen(
            [sys.executable, "-m", "celery", *arguments], cwd=self.folder, env=self.env, stdout=log, stderr=log
        ) as process:  # fmt: skip
            try:
                self._answers(f"{name}@toy", process)
                yield
            finally:
                process.kill()

    def _answers(self, name: str, process: subprocess.Popen[bytes]) -> None:
        asks, seconds = Celery("asks", broker=self.broker, set_as_current=False), 0.3
        until = monotonic() + 60
        while name not in CeleryProbe(asks, seconds=seconds)().consumes:
            seconds = min(5.0, 1.5 * seconds)  # a busy machine answers late, and too late is not at all
            assert process.poll() is None, (self.folder / f"{name.partition('@')[0]}.log").read_text()
            assert monotonic() < until, f"{name} never answered"
            sleep(0.05)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(TOYS))
    with server(tmp_path, "--save", "", "--appendonly", "yes") as url:
        yield Service(tmp_path, url)


def why(*more: str) -> tuple[str, ...]:
    return ("--because", "CHG-112", "--by", "ann", *more)


def test_a_handler_goes_live_and_back_with_workers_that_know_its_task(service: Service) -> None:
    ran()
    assert service("bill", "shadow", *why())[0] == 0
    code, told = service("bill", "canary", "--share", "5%", *why("--seconds", "0.5"))
    assert (code, told.splitlines()[0]) == (3, "refused: 0 workers answered, 1 must: start them, or give them longer")
    with service.worker("one"), service.worker("two"):
        asked = monotonic()
        code, told = service("bill", "canary", "--share", "5%", *why("--workers", "2", "--seconds", "30"))
        assert (code, monotonic() - asked < 25) == (0, True), told  # it does not wait for more than were named
        assert service("bill", "live", *why("--workers", "2"))[0] == 0
    assert service.stages() == {"bill": Stage.LIVE}
    assert service("bill", "shadow", *why()) == (
        0,
        "bill: live → shadow\nrevision 4, by ann, because CHG-112\n",
    )
    changes = json.loads(service("--history", "bill", "--json")[1])
    assert [change["evidence"].get("probe") for change in changes] == [
        None,
        "2 workers answered",
        "2 workers answered",
        None,
    ]


def test_an_old_worker_beside_new_ones_is_waited_for_where_it_would_get_the_task(service: Service) -> None:
    ran()
    (service.folder / "old_toy.py").write_text(OLD)
    for name in ("pack", "bill"):
        assert service(name, "shadow", *why())[0] == 0
    with service.worker("new"), service.worker("old", "old_toy:app", "celery"):
        code, told = service("bill", "canary", *why("--workers", "2"))
        assert (code, "refused: old@toy would get the task 'toy.bill' and does not know it" in told) == (3, True), told
        code, told = service("bill", "canary", "--force", *why("--workers", "2"))
        assert (code, "FORCED by ann" in told) == (0, True), told


def test_many_at_once_lose_no_step_and_break_no_law(service: Service) -> None:
    running = [service.begin(name, "shadow", *why()) for name in ("dispatch", "bill", "ship", "pack")]
    told = [process.communicate(timeout=60)[0] for process in running]
    assert [process.returncode for process in running] == [0] * 4, told
    assert service.stages() == dict.fromkeys(("dispatch", "bill", "ship", "pack"), Stage.SHADOW)
    with closing(open_flag_store(service.url, "toy")) as store:
        assert store.read().revision == len({change.revision for change in store.history(limit=10)})


def test_a_redis_that_was_emptied_is_announced(service: Service) -> None:
    assert service("bill", "shadow", *why())[0] == 0
    assert service("bill", "canary", "--share", "5%", "--force", *why("--no-probe"))[0] == 0
    with closing(Redis.from_url(service.url)) as client:
        client.flushall()
    code, told = service()
    assert (code, "THE STORE FORGOT" in told, "It forgot: 'bill' (canary, 5 %)." in told) == (0, True, True), told


def test_of_a_redis_that_is_away_the_table_is_what_was_known(tmp_path: Path) -> None:
    with server(tmp_path) as url:
        service = Service(tmp_path, url)
        assert service("bill", "shadow", *why())[0] == 0
    code, told = service()
    assert (code, "from a file, since the store is away" in told, " away (" in told) == (2, True, True), told
    assert service("bill", "off", *why())[0] == 2
