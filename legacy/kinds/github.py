"""Which messages does GitHub send, and which way does each go?"""

from __future__ import annotations

import random
import re

from legacy.kinds import comments, ways
from legacy.kinds.kind import Kind, Make, author, links
from legacy.payloads import Payload, github
from legacy.standin import draw, facts, facts_config

WORDS = ("It", "mends", "what", "broke", "—", "again")
ZEROS = "0" * 40


TRIGGERS = ("pull_request", "release", "commit")
_OfPullRequests = tuple[list[ways.Job], list[ways.Job], list[ways.Job]]  # builds, tests, builds in Koji


def full_name_of(payload: Payload) -> str:
    name: str = payload["repository"]["full_name"]
    return name


# --- pull requests --------------------------------------------------------------------------------------------------


def _pull_request(compact: bool) -> Make:
    def make(index: int, rng: random.Random) -> Payload:
        action, login = rng.choice(["opened", "synchronize", "synchronize", "reopened"]), author(rng)
        return github.pull_request(
            facts.project_name(index),
            number=rng.randint(1, 900),
            action=action,
            login=login,
            sender=author(rng) if action != "opened" and rng.random() < 0.5 else login,  # others may push to it
            links=links(rng, compact=compact),
            body=" ".join(rng.choice(WORDS) for _ in range(rng.randint(0, 60))),
        )

    return make


def pull_request(payload: Payload) -> str:
    full_name, login = full_name_of(payload), payload["pull_request"]["user"]["login"]
    early = ways.unusable(full_name)
    if early:
        return early
    found = ways.jobs(full_name)
    builds, koji = ways.of(found, ways.BUILD, "pull_request"), ways.of(found, ways.KOJI, "pull_request")
    tests = ways.of(found, ways.TESTS, "pull_request")
    if not builds and not tests and not koji:
        return "nothing-configured"
    if not ways.approved(login, full_name.split("/")[0]) and not ways.is_admin(login):
        return "refused-twice" if len(builds) > 1 else "refused"
    if not builds and tests and any(job["job"] == "copr_build" for job in found):
        return "skipped"
    failing = ways.failing(full_name, tests)
    if failing:
        return failing
    if not ways.may_merge(full_name, login):
        return "reader-koji" if koji else "reader"
    return _built(full_name, payload["number"], login, (builds, tests, koji))


def _built(full_name: str, number: int, login: str, jobs: _OfPullRequests) -> str:
    """What each of the two handlers comes to."""
    builds, tests, koji = jobs
    url, found = facts.project_url(full_name), []
    if builds or tests:
        word = ways.copr(url, full_name, builds, identifier=str(number), pr_id=number)
        by_whom = "for-admin" if ways.needs_admin(login, full_name) else facts_config.variant(full_name)
        found.append(f"built-{by_whom}" if word == "built" else word)
    if koji and "late-statuses-fail" not in found:
        found.append(ways.koji(url, full_name, koji[0], pr_id=number))
    return "-".join(found)


# --- releases and pushes --------------------------------------------------------------------------------------------


def _release(compact: bool) -> Make:
    def make(index: int, rng: random.Random) -> Payload:
        full_name = facts.project_name(index)
        tags = [*facts.releases(full_name), f"{rng.randint(1, 9)}.{rng.randint(0, 20)}.0"]
        tag = tags[0] if rng.random() < 0.8 else tags[-1]
        return github.release(full_name, tag=tag, login=author(rng), links=links(rng, compact=compact))

    return make


def release(payload: Payload) -> str:
    full_name, tag = full_name_of(payload), payload["release"]["tag_name"]
    if facts.is_private(full_name):
        return "private"
    if not facts.tag_known(full_name, tag):
        return "unknown-tag"
    early = ways.unusable(full_name)
    if early:
        return early
    found = ways.jobs(full_name)
    proposals = ways.of(found, ("propose_downstream",), "release")
    builds, koji = ways.of(found, ways.BUILD, "release"), ways.of(found, ways.KOJI, "release")
    tests = _built_for(found)
    if not proposals and not builds and not koji and not tests:
        return "nothing-configured"
    if not ways.approved(full_name.split("/")[0]):
        return "refused"
    said = [ways.proposed(full_name, proposals[0])] if proposals else []
    if tests and not builds:
        said.append("for-tests")
    return "-".join([*said, *_of_a_ref(full_name, tag, builds or tests, koji)])


def _built_for(found: list[ways.Job]) -> list[ways.Job]:
    """Tests need something that is built, where no job builds."""
    return [] if ways.of(found, ("copr_build",), *TRIGGERS) else ways.of(found, ways.TESTS, "release")


