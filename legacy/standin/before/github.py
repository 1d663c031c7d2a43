"""What was there before a message of GitHub came?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts, state
from legacy.standin.before.builds import built
from legacy.standin.before.reading import branch, nested, number, text
from legacy.standin.before.reading import full_name as full_name_at
from legacy.standin.before.rows import BRANCH, ISSUE, PULL_REQUEST, RELEASE, SUBMITTED, Rows, elsewhere, known_before

Payload = dict[str, Any]


def pull_request(rows: Rows, payload: Payload) -> None:
    full_name = _project(rows, payload)
    if full_name is None:
        return
    rows.account(nested(payload, "pull_request", "user", "login"))
    rows.account(nested(payload, "pull_request", "base", "repo", "owner", "login"))
    known_before(rows, full_name, kind=PULL_REQUEST, name=number(payload, "number"))


def comment(rows: Rows, payload: Payload) -> None:
    """On a pull request, which may have been built before, or on an issue."""
    full_name = _project(rows, payload)
    if full_name is None:
        return
    rows.account(nested(payload, "comment", "user", "login"))
    rows.account(nested(payload, "issue", "user", "login"))
    about = number(payload, "issue", "number")
    if nested(payload, "issue", "pull_request") is None:
        known_before(rows, full_name, kind=ISSUE, name=about)
        return
    known_before(rows, full_name, kind=PULL_REQUEST, name=about)
    if about is not None:
        built(rows, full_name, about)


def release(rows: Rows, payload: Payload) -> None:
    full_name = _project(rows, payload)
    if full_name is not None:
        known_before(rows, full_name, kind=RELEASE, name=text(payload, "release", "tag_name"))


def push(rows: Rows, payload: Payload) -> None:
    full_name = _project(rows, payload)
    if full_name is None:
        return
    rows.account(nested(payload, "pusher", "name"))
    known_before(rows, full_name, kind=BRANCH, name=branch(payload))


def installation(rows: Rows, payload: Payload) -> None:
    login = text(payload, "installation", "account", "login")
    if login is None:
        return
    rows.account(login)
    for repository in _listed(payload):
        full_name = full_name_at(repository, "full_name")
        if full_name is not None:
            rows.project(elsewhere(full_name))
    if facts.installed_before(login):
        rows.add(
            "github_installations",
            account_login=login,
            account_id=1 + draw.number("account", login) % 10**8,
            account_url=f"https://api.github.com/users/{login}",
            account_type="User",
            sender_id=17,
            sender_login="decoy",
            created_at=SUBMITTED,
            repositories=[],
        )


def _listed(payload: Payload) -> list[Any]:
    found = payload.get("repositories") or payload.get("repositories_added")
    return found if isinstance(found, list) else []


def _project(rows: Rows, payload: Payload) -> str | None:
    """The project of a message, with what is true of it and of those who are named in every message."""
    full_name = full_name_at(payload, "repository", "full_name")
    if full_name is not None:
        rows.account(full_name.partition("/")[0])
        rows.account(nested(payload, "repository", "owner", "login"))
        rows.account(nested(payload, "sender", "login"))
        state.current.kerberos_away = facts.kerberos_fails(full_name)
    return full_name
