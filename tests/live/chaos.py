"""Which messages show that a shadow does no harm? All ways in which legacy ends, and what the split does to itself."""

from __future__ import annotations

from typing import Any

Step = dict[str, Any]


def _one(handler: str, *acts: list[Any], job: str = "", **more: Any) -> dict[str, Any]:
    return {"key": "k1", "steps": [{"handler": handler, "job": job, "acts": list(acts)}], **more}


WAYS: dict[str, dict[str, Any]] = {
    "dies-once": _one("pack", ["letter", "each time"], ["die_once"], ["row", "lived"]),  # first: nothing waits then
    "returns": _one("pack", ["row", "packed"], ["letter", "hello"], after=[["value", {"done": [1, 2.5, None]}]]),
    "raises": _one("pack", ["letter", "before"], ["fail", "no"]),
    "retries": _one("pack", ["letter", "each time"], ["retry", 2, 3], ["row", "retried"]),
    "gives-up": _one("pack", ["letter", "each time"], ["retry", 9, 1]),
    "ignored": _one("pack", ["ignore"]),
    "rejected": _one("pack", ["letter", "before"], ["reject"]),
    "comes-again": _one("pack", ["letter", "each time"], ["requeue"], ["row", "again"]),
    "sends": _one("pack", ["child", "toy.child"], ["letter", "sent"]),
    "two-steps": {
        "key": "k1",
        "steps": [{"handler": "pack", "acts": [["row", "a"]]}, {"handler": "pack", "acts": [["row", "b"]]}],
        "before": [["row", "new"]],
        "after": [["letter", "end"]],
    },
    "no-key": {"steps": [{"handler": "pack", "acts": [["letter", "to nobody"]]}]},
    "no-step": {"key": "k1", "after": [["value", "nothing to do"]]},
    "no-json": _one("pack", ["object"], ["letter", "after an object"]),
    "typed": {"key": "k1", "steps": [], "odd": {"__type__": "datetime", "__value__": "2026-01-01T00:00:00"}},
}
"""What legacy does, by itself: in these the split does the same."""

RETRIES = {"way-retries": 2, "way-gives-up": 1}  #: of messages that end after some

VIEWS = {
    name: _one("pack", ["letter", "seen or not"], ["row", "seen"], job=f"view {name}")
    for name in ("raises", "unwritable", "calls", "queries")
}
"""What is declared for legacy fails while legacy runs."""

HARM: dict[str, dict[str, Any]] = {
    name: _one("mail", ["letter", "hello"], job=name)
    for name in (
        "fail_here", "hang", "hang_for_good", "eat", "leave", "kill", "segfault", "system_exit", "fork", "run",
        "connect", "write", "close_all", "recurse", "threads",
    )
}  # fmt: skip
"""What the split does to the process that it is replayed in."""

RULES = {
    name: _one("bill", ["letter", "hello"], ["value", f"rule {name}"])
    for name in ("raises", "exits", "recurses", "agrees")
}
"""What the comparator does."""


def messages() -> list[dict[str, Any]]:
    """Return them all, and at the end one that shows that the shadow still lives."""
    named = {"way": WAYS, "view": VIEWS, "harm": HARM, "rule": RULES}
    found = [{"ref": f"{kind}-{name}", **event} for kind, each in named.items() for name, event in each.items()]
    return [*found, {"ref": "last", **_one("pack", ["row", "packed"], ["letter", "the end"])}]
