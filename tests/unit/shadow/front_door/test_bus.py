"""Which messages of the buses are taken, and what does the dispatcher get of them?"""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.unit.shadow.front_door.conftest import is_problem

COPR = "org.fedoraproject.prod.copr.build.end"
KOJI = "org.fedoraproject.prod.buildsys.task.state.change"
DIST_GIT = "org.fedoraproject.prod.git.receive"


@pytest.mark.parametrize(
    ("topic", "message"),
    [(COPR, {"user": "packit"}), (KOJI, {"owner": "packit"}), (DIST_GIT, {"commit": {}}), ("anything", {})],
)
def test_messages_of_fedora_carry_their_topic_and_time(door: Any, topic: str, message: dict[str, Any]) -> None:
    before = time.time()
    answer = door.bus({"topic": topic, "message": message})
    assert answer.status_code == 202
    ((event_id, arguments),) = door.broker.sent
    assert event_id == answer.json()["event_id"]
    timestamp = arguments["event"].pop("timestamp")
    assert arguments == {"event": {**message, "topic": topic}}
    assert before <= timestamp <= time.time()


@pytest.mark.parametrize(
    ("topic", "message"), [(COPR, {"user": "somebody"}), (COPR, {"owner": "packit"}), (KOJI, {"user": "packit"})]
)
def test_builds_of_others_are_not_taken(door: Any, topic: str, message: dict[str, Any]) -> None:
    answer = door.bus({"topic": topic, "message": message})
    assert answer.status_code == 202
    assert "somebody else" in answer.json()["ignored"]
    assert door.nothing_was_kept()


def test_messages_of_centos_come_with_where_they_are_from(door: Any) -> None:
    topic = "git.centos.org/pull-request.new"
    answer = door.bus({"topic": topic, "message": {"a": 1}, "source": "centosmsg"})
    assert answer.status_code == 202
    assert door.broker.sent[0][1] == {"event": {"a": 1}, "topic": topic, "source": "centosmsg"}
    assert (door.rows()[0]["source"], door.rows()[0]["topic"]) == ("centosmsg", topic)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer other", "Basic of the bus", "of the bus"])
def test_without_the_token_of_the_bus(door: Any, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = door.post("/events", {"topic": "a", "message": {}}, **headers)
    assert is_problem(answer, 401, "Bearer")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert door.nothing_was_kept()


def test_without_a_token_in_the_settings_nobody_is_let_in(door: Any) -> None:
    door.open(bus_token="")
    assert door.bus({"topic": "a", "message": {}}).status_code == 401


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "topic: Field required. message: Field required."),
        ({"topic": "", "message": {}}, "topic"),
        ({"topic": "a" * 256, "message": {}}, "topic"),
        ({"topic": "a", "message": []}, "message"),
        ({"topic": "a", "message": {}, "source": "elsewhere"}, "source"),
        ({"topic": "a", "message": {}, "sauce": None}, "sauce"),
        ([], "an object was expected"),
    ],
)
def test_what_is_no_message(door: Any, body: Any, text: str) -> None:
    assert is_problem(door.bus(body), 422, text)
    assert door.nothing_was_kept()
