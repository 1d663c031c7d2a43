"""By which clients do requests leave, and what do the services say?

The services are at `SERVICES_URL`; without it the stand-in answers in the process.
"""

from __future__ import annotations

import os
from typing import Any

import httpx

MAIL, DESK, INDEX = "https://mail.example", "https://desk.example", "https://index.example"


class IndexUnavailableError(Exception):
    """The index cannot take a document now; it may in a while."""


class IndexRefusedError(Exception):
    """The index will never take this document."""


class Elsewhere(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Every service at one address, or in this process; the Host header says which is meant."""

    def __init__(self, address: str) -> None:
        from examples.pipeline.standin import app  # imports nothing of ours

        self._address = httpx.URL(address) if address else None
        self._inside = httpx.WSGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._address is None:
            return self._inside.handle_request(request)
        with httpx.HTTPTransport() as transport:
            response = transport.handle_request(self._moved(request))
            return _whole(response, response.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._address is None:
            await request.aread()
            response = self._inside.handle_request(request)
            return _whole(response, response.read())
        async with httpx.AsyncHTTPTransport() as transport:
            response = await transport.handle_async_request(self._moved(request))
            return _whole(response, await response.aread())

    def _moved(self, request: httpx.Request) -> httpx.Request:
        assert self._address is not None
        to = self._address
        url = request.url.copy_with(scheme=to.scheme, host=to.host, port=to.port)
        return httpx.Request(request.method, url, headers=request.headers, stream=request.stream)


def _whole(response: httpx.Response, body: bytes) -> httpx.Response:
    return httpx.Response(response.status_code, headers=response.headers, content=body)


def _transport() -> Elsewhere:
    return Elsewhere(os.environ.get("SERVICES_URL", ""))


services = httpx.Client(transport=_transport(), timeout=10.0, trust_env=False)


class IndexClient(httpx.AsyncClient):
    """The index, for tasks in an async style: each opens one of its own, since connections belong to an event loop."""

    def __init__(self) -> None:
        super().__init__(transport=_transport(), timeout=10.0, trust_env=False)


def post(url: str, body: dict[str, Any]) -> Any:
    """What a service answers to a change; a refusal raises."""
    response = services.post(url, json=body)
    response.raise_for_status()
    return response.json()


def document_url(event_id: int) -> str:
    """Where the document of an event lies in the index."""
    return f"{INDEX}/events/_doc/{event_id}"


def indexed(response: httpx.Response) -> dict[str, Any]:
    """What the index did with a document; raise where it did not take it."""
    if response.status_code in (429, 503):
        raise IndexUnavailableError(f"the index answered {response.status_code}")
    if response.status_code >= 400:
        raise IndexRefusedError(f"the index answered {response.status_code}: {response.json()['error']}")
    answer = response.json()
    return {"id": answer["_id"], "result": answer["result"]}
