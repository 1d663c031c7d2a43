"""What comes of an account that installs the app?"""

from __future__ import annotations

import pytest

from legacy.models import GithubInstallation, GitProject, Whitelist

NOTIFICATIONS = "packit-service/notifications"


def login_of(payload):
    return payload["installation"]["account"]["login"]


def whitelisted(world, payload):
    return [row.status for row in world.rows(Whitelist, account_name=login_of(payload))]


def test_a_signer_is_approved(world):
    payload = world.message("installation", "new-approved")
    result = world.process(payload)

    assert result.value["jobs"]["add_to_whitelist"]["details"]["msg"].endswith(" whitelisted!")
    assert result.value["event"]["status"] == "approved_automatically"
    assert whitelisted(world, payload) == ["approved_automatically"]
    assert world.state.issues == {}


@pytest.mark.parametrize("way", ["new-waiting", "stored-waiting"])
def test_others_wait_for_a_person(world, way):
    payload = world.message("installation", way)
    result = world.process(payload)

    account = f"{payload['installation']['account']['type']} {login_of(payload)}"
    assert result.value["jobs"]["add_to_whitelist"]["success"]
    assert result.value["event"]["status"] == "waiting"
    assert whitelisted(world, payload) == ["waiting"]
    assert [issue["title"] for issue in world.state.issues[NOTIFICATIONS]] == [f"{account} needs to be approved."]


def test_an_installation_is_stored_with_its_repositories(world):
    payload = world.message("installation", "new-approved")
    world.process(payload)

    (row,) = world.rows(GithubInstallation, account_login=login_of(payload))
    listed = payload.get("repositories") or payload["repositories_added"]
    stored = {project.id: project for project in world.rows(GitProject)}
    assert [f"{stored[n].namespace}/{stored[n].repo_name}" for n in row.repositories] == [
        repository["full_name"] for repository in listed
    ]


def test_an_installation_is_stored_once(world):
    payload = world.message("installation", "stored-listed")
    world.process(payload)

    (row,) = world.rows(GithubInstallation, account_login=login_of(payload))
    assert row.sender_login == "decoy"


def test_who_is_listed_stays_as_they_are(world):
    payload = world.message("installation", "new-listed")
    world.prepare(payload)
    before = whitelisted(world, payload)
    world.process(payload)

    assert whitelisted(world, payload) == before


def test_a_directory_that_is_away_leaves_the_account_waiting(world):
    payload = world.message("installation", "new-directory-away")

    assert world.process(payload).state == "FAILURE"
    assert whitelisted(world, payload) == ["waiting"]
