"""Does a user's own pytest get the engine, whatever plugins run beside it, and is nothing left afterwards?"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.unit.testing.processes import gone, until

INI = """
[pytest]
addopts = -ra --strict-markers --strict-config --import-mode=importlib -p no:cacheprovider
filterwarnings = error
"""
FIXTURES = """
import pytest

@pytest.fixture
def celery_broker(celery_redis_broker):
    return celery_redis_broker
"""
# all that pytest-celery brings as it is: its worker, its Dockerfile, its volume, its tasks
TESTS = """
import pytest
from pytest_celery import RESULT_TIMEOUT
from pytest_celery.vendors.worker.tasks import add

@pytest.mark.parametrize("number", range(2))
def test_add(celery_setup, number):
    assert celery_setup.ready(ping=True, control=True, docker=True)
    result = add.s(1, number).apply_async(queue=celery_setup.worker.worker_queue)
    assert result.get(timeout=RESULT_TIMEOUT) == 1 + number
    names = {one["name"] for one in celery_setup.worker.get_running_processes_info(["name"])}
    assert any("python" in name or "celery" in name for name in names)
"""
HANGS = """
import time
from pathlib import Path

def test_hangs(celery_setup):
    Path("ready").touch()
    time.sleep(300)
"""
PLAIN = "def test_plain(): pass\n"
ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"docker", "pytest_celery", "pytest_docker_tools"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import pytest
sys.exit(pytest.main(["-p", "no:celery", "-p", "no:docker_tools", *sys.argv[1:]]))
"""
LOADED = """
import sys, pytest
import tasksplit.pytest_plugin
print(sorted({"celery", "kombu", "docker", "pytest_docker_tools", "redis", "sqlalchemy"} & set(sys.modules)))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "conftest.py").write_text(FIXTURES)
    return tmp_path


def run(project: Path, tests: str, *arguments: str, before: tuple[str, ...] = ("-m", "pytest")) -> tuple[int, str]:
    (project / "test_it.py").write_text(tests)
    ended = subprocess.run(
        [sys.executable, *before, *arguments], cwd=project, capture_output=True, text=True, timeout=300, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_tests_of_pytest_celery_run_unchanged(project: Path, arguments: tuple[str, ...]) -> None:
    code, said = run(project, TESTS, *arguments)
    assert (code, "2 passed" in said) == (0, True), said
    assert "engine: containers of pytest-celery are child processes" in said


def test_docker_is_one_option_away(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    code, said = run(project, TESTS, "--engine", "docker", "-x")
    assert (code, "DockerException" in said) == (1, True), said
    assert "child processes" not in said


def test_a_rabbitmq_that_is_not_there_is_said(project: Path) -> None:
    (project / "conftest.py").write_text(FIXTURES.replace("redis", "rabbitmq"))
    code, said = run(project, TESTS, "-x", "--engine-rabbitmq", "amqp://127.0.0.1:1")
    assert (code, "Found nobody at 127.0.0.1:1, where rabbitmq:latest should be" in said) == (1, True), said


def test_without_pytest_celery_it_is_silent(project: Path) -> None:
    code, said = run(project, PLAIN, "--engine", "process", before=("-c", ABSENT))
    assert (code, "1 passed" in said, "engine" in said) == (0, True, False), said


def test_it_costs_a_run_nothing() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_nothing_is_left_of_a_run_that_is_killed(project: Path) -> None:
    (project / "test_it.py").write_text(HANGS)
    environment = {**os.environ, "TMPDIR": str(project)}  # files are all that is left
    with subprocess.Popen([sys.executable, "-m", "pytest", "-q"], cwd=project, env=environment) as started:
        until((project / "ready").exists, seconds=120)
        left = [process.pid for process in psutil.Process(started.pid).children(recursive=True)]
        started.kill()
    assert len(left) > 3  # two servers, a worker and its children
    until(lambda: all(gone(pid) for pid in left))
