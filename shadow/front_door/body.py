"""What did the sender say? The body within its limit, then as JSON that every part of the service can keep."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from fastapi import Request

from shadow.front_door.problems import ProblemError

MAX_DEPTH = 100
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOO_DEEP = f"The body is nested too deeply; {MAX_DEPTH} levels are read."


async def read(request: Request, limit: int) -> bytes:
    """Return the body of a request. It is refused as soon as it is seen to be too long, whatever it says of itself."""
    _check_type(request)
    too_long = ProblemError(413, f"The body is longer than {limit} bytes; send less.", {"Connection": "close"})
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise too_long
    chunks, length = [], 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > limit:
            raise too_long
        chunks.append(chunk)
    return b"".join(chunks)


def _check_type(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = re.sub(r"[\s\"]", "", parameters).lower()
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        found = request.headers.get("content-type") or "nothing"
        raise ProblemError(415, f"Content-Type says {found!r}; send application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(415, "The body is encoded; send it as it is, without Content-Encoding.")


def parse(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body. What one part of the service would read and another refuse is refused here."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise ProblemError(400, f"The body is not UTF-8: byte {error.start} cannot be read.") from None
    except RecursionError:
        raise ProblemError(400, _TOO_DEEP) from None
    except ValueError as error:
        raise ProblemError(400, f"The body is not JSON: {error}.") from None
    if b"\\u" in body or body.count(b"[") + body.count(b"{") > MAX_DEPTH:
        _check(value)
    if not isinstance(value, dict):
        raise ProblemError(422, f"The body is a JSON {type(value).__name__}; an object was expected.")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is there twice in one object")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _check(value: Any) -> None:
    """Go through a value level by level; only escapes can write what databases refuse."""
    level, depth = [value], 0
    while level:
        nested = [item for item in level if isinstance(item, dict | list)]
        depth += bool(nested)
        if depth > MAX_DEPTH:
            raise ProblemError(400, _TOO_DEEP)
        for item in level:
            if isinstance(item, str):
                _check_text(item)
        level = [inner for item in nested for inner in ([*item, *item.values()] if isinstance(item, dict) else item)]


def _check_text(text: str) -> None:
    if "\0" in text:
        raise ProblemError(
            400, r"The body has the character \u0000 in it, which the database cannot keep; leave it out."
        )
    if _SURROGATE.search(text):
        raise ProblemError(
            400, r"The body has half of a surrogate pair (\ud800 to \udfff) in it, which is no character."
        )
