"""What is taken from a payload, and what counts as missing?

Each of these returns None for what is not there, which is also what is of another kind, and what stands behind
something that is no mapping.
"""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime
from typing import Any

logger = logging.getLogger(__name__)

Payload = dict[str, Any]

MAX_NAME = 255
MAX_NUMBER = 2**31 - 1  # what a column of numbers holds
MAX_SECONDS = 253_402_300_799  # the last second of the year 9999
REF = re.compile(r"refs/[^/]*/(.*)")


def at(payload: Any, *path: str) -> Any:
    """What stands at a path, whatever it is."""
    for key in path:
        if not isinstance(payload, dict):
            return None
        payload = payload.get(key)
    return payload


def name(payload: Any, *path: str) -> str | None:
    """A text of 1 to 255 characters that can be printed."""
    value = at(payload, *path)
    is_name = isinstance(value, str) and 1 <= len(value) <= MAX_NAME and value.isprintable()
    return value if is_name else None


def text(payload: Any, *path: str) -> str | None:
    value = at(payload, *path)
    return value if isinstance(value, str) else None


def whole(payload: Any, *path: str) -> int | None:
    value = at(payload, *path)
    return None if isinstance(value, bool) or not isinstance(value, int) else value


def number(payload: Any, *path: str) -> int | None:
    """A whole number that can be somebody's number: 1 or more, and not more than a column holds."""
    value = whole(payload, *path)
    return value if value is not None and 1 <= value <= MAX_NUMBER else None


def seconds(payload: Any, *path: str) -> float | None:
    """Seconds since 1970, up to the year 9999."""
    value = at(payload, *path)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value <= MAX_SECONDS else None


def moment(payload: Any, *path: str) -> datetime:
    """When it happened: by seconds or by ISO text; now, where neither is said."""
    since = seconds(payload, *path)
    if since is not None:
        return datetime.fromtimestamp(since, UTC)
    try:
        found = datetime.fromisoformat(text(payload, *path) or "")
    except ValueError:
        return datetime.now(UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def members(payload: Any, *path: str) -> list[Any]:
    """The members of a list; none, where there is no list."""
    value = at(payload, *path)
    return value if isinstance(value, list) else []


def full_name(payload: Any, *path: str) -> str | None:
    """The full name of a repository on GitHub: `namespace/name`."""
    value = name(payload, *path)
    if value is None:
        return None
    namespace, _, repo = value.partition("/")
    return value if namespace and repo and "/" not in repo else None


def ref(payload: Any, *path: str) -> str | None:
    """What a ref names: refs/heads/topic -> topic; what does not look like one names itself."""
    value = name(payload, *path)
    if value is None:
        return None
    found = REF.fullmatch(value)
    return (found.group(1) or None) if found else value


def incomplete(*needed: Any) -> bool:
    """Whether something is missing without which there is no event."""
    if None not in needed:
        return False
    logger.warning("Something looks like an event, and lacks what the event cannot do without.")
    return True
