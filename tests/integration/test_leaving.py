"""Is everything that is on its way counted by its name, also what waits at a worker for its time, and left as it is?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from tasksplit.live.leaving import drain
from tasksplit.model.rollout import Stage
from tests.integration.test_acting import ROOT, Team, team


@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
def test_what_is_on_its_way_is_counted_and_left_there(tmp_path: Path, broker: str) -> None:
    with team(tmp_path, broker) as service:
        worker = service.worker()
        for number in range(3):
            service.publish(number, countdown=3600)
        deadline = monotonic() + 60
        while (found := drain(service.app, [service.queue], seconds=1.0)).taken != {"legacy.process": 3}:
            assert monotonic() < deadline, found
            sleep(0.1)
        assert (found.workers, found.of(["legacy.process"])) == (1, 3)
        service.killed(worker)
        for number in range(3, 5):
            service.publish(number)
        name = "legacy.process" if broker == "redis" else f"queue {service.queue}"
        deadline = monotonic() + 60
        at_least = 2 if broker == "redis" else 5  # RabbitMQ gives back at once what a dead worker held
        while (found := drain(service.app, [service.queue], seconds=0.2)).waiting.get(name, 0) < at_least:
            assert monotonic() < deadline, found
            sleep(0.1)
        assert found.workers is None
        again = drain(service.app, [service.queue], seconds=0.2)
        assert again.waiting == found.waiting  # nobody took one out to look at it


@pytest.mark.parametrize("command", [["retire", "a"], ["retire"], ["uninstall", "--check"], ["uninstall"]])
def test_the_commands_say_what_holds(tmp_path: Path, command: list[str]) -> None:
    with team(tmp_path) as service:
        service.moved(a=Stage.LIVE)
        service.publish(1)
        options = ["--migration", "tests.integration.acting_toy:migration", "--store", service.environment["TOY_STORE"]]
        done = said(service, *command, *options, "--seconds", "0.2")
        if command == ["uninstall"]:
            assert (done.returncode, done.stdout) == (2, "")
            assert "--check" in done.stderr
            return
        assert done.returncode == 3, done.stderr
        assert "wait: no worker answered" in done.stdout
        assert "wait: legacy.process: 1 waiting and 0 at workers" in done.stdout
        assert all(line.startswith(("wait: ", "note: ")) for line in done.stdout.splitlines())


def test_a_broker_that_is_away_is_said(tmp_path: Path) -> None:
    with team(tmp_path) as service:
        service.environment["TOY_BROKER"] = "redis://127.0.0.1:1/0"
        options = ["--migration", "tests.integration.acting_toy:migration", "--store", service.environment["TOY_STORE"]]
        done = said(service, "retire", "a", *options)
        assert done.returncode == 2
        assert "@127.0.0.1:1/0 away" in done.stderr


def said(service: Team, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, as the team's environment says."""
    return subprocess.run(
        [sys.executable, "-m", "tasksplit", *arguments],
        cwd=ROOT, env=service.environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
