"""What counts as a name, a number, a text, a moment of a payload?"""

from __future__ import annotations

import logging
from typing import Any

from legacy.events.base import in_time

logger = logging.getLogger(__name__)

NAME_LIMIT = 255
LARGEST_NUMBER = 2**31 - 1


def nested(payload: Any, *path: str) -> Any:
    """The value at a path; None where the path ends early."""
    for key in path:
        if not isinstance(payload, dict):
            return None
        payload = payload.get(key)
    return payload


def name(payload: Any, *path: str) -> str | None:
    """The name at a path: a text of 1 to 255 printable characters."""
    found = nested(payload, *path)
    if isinstance(found, str) and 0 < len(found) <= NAME_LIMIT and found.isprintable():
        return found
    return None


def text(payload: Any, *path: str) -> str | None:
    """The text at a path; it may be empty."""
    found = nested(payload, *path)
    return found if isinstance(found, str) else None


def whole(payload: Any, *path: str) -> int | None:
    """The whole number at a path."""
    found = nested(payload, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def number(payload: Any, *path: str) -> int | None:
    """The number at a path by which something is known: from 1 to what a column holds."""
    found = whole(payload, *path)
    return found if found is not None and 0 < found <= LARGEST_NUMBER else None


def seconds(payload: Any, *path: str) -> int | float | None:
    """The seconds at a path: a number of them from 1970 to the year 9999."""
    found = nested(payload, *path)
    return found if in_time(found) else None


def members(payload: Any, *path: str) -> list[Any]:
    """The members of the list at a path; none where there is no list."""
    found = nested(payload, *path)
    return found if isinstance(found, list) else []


def full_name(payload: Any, *path: str) -> str | None:
    """The full name of a repository at a path: two parts that are not empty, with one slash between them."""
    found = name(payload, *path)
    return found if found is not None and found.count("/") == 1 and all(found.split("/")) else None


def ref_name(ref: str) -> str | None:
    """What a ref names: refs/heads/a/b -> a/b; a text that is no ref names itself."""
    parts = ref.split("/", 2)
    return (parts[2] or None) if parts[0] == "refs" and len(parts) == 3 else ref


def is_complete(what: str, read: dict[str, Any]) -> bool:
    """Is nothing missing that was read? A warning names what is."""
    missing = [key for key, value in read.items() if value is None]
    if missing:
        logger.warning("%s without %s.", what, ", ".join(missing))
    return not missing
