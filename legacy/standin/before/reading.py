"""What does a payload say, if it says it in a way that a row can keep?"""

from __future__ import annotations

import re
from typing import Any

REF = re.compile(r"^refs/[^/]*/")


def nested(payload: Any, *path: str) -> Any:
    """What is below these keys; None where there is nothing."""
    for key in path:
        if not isinstance(payload, dict):
            return None
        payload = payload.get(key)
    return payload


def usable(value: Any) -> bool:
    """Text that every database takes."""
    return isinstance(value, str) and 0 < len(value) <= 100 and value.isprintable()


def text(payload: Any, *path: str) -> str | None:
    value = nested(payload, *path)
    return value if usable(value) else None


def number(payload: Any, *path: str) -> int | None:
    """A number that people or services give: positive, and no longer than what a column takes."""
    value = nested(payload, *path)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value < 2**31 else None


def full_name(payload: Any, *path: str) -> str | None:
    name = text(payload, *path)
    if name is None:
        return None
    namespace, _, repo = name.partition("/")
    return name if namespace and repo and "/" not in repo else None


def joined(payload: Any, namespace: str, repo: str) -> str | None:
    """A full name whose two parts are said one by one."""
    parts = (text(payload, namespace), text(payload, repo))
    return f"{parts[0]}/{parts[1]}" if all(parts) and not any("/" in str(part) for part in parts) else None


def branch(payload: Any) -> str | None:
    """The branch or the tag of a push."""
    ref = text(payload, "ref")
    return REF.sub("", ref) or None if ref else None
