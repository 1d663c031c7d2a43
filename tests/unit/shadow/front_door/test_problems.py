"""Does every way in which a request can fail end in the same form, and say nothing that is secret?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from shadow.front_door.app import create_app
from tests.unit.shadow.front_door.conftest import SETTINGS, Door, is_problem

NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/events/", 404),
        ("POST", "/webhooks/github/", 404),
        ("GET", f"/events/{NOBODYS}", 404),
        ("GET", "/webhooks/github", 405),
        ("DELETE", f"/events/{NOBODYS}", 405),
        ("GET", "/events/1", 422),
    ],
)
def test_what_is_not_there(door: Any, method: str, path: str, status: int) -> None:
    answer = door.request(method, path)
    assert is_problem(answer, status, "")
    assert answer.json()["instance"] == path
    assert ("allow" in answer.headers) == (status == 405)


def test_a_path_of_any_characters_is_named_safely(door: Any) -> None:
    assert door.request("GET", "/%00%22<é>").json()["instance"] == "/%00%22%3C%C3%A9%3E"


def test_a_header_that_is_too_long(door: Any) -> None:
    answer = door.github({}, x_github_event="secret" * 100)
    assert is_problem(answer, 422, "x-github-event")
    assert "secret" not in answer.text


def test_a_database_that_is_away(door: Any, tmp_path: Path) -> None:
    door.engine = create_engine(f"sqlite:///{tmp_path / 'nowhere' / 'a.db'}")
    door.open()
    for answer in (door.github({}), door.request("GET", f"/events/{NOBODYS}")):
        assert is_problem(answer, 503, "database")
        assert answer.headers["retry-after"] == "60"
    assert not door.broker.sent


class Broken:
    def publish(self, *_: Any, **__: Any) -> None:
        raise ValueError("the secret of the service")


def test_a_failure_of_our_own_is_not_explained(door: Door) -> None:
    door.app = create_app(SETTINGS, engine=door.engine, publish=Broken().publish)
    answer = door.github({})
    assert is_problem(answer, 500, "failed")
    assert "secret" not in answer.text


def test_settings_with_which_two_would_send_at_once() -> None:
    with pytest.raises(ValueError, match="sweep_after is 4"):
        create_app(replace(SETTINGS, sweep_after=4, publish_seconds=1))
