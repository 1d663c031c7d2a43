"""Which messages does GitLab send, and which way does each go?"""

from __future__ import annotations

import random

from legacy.kinds import comments, ways
from legacy.kinds.kind import Kind, author
from legacy.payloads import Payload, gitlab
from legacy.standin import facts

SHARE = 0.12


def _url(full_name: str) -> str:
    return f"{gitlab.HOST}/{full_name}"


def _full_name(payload: Payload) -> str:
    name: str = payload["project"]["path_with_namespace"]
    return name


def _merge_request(index: int, rng: random.Random) -> Payload:
    full_name, login = facts.project_name(index), author(rng)
    nested = rng.random() < 0.03
    return gitlab.merge_request(
        f"group/{full_name}" if nested else full_name,
        number=rng.randint(1, 900),
        login=login,
        source=f"{login}/{full_name.split('/')[1]}",
        action=rng.choice(["open", "reopen", "update", None]),
        state="opened" if rng.random() < 0.95 else "merged",
    )


def merge_request(payload: Payload) -> str:
    full_name, login = _full_name(payload), payload["user"]["username"]
    if payload["object_attributes"]["state"] != "opened":
        return "merged"
    if full_name.count("/") > 1:
        return "nested-group"
    early = ways.unusable(full_name)
    if early:
        return early
    found = ways.jobs(full_name)
    builds, tests = ways.of(found, ways.BUILD, "pull_request"), ways.of(found, ways.TESTS, "pull_request")
    if not builds and not tests:
        return "nothing-configured"
    if not builds and any(job["job"] == "copr_build" for job in found):
        return "skipped"
    if not ways.may_merge(full_name, login) and not ways.failing(full_name, tests):
        return "reader"
    number = payload["object_attributes"]["iid"]
    return ways.failing(full_name, tests) or ways.copr(
        _url(full_name), full_name, builds, identifier=str(number), pr_id=number
    )


def _comment(index: int, rng: random.Random) -> Payload:
    full_name, login = facts.project_name(index), author(rng)
    return gitlab.merge_request_comment(
        full_name,
        number=rng.randint(1, 900),
        login=login,
        source=f"{login}/{full_name.split('/')[1]}",
        body=comments.text(("build", "copr-build", "test"), rng),
    )


def comment(payload: Payload) -> str:
    full_name, body = _full_name(payload), payload["object_attributes"]["note"]
    if facts.is_private(full_name):
        return "private"
    number, login = payload["merge_request"]["iid"], payload["user"]["username"]
    return comments.unclear(body) or comments.on_a_change(_url(full_name), full_name, body, number=number, login=login)


def _issue_comment(index: int, rng: random.Random) -> Payload:
    return gitlab.issue_comment(
        facts.project_name(index),
        number=rng.randint(1, 900),
        login=author(rng),
        body=comments.text(("propose-update",), rng),
    )


def issue_comment(payload: Payload) -> str:
    full_name, body = _full_name(payload), payload["object_attributes"]["note"]
    if facts.is_private(full_name):
        return "private"
    return comments.unclear(body) or comments.on_an_issue(full_name, body, login=payload["user"]["username"])


def _push(index: int, rng: random.Random) -> Payload:
    full_name = facts.project_name(index)
    found = ways.of(ways.jobs(full_name), ways.BUILD, "commit")
    asked = {job.get("metadata", {}).get("branch", "master") for job in found} or {"master"}
    branch = rng.choice(sorted(asked)) if rng.random() < 0.9 else "topic"
    return gitlab.push(full_name, branch=branch, login=author(rng), commits=rng.choice([0, 1, 1, 2, 5]))


def push(payload: Payload) -> str:
    full_name = _full_name(payload)
    if not payload["commits"]:
        return "deleted"
    early = ways.unusable(full_name)
    if early:
        return early
    found = ways.of(ways.jobs(full_name), ways.BUILD, "commit")
    if not found:
        return "nothing-configured"
    name = payload["ref"].split("/", 2)[2]
    here = [job for job in found if job.get("metadata", {}).get("branch", "master") == name]
    if not here:
        return "other-branch"
    if facts.failing_statuses(full_name) == "all":
        return "statuses-fail"
    return ways.copr(_url(full_name), full_name, here, identifier=name, pr_id=None)


def kinds(*, compact: bool) -> tuple[Kind, ...]:
    del compact  # they are small as they are
    return (
        Kind(
            "gitlab_merge_request",
            _merge_request,
            merge_request,
            (
                *("built", "merged", "nested-group", "private", "missing", "nothing-configured", "skipped", "reader"),
                *("statuses-fail", "srpm-failed", "submit-fails"),
            ),
            late=lambda way: way in ("built", "reader", "srpm-failed"),
            share=SHARE,
        ),
        Kind(
            "gitlab_comment",
            _comment,
            comment,
            (
                *("built", "tests-accepted", "empty", "invalid", "reader", "nothing-configured", "submit-fails"),
                *("private", "late-statuses-fail", "tests-odd", "broken-yaml"),
            ),
            late=lambda way: way == "built" or way.startswith("tests"),
            share=SHARE,
        ),
        Kind(
            "gitlab_issue_comment",
            _issue_comment,
            issue_comment,
            (
                *("proposed", "propose-fails", "no-release", "reader", "not-ours", "missing", "private"),
                *("broken-yaml", "build-asked", "build-reader"),
            ),
            late=lambda way: way.startswith("propose"),
            share=SHARE,
        ),
        Kind(
            "gitlab_push",
            _push,
            push,
            ("built", "deleted", "other-branch", "nothing-configured", "statuses-fail", "srpm-failed"),
            late=lambda way: way == "built",
            share=SHARE,
        ),
    )
