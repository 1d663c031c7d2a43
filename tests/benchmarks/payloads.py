"""On what is measured? Webhook-like payloads of about 10 KB, and real ones where they are present."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import orjson

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
VOLATILE = ("delivered_at", "delivery", "trace", "worker", "finished_at", "run")
_LINKS = (
    *("keys", "collaborators", "teams", "hooks", "events", "branches"),
    *("tags", "blobs", "statuses", "languages", "stargazers", "commits"),
)


def webhook(seed: int, size: int = 10_000) -> dict[str, Any]:
    """Return a payload in the manner of a forge's webhook, of about ``size`` bytes of JSON."""
    chance = random.Random(seed)
    payload: dict[str, Any] = {
        "action": chance.choice(["opened", "synchronize", "closed"]),
        "repository": _repository(chance),
        "sender": _user(chance),
        "commits": [],
    }
    while len(orjson.dumps(payload)) < size:
        payload["commits"] += [_commit(chance) for _ in range(max(1, size // 20_000))]
    return payload


def real_ones() -> list[dict[str, Any]]:
    """Return the real payloads that are present, of 4 to 25 KB."""
    found = []
    for path in sorted(CORPUS.rglob("*.json")):
        if 4_000 < path.stat().st_size < 25_000:
            try:
                payload = orjson.loads(path.read_bytes())
            except ValueError:
                continue
            if isinstance(payload, dict):
                found.append(payload)
    return found


def observation(payload: dict[str, Any], noise: int = 0) -> dict[str, Any]:
    """Return what one side did with a payload; with ``noise``, six values that change from run to run."""
    volatile = dict.fromkeys(VOLATILE, f"2024-01-01T00:00:{noise:02}.{noise}")
    return {
        "inputs": {"event": payload, "delivered_at": volatile["delivered_at"], "delivery": volatile["delivery"]},
        "outcome": {"kind": "returned", "value": {"success": True, "finished_at": volatile["finished_at"]}},
        "effects": {"calls": [], "rows": {}, "started": [], "run": volatile["run"]},
        "meta": {"trace": volatile["trace"], "worker": volatile["worker"]},
    }


VOLATILE_PATHS = (
    "$.inputs.delivered_at",
    "$.inputs.delivery",
    "$.outcome.value.finished_at",
    "$.effects.run",
    "$.meta.trace",
    "$.meta.worker",
)


def _user(chance: random.Random) -> dict[str, Any]:
    login = f"user-{chance.randrange(10**6)}"
    base = f"https://api.forge.example/users/{login}"
    links = {f"{name}_url": f"{base}/{name}" for name in ("followers", "following", "gists", "repos", "events")}
    return {"login": login, "id": chance.randrange(10**8), "site_admin": False, "type": "User", "url": base, **links}


def _repository(chance: random.Random) -> dict[str, Any]:
    name = f"project-{chance.randrange(10**6)}"
    base = f"https://api.forge.example/repos/org/{name}"
    links = {f"{link}_url": f"{base}/{link}{{/sha}}" for link in _LINKS}
    counts = {count: chance.randrange(10**4) for count in ("size", "forks", "open_issues", "watchers", "score")}
    return {"id": chance.randrange(10**8), "full_name": f"org/{name}", "owner": _user(chance), **links, **counts}


def _commit(chance: random.Random) -> dict[str, Any]:
    return {
        "id": f"{chance.getrandbits(160):040x}",
        "message": f"Change {chance.randrange(10**6)} of the thing, with a line that says why",
        "distinct": chance.random() < 0.9,
        "added": [f"src/file_{chance.randrange(1000)}.py" for _ in range(3)],
        "author": {"name": f"Someone {chance.randrange(100)}", "email": "someone@example.org", "score": 0.5},
        "timestamp": "2024-01-01T00:00:00Z",
    }
