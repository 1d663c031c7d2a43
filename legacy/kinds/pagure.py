"""Which messages does Pagure send, and which way does each go?"""

from __future__ import annotations

import random

from legacy.kinds import comments, ways
from legacy.kinds.kind import Kind, author
from legacy.payloads import Payload, pagure
from legacy.standin import facts

BRANCH = "c8"


def _url(full_name: str) -> str:
    return f"https://{pagure.HOST}/{full_name}"


def _full_name(payload: Payload) -> str:
    found = payload.get("pullrequest") or payload.get("pull_request") or payload["repo"]
    project = found.get("project", found)
    return f"{project['namespace']}/{project['name']}"


def _pull_request(index: int, rng: random.Random) -> Payload:
    return pagure.pull_request(
        facts.project_name(index),
        number=rng.randint(1, 900),
        author=author(rng),
        what=rng.choices(["new", "updated", "reopened", "closed"], [5, 4, 2, 1])[0],
    )


def pull_request(payload: Payload) -> str:
    full_name = _full_name(payload)
    if payload["topic"].endswith("closed"):
        return "closed"
    early = ways.unusable(full_name, finds_spec=True)
    if early:
        return early
    found = ways.jobs(full_name)
    builds, tests = ways.of(found, ways.BUILD, "pull_request"), ways.of(found, ways.TESTS, "pull_request")
    if not builds and not tests:
        return "nothing-configured"
    if not builds and any(job["job"] == "copr_build" for job in found):
        return "skipped"
    failing = ways.failing(full_name, tests)
    if failing:
        return failing
    number, author_login = payload["pullrequest"]["id"], payload["pullrequest"]["user"]["name"]
    word = ways.copr(_url(full_name), full_name, builds, identifier=str(number), pr_id=number)
    by_whom = "" if ways.may_merge(full_name, author_login) else "-for-reader"  # on Pagure nobody is asked
    return f"{word}{by_whom}"


def _comment(index: int, rng: random.Random) -> Payload:
    return pagure.comment(
        facts.project_name(index),
        number=rng.randint(1, 900),
        author=author(rng),
        agent=author(rng),
        body=comments.text(("build", "copr-build", "build", "copr-build", "test"), rng),
        edited=rng.random() < 0.15,
    )


def comment(payload: Payload) -> str:
    full_name = _full_name(payload)
    edited = payload.get("comment")
    body = edited["comment"] if edited else payload["pullrequest"]["comments"][-1]["comment"]
    if facts.is_private(full_name):
        return "private"
    number, agent = payload["pullrequest"]["id"], payload["agent"]
    return comments.unclear(body) or comments.on_a_change(
        _url(full_name), full_name, body, number=number, login=agent, pagure=True
    )


def _label(index: int, rng: random.Random) -> Payload:
    tags = rng.choice([["accepted"], ["accepted", "easy"], ["accepted"], ["accepted"], ["easy"], []])
    return pagure.label(facts.project_name(index), number=rng.randint(1, 900), author=author(rng), tags=tags)


def label(payload: Payload) -> str:
    full_name, number = _full_name(payload), payload["pull_request"]["id"]
    if facts.is_private(full_name):
        return "private"
    if "accepted" not in payload["tags"]:
        return "other-label"
    known = facts.bug_known(full_name, number)
    if facts.bugzilla_fails(full_name):
        return "known-bugzilla-away" if known else "bugzilla-away"
    if facts.failing_statuses(full_name) == "all":
        return "statuses-fail"
    return "known-bug" if known else "new-bug"


def _push(index: int, rng: random.Random) -> Payload:
    return pagure.push(facts.project_name(index), branch=BRANCH, agent=author(rng))


def push(payload: Payload) -> str:
    full_name = _full_name(payload)
    early = ways.unusable(full_name)
    if early:
        return early
    found = ways.of(ways.jobs(full_name), ways.BUILD, "commit")
    ref = f"refs/head/{payload['branch']}"
    here = [job for job in found if job.get("metadata", {}).get("branch", "master") == ref]
    if not here:
        return "other-branch" if found else "nothing-configured"
    if facts.failing_statuses(full_name) == "all":
        return "statuses-fail"
    return ways.copr(_url(full_name), full_name, here, identifier=ref, pr_id=None)


def kinds(*, compact: bool) -> tuple[Kind, ...]:
    del compact  # they are small as they are
    return (
        Kind(
            "pagure_pull_request",
            _pull_request,
            pull_request,
            (
                *("built", "built-for-reader", "closed", "private", "missing", "skipped", "statuses-fail"),
                *("srpm-failed", "submit-fails"),
            ),
            late=lambda way: way.startswith(("built", "srpm-failed", "submit-fails")),
            share=0.3,
        ),
        Kind(
            "pagure_comment",
            _comment,
            comment,
            (
                *("built", "tests-accepted", "empty", "not-ours", "invalid", "private", "missing"),
                *("nothing-configured", "statuses-fail", "srpm-failed", "srpm-raises", "submit-fails", "reader"),
            ),
            late=lambda way: way.startswith(("built", "becomes-built", "srpm", "submit")),
            share=1.1,
        ),
        Kind(
            "pagure_label",
            _label,
            label,
            ("new-bug", "known-bug", "other-label", "private", "bugzilla-away", "known-bugzilla-away", "statuses-fail"),
            late=lambda way: way != "private",
        ),
        Kind(
            "pagure_push",
            _push,
            push,
            (
                *("built", "other-branch", "nothing-configured", "private"),
                *("broken-yaml", "srpm-failed", "statuses-fail"),
            ),
            late=lambda way: way == "built",
            share=0.1,
        ),
    )
