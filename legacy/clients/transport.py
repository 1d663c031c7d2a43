"""By which one client do all requests leave?"""

from __future__ import annotations

import os
from typing import Any

import httpx

TOKEN = "dummy-token"


class Rerouted(httpx.BaseTransport):
    """Every service at one address; the Host header still says which is meant."""

    def __init__(self, address: str) -> None:
        self._address = httpx.URL(address)
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        to = self._address
        elsewhere = httpx.Request(
            request.method,
            request.url.copy_with(scheme=to.scheme, host=to.host, port=to.port),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return self._inner.handle_request(elsewhere)

    def close(self) -> None:
        self._inner.close()


def _transport() -> httpx.BaseTransport:
    address = os.environ.get("SERVICES_URL")
    if address:
        return Rerouted(address)
    from legacy.standin.transport import InProcess

    return InProcess()


session = httpx.Client(transport=_transport(), timeout=30.0, trust_env=False)


def get(url: str, **params: Any) -> Any:
    """What the service answers to a question; a refusal raises."""
    response = session.get(url, params=params or None)
    response.raise_for_status()
    return response.json()


def post(url: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    """What the service answers to a change; a refusal raises."""
    sent = {"Authorization": f"token {TOKEN}", **(headers or {})}
    response = session.post(url, json=body, headers=sent)
    response.raise_for_status()
    return response.json()


def get_or_none(url: str, **params: Any) -> Any:
    """As `get`, and None where there is no such thing (404)."""
    try:
        return get(url, **params)
    except httpx.HTTPStatusError as error:
        if error.response.status_code == 404:
            return None
        raise
