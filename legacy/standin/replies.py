"""What passes between the router and the services of the stand-in?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class NoAnswerError(Exception):
    """The service took the request and never answered."""


@dataclass(frozen=True, slots=True)
class Request:
    host: str
    method: str
    parts: tuple[str, ...]
    query: dict[str, str]
    body: dict[str, Any]
    authorized: bool


@dataclass(frozen=True, slots=True)
class Reply:
    body: Any
    status: int = 200


def error(status: int, message: str) -> Reply:
    return Reply({"message": message}, status)
