"""How does the service talk to the forge, Copr, Testing Farm and the accounts system?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

FORGE = "https://forge.example"
COPR = "https://copr.example"
TESTING_FARM = "https://testing-farm.example"
ACCOUNTS = "https://accounts.example"

TOKEN = "dummy-token"
STATUS_DESCRIPTION_LIMIT = 140


class Rerouted(httpx.BaseTransport):
    """Every service at one address; the Host header still says which is meant."""

    def __init__(self, address: str) -> None:
        self._address = httpx.URL(address)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        to = self._address
        elsewhere = httpx.Request(
            request.method,
            request.url.copy_with(scheme=to.scheme, host=to.host, port=to.port),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return self._inner.handle_request(elsewhere)

    def close(self) -> None:
        self._inner.close()


def _transport() -> httpx.BaseTransport:
    address = os.environ.get("SERVICES_URL")
    if address:
        return Rerouted(address)
    from legacy.standin.transport import InProcess

    return InProcess()


session = httpx.Client(transport=_transport(), timeout=30.0, trust_env=False)


def _get(url: str, **params: Any) -> Any:
    response = session.get(url, params=params or None)
    response.raise_for_status()
    return response.json()


def _post(url: str, body: dict[str, Any]) -> Any:
    response = session.post(url, json=body, headers={"Authorization": f"token {TOKEN}"})
    response.raise_for_status()
    return response.json()


@dataclass
class ForgePullRequest:
    number: int
    head_commit: str
    author: str
    title: str
    url: str


class Project:
    """A repository on the forge; a wrong URL fails at its first use."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def full_name(self) -> str:
        parts = [part for part in urlsplit(self.url).path.split("/") if part]
        if len(parts) < 2:
            raise ValueError(f"Not the URL of a repository: {self.url!r}.")
        return "/".join(parts[-2:]).removesuffix(".git")

    @property
    def namespace(self) -> str:
        return self.full_name.split("/")[0]

    @property
    def repo(self) -> str:
        return self.full_name.split("/")[1]

    @property
    def on_github(self) -> bool:
        return urlsplit(self.url).hostname == "github.com"

    @property
    def _api(self) -> str:
        return f"{FORGE}/repos/{self.full_name}"

    def is_private(self) -> bool:
        return bool(_get(self._api)["private"])

    def can_merge_pr(self, login: str) -> bool:
        found = _get(f"{self._api}/collaborators/{quote(login, safe='')}/permission")
        return found["permission"] in ("admin", "write")

    def get_file_content(self, path: str, ref: str | None) -> str | None:
        """The text of a file at a ref; None where there is no such file."""
        try:
            found = _get(f"{self._api}/contents/{path}", ref=ref or "")
        except httpx.HTTPStatusError as error:
            if error.response.status_code == 404:
                return None
            raise
        return str(found["content"])

    def get_sha_from_tag(self, tag: str) -> str:
        return str(_get(f"{self._api}/git/tags/{quote(tag, safe='')}")["sha"])

    def get_pr(self, pr_id: int) -> ForgePullRequest:
        found = _get(f"{self._api}/pulls/{pr_id}")
        return ForgePullRequest(
            number=found["number"],
            head_commit=found["head"]["sha"],
            author=found["user"]["login"],
            title=found["title"],
            url=found["html_url"],
        )

    def get_pr_comments(self, pr_id: int) -> list[dict[str, Any]]:
        """The comments on a pull request, newest first: author and body."""
        found: list[dict[str, Any]] = _get(f"{self._api}/issues/{pr_id}/comments")
        return found

    def pr_comment(self, pr_id: int, body: str) -> None:
        _post(f"{self._api}/issues/{pr_id}/comments", {"body": body})

    def get_issue_list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = _get(f"{self._api}/issues", state="open")
        return found

    def create_issue(self, title: str, body: str) -> None:
        _post(f"{self._api}/issues", {"title": title, "body": body})

    def set_commit_status(
        self, sha: str, *, state: str, url: str, description: str, name: str, trim: bool = False
    ) -> None:
        if trim:
            description = description[:STATUS_DESCRIPTION_LIMIT]
        body = {"state": state, "target_url": url, "description": description, "context": name}
        _post(f"{self._api}/statuses/{sha}", body)


class Copr:
    """The build service."""

    def get_project(self, owner: str, project: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = _get(f"{COPR}/api_3/project", ownername=owner, projectname=project)
        except httpx.HTTPStatusError as error:
            if error.response.status_code == 404:
                return None
            raise
        return found

    def create_project_if_not_exists(
        self, owner: str, project: str, *, chroots: list[str], options: dict[str, Any]
    ) -> None:
        """Create the project, or update it where its chroots are others."""
        found = self.get_project(owner, project)
        body = {"projectname": project, "chroots": chroots, **options}
        if found is None:
            _post(f"{COPR}/api_3/project/add/{owner}", body)
        elif not set(chroots) <= set(found["chroots"]):
            _post(f"{COPR}/api_3/project/edit/{owner}/{project}", body)

    def create_from_file(self, owner: str, project: str, *, path: str, chroots: list[str]) -> int:
        """Submit one build for all chroots; its id."""
        body = {"ownername": owner, "projectname": project, "path": path, "chroots": chroots}
        return int(_post(f"{COPR}/api_3/build/create/upload", body)["id"])

    def get_build(self, build_id: int | str) -> dict[str, Any]:
        found: dict[str, Any] = _get(f"{COPR}/api_3/build/{build_id}")
        return found

    def get_build_chroot(self, build_id: int | str, chroot: str) -> dict[str, Any]:
        found: dict[str, Any] = _get(f"{COPR}/api_3/build-chroot", build_id=build_id, chrootname=chroot)
        return found


@dataclass
class Answer:
    status: int
    body: dict[str, Any]


class TestingFarm:
    """The test service."""

    __test__ = False  # not a test class

    def trigger(self, request: dict[str, Any]) -> Answer | None:
        """Ask for a test run; None where no answer came."""
        try:
            return Answer(200, _post(f"{TESTING_FARM}/trigger", request))
        except httpx.HTTPStatusError as error:
            return Answer(error.response.status_code, error.response.json())
        except httpx.TransportError:
            return None


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
