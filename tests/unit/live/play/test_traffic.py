"""Messages are sent at a rate, over and over, and what is not taken is noted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tasksplit.live.play.script import PlayError
from tasksplit.live.play.traffic import Traffic

FILES = [Path("a"), Path("b")]


def until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_messages_are_sent_again_when_they_are_all_gone() -> None:
    came: list[Path] = []

    def send(file: Path) -> str:
        came.append(file)
        return f"id {len(came)}"

    traffic = Traffic(FILES, send, rate=1000, most=5)
    traffic.begin()
    until(lambda: len(traffic.sent) == 5)
    traffic.end()
    traffic.end()
    assert [file.name for file in came] == ["a", "b", "a", "b", "a"]
    assert traffic.sent == ["id 1", "id 2", "id 3", "id 4", "id 5"]


def test_the_rate_is_kept() -> None:
    traffic = Traffic(FILES, lambda file: "id", rate=20, most=5)
    began = time.monotonic()
    traffic.begin()
    until(lambda: len(traffic.sent) == 5)
    assert time.monotonic() - began >= 0.2  # the first comes at once


def test_what_nobody_takes_is_noted_and_the_others_go_on() -> None:
    def send(file: Path) -> str:
        if file.name == "a":
            raise OSError("not today")
        return "id"

    traffic = Traffic(FILES, send, rate=1000, most=60)
    traffic.begin()
    until(lambda: len(traffic.sent) + len(traffic.refused) == 60)
    assert traffic.refused == ["not today"] * 30
    traffic.check()  # some were taken


def test_when_nobody_takes_any_that_is_said() -> None:
    def send(_file: Path) -> str:
        raise OSError("connection refused")

    traffic = Traffic(FILES, send, rate=1000, most=30)
    traffic.begin()
    until(lambda: len(traffic.refused) == 30)
    with pytest.raises(PlayError, match="30 messages that nobody took: connection refused"):
        traffic.check()


def test_a_message_that_is_of_no_use_to_the_deployment_was_not_sent() -> None:
    traffic = Traffic(FILES, lambda file: "", rate=1000, most=2)
    traffic.begin()
    until(lambda: not traffic._thread.is_alive())
    assert (traffic.sent, traffic.refused) == ([], [])


def test_without_messages_there_is_no_play() -> None:
    with pytest.raises(PlayError, match="no message to be sent"):
        Traffic([], lambda file: "", rate=1)


def test_traffic_that_never_began_can_end() -> None:
    Traffic(FILES, lambda file: "", rate=1).end()
