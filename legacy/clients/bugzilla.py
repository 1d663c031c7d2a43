"""How are bugs filed?"""

from __future__ import annotations

import base64

from legacy.clients.transport import post

BUGZILLA = "https://bugzilla.example"


class Bugzilla:
    """The bug tracker of the distribution."""

    def __init__(self, url: str, api_key: str) -> None:
        self.url = url
        self._headers = {"X-BUGZILLA-API-KEY": api_key}

    def create_bug(self, *, product: str, version: str, component: str, summary: str, description: str) -> int:
        """File a bug; its id."""
        body = {
            "product": product,
            "version": version,
            "component": component,
            "summary": summary,
            "description": description,
        }
        return int(post(f"{self.url}/rest/bug", body, self._headers)["id"])

    def add_patch(self, bug_id: int, content: str) -> None:
        """Attach a patch to a bug."""
        body = {
            "data": base64.b64encode(content.encode()).decode("ascii"),
            "file_name": "patch",
            "summary": "patch",
            "is_patch": True,
        }
        post(f"{self.url}/rest/bug/{bug_id}/attachment", body, self._headers)

    def bug_url(self, bug_id: int) -> str:
        """Where people look at a bug."""
        return f"{self.url}/show_bug.cgi?id={bug_id}"