def _of_a_ref(full_name: str, identifier: str, builds: list[ways.Job], koji: list[ways.Job]) -> list[str]:
    url, found = facts.project_url(full_name), []
    if builds and facts.failing_statuses(full_name) == "all":
        return ["statuses-fail"]
    if builds:
        found.append(ways.copr(url, full_name, builds, identifier=identifier, pr_id=None))
    if koji and "late-statuses-fail" not in found:
        found.append(ways.koji(url, full_name, koji[0], pr_id=None))
    return found


def _push(compact: bool) -> Make:
    def make(index: int, rng: random.Random) -> Payload:
        full_name = facts.project_name(index)
        asked = {job.get("metadata", {}).get("branch", "master") for job in _on_commits(full_name)} or {"master"}
        branch = rng.choice(sorted(asked)) if rng.random() < 0.9 else "topic/one"
        ref = f"refs/tags/{branch}" if rng.random() < 0.03 else f"refs/heads/{branch}"
        after = ZEROS if rng.random() < 0.03 else draw.sha("pushed", full_name, ref)
        before = ZEROS if rng.random() < 0.1 else draw.sha("before", full_name, ref)
        return github.push(
            full_name, ref=ref, before=before, after=after, pusher=author(rng), links=links(rng, compact=compact)
        )

    return make


def _on_commits(full_name: str) -> list[ways.Job]:
    return ways.of(ways.jobs(full_name), (*ways.BUILD, *ways.KOJI), "commit")


def push(payload: Payload) -> str:
    full_name, name = full_name_of(payload), payload["ref"].split("/", 2)[2]
    if facts.is_private(full_name):
        return "private"
    if payload["after"] == ZEROS:
        return "deleted"
    early = ways.unusable(full_name)
    if early:
        return early
    found = _on_commits(full_name)
    if not found:
        return "nothing-configured"
    if not ways.approved(full_name.split("/")[0]):
        return "refused"
    here = [job for job in found if job.get("metadata", {}).get("branch", "master") == name]
    if not here:
        return "other-branch"
    kind = "tag-" if payload["ref"].startswith("refs/tags/") else ""
    builds, koji = ways.of(here, ways.BUILD, "commit"), ways.of(here, ways.KOJI, "commit")
    return kind + "-".join(_of_a_ref(full_name, name, builds, koji))


# --- comments -------------------------------------------------------------------------------------------------------


def _comment(compact: bool, commands: tuple[str, ...], *, pull_request: bool) -> Make:
    def make(index: int, rng: random.Random) -> Payload:
        action = "edited" if pull_request and rng.random() < 0.1 else "created"
        login = author(rng)
        return github.issue_comment(
            facts.project_name(index),
            number=rng.randint(1, 900),
            body=comments.text(commands, rng),
            login=comments.BOT if pull_request and rng.random() < 0.02 else login,
            author=author(rng),
            pull_request=pull_request,
            action=action,
            links=links(rng, compact=compact),
        )

    return make


def pr_comment(payload: Payload) -> str:
    full_name, login = full_name_of(payload), payload["comment"]["user"]["login"]
    number, body = payload["issue"]["number"], payload["comment"]["body"]
    if facts.is_private(full_name):
        return "private"
    if login == comments.BOT:
        return "our-own"
    said = comments.unclear(body)
    if said:
        return said
    if not ways.approved(login, full_name.split("/")[0]) and not ways.is_admin(login):
        return "refused"
    url = facts.project_url(full_name)
    return comments.on_a_change(url, full_name, body, number=number, login=login)


def issue_comment(payload: Payload) -> str:
    full_name, login = full_name_of(payload), payload["comment"]["user"]["login"]
    body = payload["comment"]["body"]
    if not body:
        return "no-body"
    if facts.is_private(full_name):
        return "private"
    said = comments.unclear(body)
    if said:
        return said
    if not ways.approved(login, full_name.split("/")[0]) and not ways.is_admin(login):
        return "refused"
    return comments.on_an_issue(full_name, body, login=login)


# --- installations --------------------------------------------------------------------------------------------------


def _installation(index: int, rng: random.Random) -> Payload:
    organization = draw.chance(0.5, "organization", index)
    login = f"team-{index}" if organization else f"solo-{index}"
    repositories = [f"{login}/{facts.project_name(index + n).split('/')[1]}" for n in range(rng.randint(1, 4))]
    return github.installation(
        login,
        kind="Organization" if organization else "User",
        sender=facts.person(rng.randrange(300)) if organization or rng.random() < 0.3 else login,
        action=rng.choice(["created", "created", "added"]),
        repositories=repositories,
    )


