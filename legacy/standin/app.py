"""What do the services answer? One WSGI application, told apart by the Host header."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, unquote

from legacy.standin import bugzilla, copr, farm, forge, state
from legacy.standin.replies import NoAnswerError, Reply, Request, error

__all__ = ["NoAnswerError", "app", "reset"]

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Service = Callable[[Request], Reply]

# what belongs to the stand-in itself, on any host: POST /standin/reset, GET /standin/state
OWN = "standin"
SERVICES: dict[str, Service] = {
    **dict.fromkeys(forge.SITES, forge.answer),
    "copr.example": copr.answer,
    "testing-farm.example": farm.answer_testing_farm,
    "accounts.example": farm.answer_accounts,
    "bugzilla.example": bugzilla.answer,
}
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 500: "Server Error"}


def _request(environ: dict[str, Any]) -> Request:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    raw = environ["wsgi.input"].read(length) if length else b""
    return Request(
        host=environ.get("HTTP_HOST", "").split(":")[0],
        method=environ["REQUEST_METHOD"],
        parts=tuple(unquote(part) for part in environ["PATH_INFO"].strip("/").split("/")),
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        body=json.loads(raw) if raw else {},
        authorized="HTTP_AUTHORIZATION" in environ,
    )


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request of any of the services."""
    request = _request(environ)
    service = SERVICES.get(request.host)
    if request.parts[0] == OWN:
        reply = _own(request)
    elif service is None:
        reply = error(404, "No such service.")
    elif request.method != "GET" and not request.authorized:
        reply = error(401, "A write needs a token.")
    else:
        reply = service(request)
    content = json.dumps(reply.body).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    start_response(f"{reply.status} {REASONS.get(reply.status, 'Unknown')}", headers)
    return [content]


def _own(request: Request) -> Reply:
    match request.method, request.parts[1:]:
        case "POST", ("reset",):
            reset()
            return Reply({})
        case "GET", ("state",):
            return Reply(asdict(state.current))
    return error(404, "Not Found")


def reset(payload: object = None) -> None:
    """Begin a message: nothing was posted and nothing submitted yet."""
    state.reset()
