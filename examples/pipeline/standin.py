"""What do mail, desk and index answer? One WSGI application, told apart by the Host header."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

StartResponse = Callable[[str, list[tuple[str, str]]], Any]

_ANSWERS: list[int] = []  # what the index will answer, one after the other; then it takes everything
_STATUS = {200: "OK", 201: "Created", 400: "Bad Request", 404: "Not Found", 503: "Service Unavailable"}


def reset(answers: Iterable[int] = ()) -> None:
    """Forget what was; the index will answer these states first."""
    _ANSWERS[:] = answers


def app(environ: dict[str, Any], start_response: StartResponse) -> list[bytes]:
    """Answer a request as the service would to which it goes."""
    host, path = environ["HTTP_HOST"], environ["PATH_INFO"]
    size = int(environ.get("CONTENT_LENGTH") or 0)
    body = json.loads(environ["wsgi.input"].read(size) or b"null")
    status, answer = _answer(environ["REQUEST_METHOD"], host, path, body)
    start_response(f"{status} {_STATUS[status]}", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


def _answer(method: str, host: str, path: str, body: Any) -> tuple[int, dict[str, Any]]:
    if host == "index.example" and method == "PUT" and path.startswith("/events/_doc/"):
        return _index(path.rpartition("/")[2])
    if host == "mail.example" and (method, path) == ("POST", "/messages"):
        return 201, {"accepted": body["to"]}
    if host == "desk.example" and (method, path) == ("POST", "/pages"):
        return 201, {"page": f"P-{body['event']}"}
    return 404, {"error": f"{method} {host}{path}"}


def _index(document: str) -> tuple[int, dict[str, Any]]:
    status = _ANSWERS.pop(0) if _ANSWERS else 201
    if status >= 400:
        return status, {"error": "mapper_parsing_exception" if status == 400 else "cluster_block_exception"}
    return status, {"_id": document, "result": "created"}
