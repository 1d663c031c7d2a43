"""The toy service, and messages full of secrets on which its sides differ in them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.hostile import SECRETS, TELLTALE
from tests.unit.replay.replayed import step
from tests.unit.replay.toy.migration import migration as toy
from tests.unit.replay.toy.migration import view

HERE = "tests.integration.secret_toy"
OTHER = "ghp" + "_" + "Zz9" * 12  #: what legacy is said to receive where the split receives another


def _other(value: Any) -> Any:
    """Put another secret in place of one."""
    return json.loads(json.dumps(value).replace(TELLTALE["github-personal"], OTHER))


def differing_view(handler: Any) -> dict[str, Any]:
    """What the split must receive, with other secrets than it will."""
    seen = view(handler)
    return {**seen, "acts": _other(seen["acts"]), "db_password": "only legacy's, 0815"}


migration = replace(toy, handlers=[replace(toy.handlers[0], view=differing_view), *toy.handlers[1:]])


def acts(name: str, secret: str) -> Iterator[list[Any]]:
    """Everything that can be done with a secret."""
    yield ["http", f"/status?{name}={quote(secret, safe='')}", {name: secret, "note": f"with {secret} in it"}]
    yield ["http", "/env", [{"name": name, "value": secret}, [name, secret], json.dumps({name: secret})]]
    yield ["call", {name: secret, "in": [f"a text with {secret}"]}]
    yield ["row", f"state {secret}"]
    yield ["send", "toy.plain", {"kwargs": {name: secret, "text": secret}}]


def payload(secrets: Sequence[tuple[str, str]], number: int, last: list[Any]) -> dict[str, Any]:
    """A message that does it with all of these."""
    done = [act for name, secret in secrets for act in acts(name, secret)]
    job = f"job of {secrets[0][1]}"
    return {
        "ref": f"r{number}", "key": f"k{number}", "config": {"env": dict(secrets)},
        "steps": [step("build", *done, last, job=job)],
    }  # fmt: skip


def messages(secrets: Mapping[str, str] = SECRETS) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and payload of each message; some end with an exception that quotes, some return what they know."""
    for number, some in enumerate(batched_of(secrets)):
        said = "; ".join(f"{name} was {secret}" for name, secret in some)
        last = ["fail", "ValueError", said] if number % 2 else ["value", {"all": dict(some), "said": said}]
        yield f"m{number}-{TELLTALE['gitlab-personal']}", payload(some, number, last)


def batched_of(secrets: Mapping[str, str]) -> Iterator[list[tuple[str, str]]]:
    """So many at a time that all messages run in a moment."""
    given = list(secrets.items())
    for begin in range(0, len(given), 8):
        yield given[begin : begin + 8]


def written(folder: Path) -> Path:
    """Write the messages; return their folder."""
    folder.mkdir()
    for name, content in messages():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder
