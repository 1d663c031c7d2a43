"""Clients as users have them, a stand-in that answers them, and calls that are declared by name."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import httpx

client = httpx.Client(base_url="http://forge.test", headers={"Authorization": "Bearer secret-1"})
other = httpx.Client(base_url="http://forge.test", headers={"Authorization": "Bearer secret-2"})
same = httpx.Client(base_url="http://forge.test", headers={"Authorization": "Bearer secret-1"})
bare = httpx.Client(base_url="http://forge.test")
awaited = httpx.AsyncClient(base_url="http://forge.test")


class Own(httpx.AsyncClient):
    """A client of which each call makes its own."""

    def __init__(self) -> None:
        super().__init__(base_url="http://forge.test")


class OwnPlain(httpx.Client):
    """The same, not awaited."""


undeclared = httpx.Client(base_url="http://elsewhere.test")
not_a_client = object()

seen: list[tuple[str, str]] = []


def standin(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    seen.append((environ["REQUEST_METHOD"], path))
    if path == "/boom":
        raise httpx.ConnectError("no route")
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Count", str(len(seen)))])
    return [f"{environ['REQUEST_METHOD']} {path} {len(seen)}".encode()]


def send(to: str, *, body: str = "", retries: int = 0) -> str:
    return f"sent {body} to {to}"


def ask(what: str) -> Decimal:
    if what == "never":
        raise LookupError("no such thing")
    return Decimal("1.50")


def send_standin(to: str, *, body: str = "", retries: int = 0) -> str:
    return f"stand-in for {to}"


def listing() -> list[str]:
    return ["a"]


class Service:
    def __init__(self, name: str = "x") -> None:
        self.name = name

    def push(self, ref: str, force: bool = False) -> str:
        return f"{self.name}:{ref}:{force}"

    @classmethod
    def of(cls, name: str) -> str:
        return f"{cls.__name__}:{name}"

    @staticmethod
    def ping(n: int = 1) -> int:
        return n


class Special(Service):
    pass
