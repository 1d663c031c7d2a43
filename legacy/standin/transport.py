"""How does a request reach the stand-in without a network?"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import httpx

from legacy.standin.app import NoAnswerError, app


class InProcess(httpx.BaseTransport):
    """Call the WSGI application where the request is made."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url, body = request.url, request.read()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query.decode("ascii"),
            "HTTP_HOST": request.headers.get("host", url.host),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        if "authorization" in request.headers:
            environ["HTTP_AUTHORIZATION"] = request.headers["authorization"]
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> Callable[[bytes], object]:
            answer.update(status=int(status.split(" ", 1)[0]), headers=headers)
            return lambda data: None

        try:
            content = b"".join(app(environ, start_response))
        except NoAnswerError as error:
            raise httpx.ReadTimeout(str(error), request=request) from None
        return httpx.Response(answer["status"], headers=answer["headers"], content=content)
