"""Which messages come that the service does not know, or not yet?"""

from __future__ import annotations

import random
from collections.abc import Iterator

from legacy.payloads import Payload
from legacy.payloads.github import pull_request, repository, user
from legacy.standin import draw, facts


def junk(rng: random.Random) -> Iterator[tuple[str, Payload]]:
    """Named messages without any effect."""
    full_name = facts.project_name(rng.randrange(1000))
    repo, sender = repository(full_name, links=4), user(facts.person(rng.randrange(300)), links=2)
    common: Payload = {"repository": repo, "sender": sender}
    yield "empty", {}
    yield "ping", {"zen": "Keep it simple.", "hook_id": rng.randrange(10**6), "hook": {"type": "App"}}
    yield "star", {"action": "created", "starred_at": "2020-06-01T10:00:00Z", **common}
    yield "check-run", {"action": "completed", "check_run": {"id": 7, "conclusion": "success"}, **common}
    yield "push-of-nobody", {"ref": "refs/heads/master", "before": "0" * 40, "after": draw.sha(full_name), **common}
    yield "issue", {"action": "opened", "issue": {"number": 4, "title": "Broken"}, **common}
    closed = pull_request(full_name, number=9, action="closed", login="ada-1", links=3, body="")
    yield "pull-request-closed", closed
    labeled = pull_request(full_name, number=9, action="labeled", login="ada-1", links=3, body="")
    yield "pull-request-labeled", labeled
    ghost = pull_request(full_name, number=10, action="opened", login="ada-1", links=3, body="")
    ghost["pull_request"]["head"]["repo"] = None
    yield "pull-request-of-a-deleted-fork", ghost
    removed = {"action": "deleted", "installation": {"id": 3, "account": user("team-0", links=2)}}
    yield "installation-deleted", {**removed, "sender": sender}
    yield "copr-chroot", {"topic": "org.fedoraproject.prod.copr.chroot.start", "build": 1_000_001, "chroot": "x"}
    yield "anitya", {"topic": "org.release-monitoring.prod.anitya.project.version.update", "project": {"id": 1}}
