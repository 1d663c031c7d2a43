"""What does GitHub send?"""

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


def issue_comment(  # one shape for both: GitHub says by one key whether the issue is a pull request
    full_name: str,
    *,
    number: int,
    body: str,
    login: str,
    author: str,
    pull_request: bool,
    action: str = "created",
    links: int = FULL,
) -> Payload:
    """What GitHub sends about a comment on an issue or on a pull request; `author` opened it."""
    namespace, _ = full_name.split("/")
    url = f"{API}/repos/{full_name}"
    issue: Payload = {
        "url": f"{url}/issues/{number}",
        "html_url": f"https://github.com/{full_name}/{'pull' if pull_request else 'issues'}/{number}",
        "id": 1 + draw.number("issue", full_name, number) % 10**9,
        "number": number,
        "title": f"Something about {full_name}",
        "user": user(author, links=links // 4),
        "labels": [],
        "state": "open",
        "locked": False,
        "assignee": None,
        "comments": 3,
        "created_at": "2020-06-01T09:14:25Z",
        "updated_at": "2020-06-02T10:44:31Z",
        "closed_at": None,
        "author_association": "CONTRIBUTOR",
        "body": "",
    }
    if pull_request:
        issue["pull_request"] = {
            "url": f"{url}/pulls/{number}",
            "html_url": f"https://github.com/{full_name}/pull/{number}",
        }
    return {
        "action": action,
        "issue": issue,
        "comment": {
            "url": f"{url}/issues/comments/{number + 7}",
            "id": 1 + draw.number("comment", full_name, number, body) % 10**9,
            "user": user(login, links=links // 4),
            "created_at": "2020-06-02T10:44:31Z",
            "updated_at": "2020-06-02T10:44:31Z",
            "author_association": "CONTRIBUTOR",
            "body": body,
        },
        "repository": repository(full_name, links=links),
        "organization": {"login": namespace, "url": f"{API}/orgs/{namespace}"},
        "sender": user(login, links=links // 4),
    }


def push(full_name: str, *, ref: str, before: str, after: str, pusher: str, links: int = FULL) -> Payload:
    """What GitHub sends about a push; a deleted branch has only zeros after it."""
    deleted = set(after) == {"0"}
    commit: Payload = {
        "id": after,
        "distinct": True,
        "message": "Mend it",
        "timestamp": "2020-06-04T13:32:31+01:00",
        "author": {"name": pusher, "email": f"{pusher}@example.org"},
        "added": [],
        "removed": [],
        "modified": ["README.md"],
    }
    return {
        "ref": ref,
        "before": before,
        "after": after,
        "repository": repository(full_name, links=links),
        "pusher": {"name": pusher, "email": f"{pusher}@example.org"},
        "sender": user(pusher, links=links // 4),
        "created": set(before) == {"0"},
        "deleted": deleted,
        "forced": False,
        "base_ref": None,
        "compare": f"https://github.com/{full_name}/compare/{before[:12]}...{after[:12]}",
        "commits": [] if deleted else [commit],
        "head_commit": None if deleted else commit,
    }


def release(full_name: str, *, tag: str, login: str, action: str = "published", links: int = FULL) -> Payload:
    """What GitHub sends about a release."""
    return {
        "action": action,
        "release": {
            "url": f"{API}/repos/{full_name}/releases/{tag}",
            "html_url": f"https://github.com/{full_name}/releases/tag/{tag}",
            "id": 1 + draw.number("release", full_name, tag) % 10**9,
            "tag_name": tag,
            "target_commitish": "master",
            "name": f"Release {tag}",
            "draft": False,
            "author": user(login, links=links // 4),
            "prerelease": False,
            "created_at": "2020-06-28T11:26:06Z",
            "published_at": "2020-06-29T13:51:51Z",
            "assets": [],
            "body": "What is new: it works — again.",
        },
        "repository": repository(full_name, links=links),
        "sender": user(login, links=links // 4),
    }
