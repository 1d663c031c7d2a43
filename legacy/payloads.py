"""What do the messages of the outside services look like?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts

Payload = dict[str, Any]

# fmt: off
USER_LINKS = (
    "followers", "following{/other_user}", "gists{/gist_id}", "starred{/owner}{/repo}", "subscriptions", "orgs",
    "repos", "events{/privacy}", "received_events",
)
REPO_LINKS = (
    "forks", "keys{/key_id}", "collaborators{/collaborator}", "teams", "hooks", "issues/events{/number}", "events",
    "assignees{/user}", "branches{/branch}", "tags", "git/blobs{/sha}", "git/tags{/sha}", "git/refs{/sha}",
    "git/trees{/sha}", "statuses/{sha}", "languages", "stargazers", "contributors", "subscribers", "subscription",
    "commits{/sha}", "git/commits{/sha}", "comments{/number}", "issues/comments{/number}", "contents/{+path}",
    "compare/{base}...{head}", "merges", "{archive_format}{/ref}", "downloads", "issues{/number}", "pulls{/number}",
    "milestones{/number}", "notifications{?since,all,participating}", "labels{/name}", "releases{/id}", "deployments",
)
# fmt: on
API = "https://api.github.com"
FULL = len(REPO_LINKS)


def _link_name(path: str) -> str:
    """The field that holds a link: git/tags{/sha} -> git_tags_url."""
    return path.split("{", maxsplit=1)[0].strip("/").replace("/", "_").replace("...", "") or "archive"


def user(login: str, kind: str = "User", links: int = len(USER_LINKS)) -> Payload:
    number = 1 + draw.number("user", login) % 10**8
    return {
        "login": login,
        "id": number,
        "node_id": f"U_{number:x}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        "url": f"{API}/users/{login}",
        "html_url": f"https://github.com/{login}",
        **{f"{_link_name(path)}_url": f"{API}/users/{login}/{path}" for path in USER_LINKS[:links]},
        "type": kind,
        "site_admin": False,
    }


def repository(full_name: str, *, links: int = FULL, fork: bool = False) -> Payload:
    namespace, name = full_name.split("/")
    number = 1 + draw.number("repository", full_name) % 10**9
    url = f"{API}/repos/{full_name}"
    return {
        "id": number,
        "node_id": f"R_{number:x}",
        "name": name,
        "full_name": full_name,
        "private": facts.is_private(full_name),
        "owner": user(namespace, "Organization", links // 4),
        "html_url": facts.project_url(full_name),
        "description": f"The {name.replace('-', ' ')} of {namespace}, packaged — with care",
        "fork": fork,
        "url": url,
        **{f"{_link_name(path)}_url": f"{url}/{path}" for path in REPO_LINKS[:links]},
        "created_at": "2018-11-06T10:24:40Z",
        "updated_at": "2020-06-01T13:41:13Z",
        "pushed_at": "2020-06-01T13:58:51Z",
        "clone_url": f"https://github.com/{full_name}.git",
        "size": number % 4000,
        "language": draw.pick(("Python", "C", "Go", "Rust", None), "language", full_name),
        "has_issues": not fork,
        "archived": False,
        "open_issues_count": number % 90,
        "license": {"key": "mit", "name": "MIT License", "spdx_id": "MIT", "url": f"{API}/licenses/mit"},
        "default_branch": "master",
    }


def pull_request(
    full_name: str, *, number: int, action: str, login: str, links: int, body: str, sender: str | None = None
) -> Payload:
    """What GitHub sends about a pull request; `links` says how much surrounds what is read."""
    namespace, name = full_name.split("/")
    url = f"{API}/repos/{full_name}"
    head = draw.sha("head", full_name, number, action)
    return {
        "action": action,
        "number": number,
        "pull_request": {
            "url": f"{url}/pulls/{number}",
            "id": 1 + draw.number("pull", full_name, number) % 10**9,
            "html_url": f"https://github.com/{full_name}/pull/{number}",
            "issue_url": f"{url}/issues/{number}",
            "number": number,
            "state": "open",
            "locked": False,
            "title": f"Mend the {name} ({number})",
            "user": user(login, links=links // 4),
            "body": body,
            "created_at": "2020-06-02T14:30:50Z",
            "updated_at": "2020-06-02T14:31:50Z",
            "closed_at": None,
            "merge_commit_sha": None,
            "assignees": [],
            "labels": [],
            "commits_url": f"{url}/pulls/{number}/commits",
            "statuses_url": f"{url}/statuses/{head}",
            "head": {
                "label": f"{login}:topic",
                "ref": "topic",
                "sha": head,
                "user": user(login, links=links // 4),
                "repo": repository(f"{login}/{name}", links=links, fork=True),
            },
            "base": {
                "label": f"{namespace}:master",
                "ref": "master",
                "sha": draw.sha("base", full_name),
                "user": user(namespace, "Organization", links // 4),
                "repo": repository(full_name, links=links),
            },
            "author_association": "CONTRIBUTOR",
            "draft": False,
            "merged": False,
            "mergeable": None,
            "comments": 0,
            "commits": 1,
            "additions": 13,
            "deletions": 1,
            "changed_files": 1,
        },
        "repository": repository(full_name, links=links),
        "organization": {"login": namespace, "url": f"{API}/orgs/{namespace}"},
        "sender": user(sender or login, links=links // 4),
    }


def installation(
    login: str, *, kind: str, sender: str, action: str, repositories: list[str], links: int = 9
) -> Payload:
    number = 1 + draw.number("installation", login) % 10**7
    listed = [
        {"id": 1 + draw.number("repository", name) % 10**9, "name": name.split("/")[1], "full_name": name}
        for name in repositories
    ]
    found: Payload = {
        "action": action,
        "installation": {
            "id": number,
            "account": user(login, kind, links),
            "repository_selection": "selected",
            "app_id": 39816,
            "target_type": kind,
            "permissions": {"checks": "write", "contents": "write", "statuses": "write"},
            "events": ["issue_comment", "pull_request", "push", "release"],
            "created_at": f"2020-06-{1 + number % 28:02d}T14:51:23Z",
            "single_file_name": None,
        },
        "sender": user(sender, links=links),
    }
    found["repositories" if action == "created" else "repositories_added"] = listed
    return found


def copr(build: facts.Build, *, ended: bool, chroot: str, status: int, timestamp: float) -> Payload:
    what = "end" if ended else "start"
    return {
        "topic": f"org.fedoraproject.prod.copr.build.{what}",
        "status": status,
        "what": f"build {what}: user:packit copr:{build.project_name} build:{build.id} pkg:{build.package}",
        "chroot": chroot,
        "ip": "172.25.90.82",
        "user": "packit",
        "who": "backend.worker-5605-PC",
        "pid": 10_000 + build.id % 20_000,
        "copr": build.project_name,
        "version": f"0.{build.id % 30}.0-1",
        "build": build.id,
        "owner": build.owner,
        "pkg": build.package,
        "timestamp": timestamp,
    }


def test_results(
    full_name: str, *, pipeline_id: str, number: int, chroot: str, result: str, tests: list[Payload]
) -> Payload:
    namespace, name = full_name.split("/")
    found: Payload = {
        "pipeline": {"id": pipeline_id},
        "environment": {"image": "Fedora-Cloud-Base-32-1.6.x86_64.qcow2"},
        "artifact": {
            "repo-name": name,
            "repo-namespace": namespace,
            "copr-repo-name": f"packit/{namespace}-{name}-{number}-stg",
            "copr-chroot": chroot,
            "commit-sha": draw.sha("tested", full_name, number),
            "git-url": facts.project_url(full_name),
            "git-ref": f"pull/{number}/head",
        },
        "result": result,
        "message": f"{len(tests)} tests: {result}",
        "url": f"https://testing-farm.example/runs/{pipeline_id[:8]}",
    }
    if tests:
        found["tests"] = tests
    return found


def babysit(build_id: int) -> Payload:
    """The delayed task, as a message of its own."""
    return {"task": "task.babysit_copr_build", "build_id": build_id}
