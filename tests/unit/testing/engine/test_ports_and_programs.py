"""Which port and which program of this machine stands for a container's?"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tasksplit.testing.engine.ports import published, sockets
from tasksplit.testing.engine.programs import ready_words, started

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue
   0: 0100007F:4E20 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000
"""


def test_a_port_is_where_it_was_asked_for_or_anywhere() -> None:
    ports = published({"6379/tcp": None, "80": "8080"})
    assert ports["80/tcp"] == [{"HostIp": "127.0.0.1", "HostPort": "8080"}]
    assert int(ports["6379/tcp"][0]["HostPort"]) > 0


def test_sockets_have_the_containers_numbers(tmp_path: Path) -> None:
    (tmp_path / "tcp").write_text(TABLE)
    shown = sockets([str(tmp_path / "tcp"), str(tmp_path / "missing")], published({"6379/tcp": 20000}))
    words = [line.split() for line in shown.decode().splitlines()]
    assert [(line[1].split(":")[1], line[3]) for line in words] == [(f"{6379:04X}", "0A"), (f"{8080:04X}", "0A")]


@pytest.mark.parametrize(
    ("command", "first"),
    [
        (["celery", "worker"], ["/venv/bin/python", "-m", "celery", "worker"]),
        (["python3", "-c", "x"], ["/venv/bin/python", "-c", "x"]),
        (["no-such-program", "x"], ["no-such-program", "x"]),
    ],
)
def test_python_is_the_images(command: list[str], first: list[str]) -> None:
    assert started(command, "/venv/bin/python", path="") == first


def test_what_is_installed_beside_its_python_comes_first() -> None:
    (found,) = started(["pytest"], sys.executable, path="/usr/bin")
    assert found == str(Path(sys.executable).parent / "pytest")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("redis-server --save", "eady to accept connections"),
        ("celery -A app worker --loglevel=INFO", " ready."),
        ("celery -A app worker -l debug", " ready."),
        ("python -m celery worker --loglevel info", " ready."),
        ("celery -A app worker --loglevel=WARNING", None),
        ("celery -A app worker", None),
        ("celery -A app beat -l INFO", None),
        ("sleep 5", None),
    ],
)
def test_what_is_waited_for_is_what_it_will_say(command: str, words: str | None) -> None:
    assert ready_words(command.split()) == words
