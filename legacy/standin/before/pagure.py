"""What was there before a message of Pagure came, of CentOS or of the distribution?"""

from __future__ import annotations

from typing import Any

from legacy.standin import facts
from legacy.standin.before.builds import built
from legacy.standin.before.reading import joined, nested, number, text, usable
from legacy.standin.before.rows import BRANCH, PULL_REQUEST, Rows, elsewhere, known_before

Payload = dict[str, Any]


def centos(rows: Rows, payload: Payload, topic: str) -> None:
    """A message whose topic is `<host>/<topic of git>`."""
    host, _, what = topic.partition("/")
    rows.account(nested(payload, "agent"))
    if what == "git.receive":
        _push(rows, payload, host)
        return
    request = payload.get("pullrequest")
    if what.startswith("pull-request.tag") and isinstance(payload.get("pull_request"), dict):
        request = payload["pull_request"]
    full_name, about = joined(nested(request, "project"), "namespace", "name"), number(request, "id")
    if full_name is None:
        return
    rows.account(nested(request, "user", "name"))
    url = _url(host, full_name)
    known_before(rows, full_name, kind=PULL_REQUEST, name=about, url=url)
    if about is None:
        return
    if what.startswith("pull-request.comment"):
        built(rows, full_name, about, url=url)
    if what.startswith("pull-request.tag"):
        _bugs(rows, full_name, about, url=url)


def _bugs(rows: Rows, full_name: str, pr_id: int, *, url: str | None) -> None:
    """The bug of the pull request, if there is one; one of the same number elsewhere has another."""
    if facts.bug_known(full_name, pr_id):
        rows.trigger(full_name, PULL_REQUEST, pr_id, url=url)
        rows.bug(rows.thing(full_name, PULL_REQUEST, pr_id, url=url), facts.bug_id(full_name, pr_id))
    rows.bug(rows.thing(elsewhere(full_name), PULL_REQUEST, pr_id), facts.bug_id("elsewhere", pr_id))


def _push(rows: Rows, payload: Payload, host: str) -> None:
    full_name, branch = joined(payload.get("repo"), "namespace", "name"), text(payload, "branch")
    if full_name is not None:
        ref = f"refs/head/{branch}" if branch else None  # as the service writes it
        known_before(rows, full_name, kind=BRANCH, name=ref, url=_url(host, full_name))


def dist_git(rows: Rows, payload: Payload) -> None:
    """A commit in the distribution's own repositories."""
    commit = nested(payload, "msg", "commit")
    full_name = joined(commit, "namespace", "repo")
    if full_name is not None:
        url = _url("src.fedoraproject.org", full_name)
        known_before(rows, full_name, kind=BRANCH, name=text(commit, "branch"), url=url)


def _url(host: str, full_name: str) -> str | None:
    return f"https://{host}/{full_name}" if usable(host) else None
