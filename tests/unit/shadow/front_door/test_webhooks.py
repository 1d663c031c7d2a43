"""Who is let in, and what is told and kept of what he sends?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.shadow.front_door.conftest import is_problem

CHANGE = {"action": "opened", "number": 7}


def test_a_signed_webhook_is_kept_sent_and_answered(door: Any) -> None:
    answer = door.github(CHANGE, x_github_event="pull_request", x_github_delivery="d-1")
    assert answer.status_code == 202
    told = answer.json()
    assert told.keys() == {"event_id", "task_id", "status_url"}
    assert door.broker.sent == [(told["event_id"], {"event": CHANGE})]
    (row,) = door.rows()
    assert (row["status"], row["source"], row["kind"], row["payload"]) == ("queued", "github", "pull_request", CHANGE)
    assert row["task_id"] == told["task_id"]
    shown = door.request("GET", told["status_url"])
    assert shown.status_code == 200
    assert (shown.json()["event_id"], shown.json()["status"]) == (told["event_id"], "queued")


def test_the_old_signature_is_enough(door: Any) -> None:
    assert door.post("/webhooks/github", b"{}", x_hub_signature=door.sign(b"{}", "sha1")).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x_hub_signature_256": "sha256=00"},
        {"x_hub_signature_256": ""},
        {"x_hub_signature_256": "sha256=\xe9"},
        {"x_hub_signature": "sha1=00"},
    ],
)
def test_a_webhook_that_is_not_githubs(door: Any, headers: dict[str, str]) -> None:
    answer = door.post("/webhooks/github", CHANGE, **{name: text.encode("latin-1") for name, text in headers.items()})
    assert is_problem(answer, 401, "sign" if headers else "no X-Hub-Signature-256")
    assert "www-authenticate" in answer.headers
    assert door.nothing_was_kept()


def test_the_better_signature_counts(door: Any) -> None:
    wrong_and_right = {"x_hub_signature_256": "sha256=00", "x_hub_signature": door.sign(b"{}", "sha1")}
    assert door.post("/webhooks/github", b"{}", **wrong_and_right).status_code == 401


def test_the_signature_is_checked_before_the_body_is_read_as_json(door: Any) -> None:
    assert door.post("/webhooks/github", b"{", x_hub_signature_256="sha256=00").status_code == 401
    assert is_problem(door.github(b"{"), 400, "not JSON")


def test_without_validation_a_missing_signature_is_let_in_and_a_wrong_one_is_not(door: Any) -> None:
    door.open(validate_webhooks=False)
    assert door.post("/webhooks/github", CHANGE).status_code == 202
    assert door.post("/webhooks/github", CHANGE, x_hub_signature_256="sha256=00").status_code == 401


def test_without_a_secret_no_signature_is_right(door: Any) -> None:
    door.open(webhook_secret="")
    assert door.github(CHANGE).status_code == 401


def test_a_ping(door: Any) -> None:
    answer = door.github({"zen": "", "hook_id": 1, "hook": {}}, x_github_event="ping")
    assert (answer.status_code, answer.text) == (200, "Pong!")
    assert door.nothing_was_kept()


@pytest.mark.parametrize("kind", ["integration_installation", "integration_installation_repositories"])
def test_what_github_sends_under_two_names_is_taken_once(door: Any, kind: str) -> None:
    answer = door.github(CHANGE, x_github_event=kind)
    assert answer.status_code == 202
    assert kind in answer.json()["ignored"]
    assert door.nothing_was_kept()


def test_a_delivery_that_comes_again_is_the_same_event(door: Any) -> None:
    first, second = (door.github(CHANGE, x_github_delivery="d-1") for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert len(door.rows()) == len(door.broker.sent) == 1
    assert door.github(CHANGE, x_github_delivery="d-2").json() != first.json()


def test_deliveries_without_an_id_are_events_of_their_own(door: Any) -> None:
    assert door.github(CHANGE).json() != door.github(CHANGE).json()


@pytest.mark.parametrize("kind", ["Note Hook", "Merge Request Hook"])
def test_gitlab(door: Any, kind: str) -> None:
    answer = door.post("/webhooks/gitlab", CHANGE, x_gitlab_token="of another", x_gitlab_event=kind)
    assert answer.status_code == 202
    assert door.broker.sent == [(answer.json()["event_id"], {"event": CHANGE})]


@pytest.mark.parametrize("headers", [{}, {"x_gitlab_event": "Push Hook"}])
def test_what_gitlab_sends_and_nobody_wants(door: Any, headers: dict[str, str]) -> None:
    answer = door.post("/webhooks/gitlab", CHANGE, x_gitlab_token="of another", **headers)
    assert answer.status_code == 202
    assert "handled" in answer.json()["ignored"]
    assert door.nothing_was_kept()


@pytest.mark.parametrize("token", [None, "", "of a third"])
def test_gitlab_without_a_token_that_was_given_out(door: Any, token: str | None) -> None:
    door.open(gitlab_webhook_tokens=frozenset({"of one project", ""}))
    headers = {} if token is None else {"x_gitlab_token": token}
    answer = door.post("/webhooks/gitlab", CHANGE, x_gitlab_event="Note Hook", **headers)
    assert is_problem(answer, 401, "X-Gitlab-Token")
    assert door.nothing_was_kept()


def test_the_token_of_testing_farm_goes_no_further(door: Any) -> None:
    answer = door.post("/testing-farm/results", {"token": "of the farm", "pipeline": {"id": "1"}})
    assert answer.status_code == 202
    assert door.broker.sent == [(answer.json()["event_id"], {"event": {"pipeline": {"id": "1"}}})]
    assert door.rows()[0]["payload"] == {"pipeline": {"id": "1"}}


@pytest.mark.parametrize("body", [{}, {"token": "x"}, {"token": None}, {"token": ["of the farm"]}])
def test_results_without_the_token(door: Any, body: dict[str, Any]) -> None:
    assert is_problem(door.post("/testing-farm/results", body), 401, "token")
    assert door.nothing_was_kept()
