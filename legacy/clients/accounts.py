"""To which groups of the distribution does a person belong?"""

from __future__ import annotations

from urllib.parse import quote

from legacy.clients.transport import session

ACCOUNTS = "https://accounts.example"


class Accounts:
    """The accounts system of the distribution."""

    def __init__(self, user: str, password: str) -> None:
        self._auth = (user, password)

    def groups(self, login: str) -> list[str]:
        """The groups of a person; none where nobody has that login."""
        response = session.get(f"{ACCOUNTS}/people/{quote(login, safe='')}/groups", auth=self._auth)
        if response.status_code == 404:
            return []
        response.raise_for_status()
        return list(response.json()["groups"])
