"""What do the forges answer? Each the same routes, and on each a fork answers like its project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from legacy.standin import draw, facts, facts_config, state
from legacy.standin.replies import Reply, Request, error

BOT = "packit-as-a-service-stg[bot]"
GITHUB = "forge.example"
# host of the stand-in -> where people look at its projects, and at a pull request of one
SITES: dict[str, tuple[str, str]] = {
    GITHUB: ("https://github.com", "pull"),
    "gitlab-forge.example": ("https://gitlab.com", "-/merge_requests"),
    "pagure.example": ("https://git.centos.org", "pull-request"),
    "distgit.example": ("https://src.fedoraproject.org", "pull-request"),
}


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository or somebody's fork of it."""

    host: str
    owner: str | None  # of the fork
    full_name: str

    @property
    def name(self) -> str:
        """Under which name it is noted what was written here."""
        if self.host == GITHUB and self.owner is None:
            return self.full_name
        fork = f"forks/{self.owner}/" if self.owner is not None else ""
        return f"{self.host}/{fork}{self.full_name}"


def answer(request: Request) -> Reply:
    match request.parts:
        case ("repos", space, name, *rest):
            repository = Repository(request.host, None, f"{space}/{name}")
        case ("forks", owner, "repos", space, name, *rest):
            repository = Repository(request.host, owner, f"{space}/{name}")
        case _:
            return error(404, "Not Found")
    if request.method == "GET":
        return _read(repository, rest, request.query)
    return _write(repository, rest, request.body)


def _read(at: Repository, parts: list[str], query: dict[str, str]) -> Reply:  # noqa: PLR0911  # a table of routes
    full_name = at.full_name
    match parts:
        case []:
            return Reply({"full_name": full_name, "private": facts.is_private(full_name)})
        case ["contents", *path]:
            return _file(at, "/".join(path), query.get("ref"))
        case ["files"]:
            found = [] if query.get("ref") == facts.NO_COMMIT else facts_config.spec_files(full_name)
            return Reply({"files": [path for path in found if path.endswith(query.get("suffix", ""))]})
        case ["collaborators", login, "permission"]:
            return Reply({"permission": facts.permission(full_name, login)})
        case ["pulls", number, *rest] if number.isascii() and number.isdecimal():
            return _pull(at, number, rest)
        case ["git", "tags", *tag] if tag and facts.tag_known(full_name, "/".join(tag)):
            return Reply({"sha": facts.tag_commit(full_name, "/".join(tag))})
        case ["releases"]:
            return Reply([{"tag_name": tag} for tag in facts.releases(full_name)])
        case ["issues", number, "comments"]:
            return _comments(at, number)
        case ["issues"]:
            earlier = [{"title": "Invalid packit config", "body": ""}] if facts.told_before(full_name) else []
            return Reply([*state.current.issues.get(at.name, []), *earlier])
    return error(404, "Not Found")


def _write(at: Repository, parts: list[str], body: dict[str, Any]) -> Reply:
    match parts:
        case ["issues", number, "comments"]:
            posted = state.current.comments.setdefault(f"{at.name}#{number}", [])
            posted.append({"author": BOT, "body": body["body"]})
            return Reply({"id": len(posted)})
        case ["issues", number, "close"]:
            state.current.closed.append(f"{at.name}#{number}")
            return Reply({"state": "closed"})
        case ["issues"]:
            issues = state.current.issues.setdefault(at.name, [])
            issues.append({"title": body["title"], "body": body["body"]})
            return Reply({"number": len(issues)})
        case ["statuses", sha]:
            return _status(body, at, sha)
        case ["pulls", number, "flags"]:
            state.current.flags.append({**body, "repo": at.name, "number": number})
            return Reply({"uid": body["uid"]})
    return error(404, "Not Found")


def _file(at: Repository, path: str, ref: str | None) -> Reply:
    """The package config or the spec file; without a ref, those of the default branch."""
    if path.endswith(".spec"):
        is_there = path == facts_config.spec_path(at.full_name) and ref != facts.NO_COMMIT
        text = _spec(at.full_name, moved=not facts_config.is_of_commit(ref)) if is_there else None
    elif state.current.package_config is not None and ref != facts.NO_COMMIT:
        text = state.current.package_config if path == ".packit.yaml" else None
    else:
        is_there = path == facts_config.file_name(at.full_name, ref)
        found = facts_config.file(at.full_name, ref, owner=at.owner) if is_there else None
        text = found and found[1]
    return error(404, "Not Found") if text is None else Reply({"path": path, "content": text})


def _spec(full_name: str, *, moved: bool) -> str:
    """`moved`: upstream is elsewhere by now."""
    repo, url = full_name.split("/")[1], facts.spec_url(full_name)
    address = f"URL:            {url}{'-moved' if moved else ''}\n" if url else ""
    return (
        f"Name:           {repo}\nVersion:        0.1.0\nRelease:        1%{{?dist}}\n"
        f"License:        MIT\n{address}Source0:        https://files.example/{repo}-0.1.0.tar.gz\n"
    )


def _pull(at: Repository, number: str, rest: list[str]) -> Reply:
    full_name, (site, word) = at.full_name, SITES[at.host]
    head = (facts.pagure_head if at.host == "pagure.example" else facts.head_commit)(full_name, number)
    title, url = f"Change {number}", f"{site}/{full_name}/{word}/{number}"
    if rest == ["patch"]:
        return Reply({"patch": f"From {head}\nSubject: [PATCH] {title}\n\n{url}\n---\n"})
    if rest:
        return error(404, "Not Found")
    return Reply(
        {
            "number": int(number),
            "head": {"sha": head},
            "user": {"login": facts.author(full_name, number)},
            "title": title,
            "html_url": url,
        }
    )


def _comments(at: Repository, number: str) -> Reply:
    full_name = at.full_name
    posted = state.current.comments.get(f"{at.name}#{number}", [])
    newest = "Congratulations! The build has finished." if facts.congratulated(full_name, number) else "Hi."
    oldest = draw.pick(("Congratulations! The build has finished.", "Hello."), "oldest", full_name, number)
    said = draw.pick(("LGTM", "Congratulations! Well done."), "said", full_name, number)
    earlier = [
        {"author": facts.person(3), "body": said},
        {"author": BOT, "body": newest},
        {"author": facts.person(4), "body": "Hm."},
        {"author": BOT, "body": oldest},
    ]
    return Reply([*reversed(posted), *earlier])


def _status(body: dict[str, Any], at: Repository, sha: str) -> Reply:
    failing, context = facts.failing_statuses(at.full_name), body["context"]
    late = body["description"].startswith(("Starting", "Tests are running", "Building RPM"))
    told = {"all": True, "tests": "/testing-farm-" in context, "koji": "/production-build-" in context, "late": late}
    if failing is not None and told[failing]:
        return error(500, "Something went wrong.")
    state.current.statuses.append({**body, "repo": at.name, "sha": sha})
    return Reply({"id": len(state.current.statuses)})
