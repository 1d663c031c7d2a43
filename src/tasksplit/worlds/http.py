"""How is an HTTP request recorded, and answered in a replay? By httpx, at its transport."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson

from tasksplit.model.migration import Http
from tasksplit.wire.canonical import canonical
from tasksplit.wire.redaction import Redactor
from tasksplit.wire.redaction_names import ALL
from tasksplit.worlds.answers import Answers, Exchange
from tasksplit.worlds.asked import ASKED
from tasksplit.worlds.guard import refuse
from tasksplit.worlds.http_clients import Clients
from tasksplit.worlds.references import hook, resolve
from tasksplit.worlds.sink import ACTIVE, Undo
from tasksplit.worlds.steps import AnswerLostError, SeveredError, step

_ASKS = frozenset({"GET", "HEAD", "OPTIONS"})
_TRANSPORT_HEADERS = frozenset(
    {
        "host", "user-agent", "accept", "accept-encoding", "accept-language", "connection", "content-length",
        "transfer-encoding", "date", "traceparent", "tracestate", "baggage", "x-request-id",
    }
)  # fmt: skip


Client = httpx.Client | httpx.AsyncClient


class Services:
    """How are the declared HTTP clients answered? Every other client of the process is refused."""

    def __init__(
        self, declared: Sequence[Http], harmless: Sequence[str] = (), redactor: Redactor | None = None
    ) -> None:
        """``redactor``: that of the recordings which answer here."""
        self._redactor = redactor or Redactor()
        self._harmless = tuple(tuple(h.split(" ", 1)) for h in harmless)
        self._clients = Clients(declared)
        self._standins = {s.client: httpx.WSGITransport(resolve(s.standin).value) for s in declared if s.standin}
        self._undo: list[Undo] = []
        self.fixture_answers = True
        """Whether a harmless read that is not in the recording may be answered by the stand-in of a fixture."""
        self.answers: Answers | None = None
        self.exchanges: list[Exchange] | None = None
        self.seen: dict[str, int] = {s.client: 0 for s in declared}

    def install(self) -> None:
        """Stand before every transport, also of clients that exist already."""
        self._undo = [
            hook("httpx:Client._transport_for_url", self._choose),
            hook("httpx:AsyncClient._transport_for_url", self._choose_async),
        ]

    def uninstall(self) -> None:
        """Let the requests through again."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def _choose(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> httpx.BaseTransport:
        if ACTIVE.sink is None:
            transport: httpx.BaseTransport = self._standin(args[0]) or original(*args, **kwargs)
            return transport
        return _Transport(self, args[0])

    def _choose_async(
        self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> httpx.AsyncBaseTransport:
        if ACTIVE.sink is None and self._standin(args[0]) is None:
            transport: httpx.AsyncBaseTransport = original(*args, **kwargs)
            return transport
        return _AsyncTransport(self, args[0])

    def _standin(self, client: Client) -> httpx.BaseTransport | None:
        service = self._clients.of(client)
        return None if service is None else self._standins.get(service.client)

    def answer(self, client: Client, request: httpx.Request) -> httpx.Response:
        """Note the request, whose body was read, if it is an effect, and answer it."""
        sink = ACTIVE.sink
        service = self._clients.of(client)
        standin = self._standin(client)
        if sink is None and standin is not None:  # outside a message
            return standin.handle_request(request)
        if service is None or sink is None:
            raise refuse("http", f"{shown(request)} by a client that is not declared")
        self.seen[service.client] += 1
        effect = not asks(request, service)
        if ASKED.listener is not None:
            ASKED.listener.called()
            if not effect:
                ASKED.listener.read(str(request.url), frozenset())
        entry = entry_of(request, service)
        if sink.viewing:
            raise refuse("view", f"a view may only look, and it sent {shown(request)}")
        if not effect:
            return self._answered(entry, False, service, standin, request)

        def run() -> httpx.Response:
            sink.call(entry)
            return self._answered(entry, True, service, standin, request)

        try:
            return step(shown(request), run)
        except SeveredError as error:
            kind = httpx.ReadError if isinstance(error, AnswerLostError) else httpx.ConnectError
            raise kind(str(error), request=request) from error

    def _answered(
        self,
        entry: dict[str, Any],
        effect: bool,
        service: Http,
        standin: httpx.BaseTransport | None,
        request: httpx.Request,
    ) -> httpx.Response:
        group = group_of(request)
        if self.answers is not None:
            return self._recorded(entry, group, effect, standin, request)
        if standin is None:
            raise refuse("http", f"{shown(request)}: {service.client} has no stand-in")
        return self._live(entry, group, effect, standin.handle_request, request)

    def _recorded(
        self,
        entry: dict[str, Any],
        group: str,
        effect: bool,
        standin: httpx.BaseTransport | None,
        request: httpx.Request,
    ) -> httpx.Response:
        assert self.answers is not None
        assert ACTIVE.sink is not None
        found = self.answers.to(group, self._asked(entry), effect=effect)
        standin = standin if self.fixture_answers else None
        if found is None and not effect and standin is not None and self._is_harmless(request):
            return standin.handle_request(request)
        if found is None:
            ACTIVE.sink.miss(f"http {shown(request)}")
        if found.answer[0] == "raised":
            raise found.answer[1]
        status, headers, body, line = found.answer[1:]
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body), extensions=dict(line))

    def _live(
        self,
        entry: dict[str, Any],
        group: str,
        effect: bool,
        send: Callable[[httpx.Request], httpx.Response],
        request: httpx.Request,
    ) -> httpx.Response:
        if self.exchanges is None:
            return send(request)
        asked = self._asked(entry)
        try:
            response = send(request)
        except Exception as error:  # whatever the transport raises is what the world answered
            answer: tuple[Any, ...] = ("raised", error)
            self.exchanges.append(Exchange(group=group, asked=asked, effect=effect, answer=answer))
            raise
        assert isinstance(response.stream, httpx.SyncByteStream)
        body = b"".join(response.stream)
        answer = (*head_of(response), body, status_line(response))
        self.exchanges.append(Exchange(group=group, asked=asked, effect=effect, answer=answer))
        return httpx.Response(
            response.status_code,
            headers=response.headers.raw,
            stream=httpx.ByteStream(body),
            extensions=status_line(response),
        )

    def _asked(self, entry: dict[str, Any]) -> bytes:
        return canonical(sealed(entry, self._redactor))

    def _is_harmless(self, request: httpx.Request) -> bool:
        return any(request.method == m and str(request.url).startswith(p) for m, p in self._harmless)


