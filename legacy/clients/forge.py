"""How is a repository on a forge read and written: on GitHub, GitLab and Pagure?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from legacy.clients.transport import get, get_or_none, post

FORGE = "https://forge.example"
# host of a project's URL -> where its forge answers; the others are asked at FORGE
FORGES: dict[str, str] = {
    "github.com": FORGE,
    "gitlab.com": "https://gitlab-forge.example",
    "git.centos.org": "https://pagure.example",
    "git.stg.centos.org": "https://pagure.example",
    "src.fedoraproject.org": "https://distgit.example",
}
PAGURE_HOSTS = frozenset({"git.centos.org", "git.stg.centos.org", "src.fedoraproject.org"})
FORK_PREFIXES = ("fork", "forks")
STATUS_DESCRIPTION_LIMIT = 140


@dataclass
class ForgePullRequest:
    number: int
    head_commit: str
    author: str
    title: str
    url: str


class Project:
    """A repository on a forge, or on Pagure somebody's fork of it; a wrong URL fails at its first use."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def _parts(self) -> list[str]:
        parts = [part for part in urlsplit(self.url).path.split("/") if part]
        if len(parts) < 2:
            raise ValueError(f"Not the URL of a repository: {self.url!r}.")
        return parts

    @property
    def full_name(self) -> str:
        return "/".join(self._parts[-2:]).removesuffix(".git")

    @property
    def namespace(self) -> str:
        return self.full_name.split("/")[0]

    @property
    def repo(self) -> str:
        return self.full_name.split("/")[1]

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def on_github(self) -> bool:
        return self._host == "github.com"

    @property
    def on_gitlab(self) -> bool:
        return self._host == "gitlab.com"

    @property
    def on_pagure(self) -> bool:
        return self._host in PAGURE_HOSTS

    @property
    def _api(self) -> str:
        parts, base = self._parts, FORGES.get(self._host, FORGE)
        if parts[0] in FORK_PREFIXES and len(parts) >= 4:
            base = f"{base}/forks/{parts[1]}"
        return f"{base}/repos/{self.full_name}"

    def is_private(self) -> bool:
        return bool(get(self._api)["private"])

    def can_merge_pr(self, login: str) -> bool:
        found = get(f"{self._api}/collaborators/{quote(login, safe='')}/permission")
        return found["permission"] in ("admin", "write")

    def get_file_content(self, path: str, ref: str | None) -> str | None:
        """The text of a file at a ref (none: the default branch); None where there is no such file."""
        found = get_or_none(f"{self._api}/contents/{path}", ref=ref or "")
        return str(found["content"]) if found is not None else None

    def get_files(self, ref: str | None, suffix: str) -> list[str]:
        """The paths of the files at a ref that end so."""
        return list(get(f"{self._api}/files", ref=ref or "", suffix=suffix)["files"])

    def get_sha_from_tag(self, tag: str) -> str:
        return str(get(f"{self._api}/git/tags/{quote(tag, safe='')}")["sha"])

    def get_releases(self) -> list[str]:
        """The tags of the releases, newest first."""
        return [release["tag_name"] for release in get(f"{self._api}/releases")]

    def get_pr(self, pr_id: int) -> ForgePullRequest:
        found = get(f"{self._api}/pulls/{pr_id}")
        return ForgePullRequest(
            number=found["number"],
            head_commit=found["head"]["sha"],
            author=found["user"]["login"],
            title=found["title"],
            url=found["html_url"],
        )

    def get_pr_patch(self, pr_id: int) -> str:
        return str(get(f"{self._api}/pulls/{pr_id}/patch")["patch"])

    def get_pr_comments(self, pr_id: int) -> list[dict[str, Any]]:
        """The comments on a pull request, newest first: author and body."""
        found: list[dict[str, Any]] = get(f"{self._api}/issues/{pr_id}/comments")
        return found

    def pr_comment(self, pr_id: int, body: str) -> None:
        post(f"{self._api}/issues/{pr_id}/comments", {"body": body})

    def issue_comment(self, issue_id: int, body: str) -> None:
        post(f"{self._api}/issues/{issue_id}/comments", {"body": body})

    def issue_close(self, issue_id: int) -> None:
        post(f"{self._api}/issues/{issue_id}/close", {})

    def get_issue_list(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = get(f"{self._api}/issues", state="open")
        return found

    def create_issue(self, title: str, body: str) -> None:
        post(f"{self._api}/issues", {"title": title, "body": body})

    def set_commit_status(
        self, sha: str, *, state: str, url: str, description: str, name: str, trim: bool = False
    ) -> None:
        if trim:
            description = description[:STATUS_DESCRIPTION_LIMIT]
        body = {"state": state, "target_url": url, "description": description, "context": name}
        post(f"{self._api}/statuses/{sha}", body)

    def set_pr_flag(self, pr_id: int, *, uid: str, username: str, comment: str, url: str, status: str) -> None:
        """Show a check at a pull request of Pagure; a flag of the same uid is replaced."""
        body = {"uid": uid, "username": username, "comment": comment, "url": url, "status": status}
        post(f"{self._api}/pulls/{pr_id}/flags", body)