def installation(payload: Payload) -> str:
    login = payload["installation"]["account"]["login"]
    stored = "stored" if facts.installed_before(login) else "new"
    if facts.whitelisted(login):
        return f"{stored}-listed"
    sender = payload["sender"]["login"]
    if facts.accounts_fail(sender):
        return f"{stored}-directory-away"
    return f"{stored}-{'approved' if 'cla_fpca' in (facts.groups(sender) or []) else 'waiting'}"


# variants of the package config of which no build of a pull request comes
NOT_BUILT = (
    *("missing", "broken-yaml", "unknown-job", "commit-only", "commit-and-tests", "release-only", "koji", "koji-many"),
    *("old-name-on-commits", "releases", "commits", "defaults", "everything"),
)
BUILT = tuple(f"built-{name}" for name in facts_config.VARIANTS if name not in NOT_BUILT)


def kinds(*, compact: bool) -> tuple[Kind, ...]:
    return (
        Kind(
            "pull_request",
            _pull_request(compact),
            pull_request,
            (
                *("built-build-and-tests", "refused", "reader", "reader-koji", "srpm-failed", "submit-fails"),
                *("statuses-fail", "test-statuses-fail", "late-statuses-fail", "refused-twice", "skipped"),
                *("private", "missing", "nothing-configured", "srpm-raises", "broken-yaml", "unknown-job", "no-spec"),
                *("koji-built", "koji-srpm-failed", "koji-srpm-raises", "koji-kerberos", "koji-fails", "koji-odd"),
                *("koji-unsupported", "koji-statuses-fail", "built-for-admin", "built-for-admin-koji-built"),
                *("built-defaults", "built-everything-koji-built", *BUILT[1:]),
            ),
            late=lambda way: "-koji-" in way,
        ),
        Kind(
            "release",
            _release(compact),
            release,
            (
                *("proposed-built-koji-built", "private", "unknown-tag", "missing", "broken-yaml", "refused"),
                *("nothing-configured", "proposed", "propose-fails", "propose-half"),
                *("proposed-statuses-fail", "proposed-submit-fails-koji-built", "propose-fails-built-koji-built"),
                *("proposed-srpm-failed-koji-srpm-failed", "proposed-built-koji-kerberos", "proposed-built-koji-fails"),
                *("proposed-koji-statuses-fail", "for-tests-built"),
            ),
            late=lambda way: re.match(r"propose.*-(built|srpm-.*|submit-fails)-koji-", way) is not None,
        ),
        Kind(
            "push",
            _push(compact),
            push,
            (
                *("built-koji-built", "private", "deleted", "missing", "broken-yaml", "nothing-configured", "refused"),
                *("other-branch", "tag-built-koji-built", "statuses-fail", "submit-fails-koji-built"),
                *("srpm-failed-koji-srpm-failed", "built-koji-kerberos", "built-koji-fails", "built-koji-odd"),
                "koji-statuses-fail",
            ),
            late=lambda way: "-koji-" in way and not way.startswith("tag-koji-"),
        ),
        Kind(
            "pr_comment_build",
            _comment(compact, ("build", "copr-build", "copr_build"), pull_request=True),
            pr_comment,
            (
                *("built", "our-own", "empty", "not-ours", "no-command", "invalid", "refused", "private", "missing"),
                *("broken-yaml", "nothing-configured", "reader", "statuses-fail", "srpm-failed", "srpm-raises"),
                *("submit-fails", "built-for-admin"),
            ),
            late=lambda way: way.startswith(("built", "srpm", "submit", "reader", "statuses")),
        ),
        Kind(
            "pr_comment_test",
            _comment(compact, ("test",), pull_request=True),
            pr_comment,
            (
                *("tests-accepted", "tests-refused", "tests-silent", "tests-odd", "tests-broken", "no-build-target"),
                *("becomes-built", "becomes-reader", "nothing-configured", "reader", "test-statuses-fail"),
                "tests-accepted-for-admin",
            ),
            late=lambda way: way.startswith(("tests", "reader")),
        ),
        Kind(
            "issue_comment",
            _comment(compact, ("propose-update", "propose_update"), pull_request=False),
            issue_comment,
            (
                *("proposed", "propose-fails", "propose-half", "no-release", "reader", "refused", "private", "empty"),
                *("not-ours", "no-command", "invalid", "missing", "broken-yaml", "nothing-configured", "other-command"),
                *("build-asked", "build-reader", "proposed-for-admin"),
            ),
            late=lambda way: way.startswith(("propose", "no-release", "reader")),
        ),
        Kind(
            "installation",
            _installation,
            installation,
            (
                *("new-approved", "new-waiting", "new-listed", "new-directory-away", "stored-approved"),
                *("stored-waiting", "stored-listed"),
            ),
            late=lambda way: True,
        ),
    )