class _Transport(httpx.BaseTransport):
    """Which services and which client does a request go through?"""

    def __init__(self, services: Services, client: Client) -> None:
        self._services = services
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._services.answer(self._client, request)


class _AsyncTransport(httpx.AsyncBaseTransport):
    """The same for who awaits the answer, which is there at once: no event loop goes on meanwhile."""

    def __init__(self, services: Services, client: Client) -> None:
        self._services = services
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        response = self._services.answer(self._client, request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        body = b"".join(response.stream)  # one that is awaited, too
        return httpx.Response(
            response.status_code, headers=response.headers.raw, stream=httpx.ByteStream(body),
            extensions=status_line(response),
        )  # fmt: skip


def asks(request: httpx.Request, service: Http) -> bool:
    """Return whether a request only asks; else it is an effect."""
    if request.method in _ASKS:
        return True
    return any(f"{request.method} {request.url}".startswith(prefix) for prefix in service.reads)


def entry_of(request: httpx.Request, service: Http) -> dict[str, Any]:
    """Return a request as it is compared: without what each transport adds."""
    ignored = _TRANSPORT_HEADERS.union(h.lower() for h in service.ignore_headers)
    headers = {k: v for k, v in request.headers.items() if k not in ignored}
    url = str(request.url.copy_with(userinfo=b"") if request.url.userinfo else request.url)
    body = _body(request.content, headers.get("content-type", ""))
    return {"call": "http", "method": request.method, "url": url, "headers": headers, "body": body}


def sealed(entry: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Return a request as it is written down and looked up in a recording: with tokens for its credentials.

    Whoever replays a recording shall not get hold of the service's own. What else is secret is hidden later, from all
    that was observed, in the same way.
    """
    return {
        **entry,
        "url": redactor.text(entry["url"]),
        "headers": _veiled(entry["headers"], redactor),
        "body": _veiled(entry["body"], redactor),
    }


def head_of(response: httpx.Response) -> tuple[str, int, list[tuple[bytes, bytes]]]:
    """Return what is kept of an answer before its body."""
    return ("returned", response.status_code, list(response.headers.raw))


def status_line(response: httpx.Response) -> dict[str, bytes]:
    """Return version and reason as they came: the texts of errors are made of them."""
    return {k: v for k, v in response.extensions.items() if k in ("http_version", "reason_phrase")}


def group_of(request: httpx.Request) -> str:
    """Return what answers a write with other arguments: method and place."""
    return f"http {request.method} {request.url.host}{request.url.path}"


def shown(request: httpx.Request) -> str:
    """Return what a request asked for in words, without its query: that may hold a secret."""
    return f"{request.method} {place_of(request.url)}"


def place_of(url: httpx.URL) -> str:
    """Return an address without its query."""
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"


def _veiled(value: Any, redactor: Redactor) -> Any:
    """Return a value of JSON, of headers or of a form in which a token stands for each text named like a secret."""
    if isinstance(value, dict):
        return {k: _under(k, v, redactor) for k, v in value.items()}
    if isinstance(value, list):
        return [_veiled(item, redactor) for item in value]
    if isinstance(value, tuple):  # a member of a form
        name, text = value
        return name, _under(name, text, redactor)
    return value


def _under(name: str, value: Any, redactor: Redactor) -> Any:
    if isinstance(value, str) and redactor.names.of(name) == ALL:
        return redactor.texts.token(value)
    return _veiled(value, redactor)


def _body(content: bytes, kind: str) -> Any:
    if not content:
        return None
    if "json" in kind:
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            return content
    if "x-www-form-urlencoded" in kind:
        return parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content
