"""How is the HTTP of a worker heard, without changing what is sent, answered or waited for?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import httpx

from tasksplit.model.migration import Http
from tasksplit.wire.canonical import canonical
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds.answers import Exchange
from tasksplit.worlds.http import asks, entry_of, group_of, head_of, place_of, sealed, status_line
from tasksplit.worlds.http_clients import Clients
from tasksplit.worlds.references import hook
from tasksplit.worlds.sink import ACTIVE, Alarm, Sink, Undo

LONGEST_BODY = 4 * 1024 * 1024  #: bytes of an answer that are kept; a longer one is not in the recording


class Heard:
    """What do the declared HTTP clients of this process ask, and what are they answered?"""

    def __init__(
        self, declared: Sequence[Http], redactor: Redactor, *, write: Callable[[Any], bytes] = canonical
    ) -> None:
        """``write``: how what was asked becomes bytes."""
        self._redactor, self._write = redactor, write
        self._clients = Clients(declared)
        self._undo: list[Undo] = []

    def install(self) -> None:
        """Listen at every transport of httpx."""
        self._undo = [
            hook("httpx:Client._transport_for_url", self._choose),
            hook("httpx:AsyncClient._transport_for_url", self._choose_async),
        ]

    def uninstall(self) -> None:
        """Listen no more."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def _choose(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        transport = original(*args, **kwargs)
        sink = ACTIVE.sink
        return transport if sink is None or sink.frame() < 0 else _Listener(self, sink, args[0], transport)

    def _choose_async(self, original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        transport = original(*args, **kwargs)
        sink = ACTIVE.sink
        return transport if sink is None or sink.frame() < 0 else _AsyncListener(self, sink, args[0], transport)

    def asked(self, sink: Sink, client: Any, request: httpx.Request) -> Exchange | None:
        """Note a request, before it is sent; return the exchange without its answer, or None if it is not kept."""
        service = self._clients.of(client)
        if service is None:
            _undeclared(sink, f"{request.method} {place_of(request.url)} by a client that is not declared")
            return None
        try:
            if not isinstance(request.stream, httpx.SyncByteStream) or not hasattr(request, "_content"):
                raise TypeError("a request whose body is a stream")  # reading it would change what is sent
            entry = sealed(entry_of(request, service), self._redactor)
            effect = not asks(request, service)
            if effect:
                sink.call(entry)
            return Exchange(group=group_of(request), asked=self._write(entry), effect=effect, answer=())
        except Exception as error:  # noqa: BLE001  # ours: never the message's
            sink.failed("hearing an HTTP request", error)
            return None


class _Listener(httpx.BaseTransport):
    """Which client and message does a request belong to?"""

    def __init__(self, heard: Heard, sink: Sink, client: Any, transport: httpx.BaseTransport) -> None:
        self._heard, self._sink, self._client, self._transport = heard, sink, client, transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = self._heard.asked(self._sink, self._client, request)
        exchanges = self._sink.exchanges
        if asked is None or exchanges is None:
            return self._transport.handle_request(request)
        try:
            response = self._transport.handle_request(request)
        except Exception as error:  # whatever the transport raises is what the world answered
            exchanges.append(_answered(asked, ("raised", error)))
            raise
        keep = _kept(self._sink, asked, response)
        if keep is not None and isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Heard(response.stream, keep)
        return response


class _AsyncListener(httpx.AsyncBaseTransport):
    """The same, of a client whose answers are awaited."""

    def __init__(self, heard: Heard, sink: Sink, client: Any, transport: httpx.AsyncBaseTransport) -> None:
        self._heard, self._sink, self._client, self._transport = heard, sink, client, transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        asked = self._heard.asked(self._sink, self._client, request)
        exchanges = self._sink.exchanges
        if asked is None or exchanges is None:
            return await self._transport.handle_async_request(request)
        try:
            response = await self._transport.handle_async_request(request)
        except Exception as error:  # whatever the transport raises is what the world answered
            exchanges.append(_answered(asked, ("raised", error)))
            raise
        keep = _kept(self._sink, asked, response)
        if keep is not None and isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _AsyncHeard(response.stream, keep)
        return response


class _Keep:
    """What was read of an answer so far? Kept once it was read to its end, unless it is too long."""

    def __init__(self, sink: Sink, exchange: Callable[[bytes], Exchange]) -> None:
        self._sink, self._exchange = sink, exchange
        self._kept: list[bytes] = []
        self._size = 0

    def piece(self, piece: bytes) -> None:
        """Take what came next."""
        self._size += len(piece)
        if self._size <= LONGEST_BODY:
            self._kept.append(piece)

    def end(self) -> None:
        """It was read to its end."""
        if self._size > LONGEST_BODY:
            self._sink.failed("keeping an answer", ValueError(f"{self._size} bytes, {LONGEST_BODY} at most"))
        elif self._sink.exchanges is not None:
            self._sink.exchanges.append(self._exchange(b"".join(self._kept)))


class _Heard(httpx.SyncByteStream):
    """What does the user read of an answer? Handed on piece by piece, as it comes."""

    def __init__(self, stream: httpx.SyncByteStream, keep: _Keep) -> None:
        self._stream, self._keep = stream, keep

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._keep.piece(piece)
            yield piece
        self._keep.end()

    def close(self) -> None:
        self._stream.close()


class _AsyncHeard(httpx.AsyncByteStream):
    """The same, of one that is awaited."""

    def __init__(self, stream: httpx.AsyncByteStream, keep: _Keep) -> None:
        self._stream, self._keep = stream, keep

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._keep.piece(piece)
            yield piece
        self._keep.end()

    async def aclose(self) -> None:
        await self._stream.aclose()


def _kept(sink: Sink, asked: Exchange, response: httpx.Response) -> _Keep | None:
    """Return what keeps the answer while it is read; None: it was read before, and is kept now."""
    head, line = head_of(response), status_line(response)
    if not hasattr(response, "_content"):
        return _Keep(sink, lambda body: _answered(asked, (*head, body, line)))
    if sink.exchanges is not None:  # a transport without a network: nobody will read its stream
        sink.exchanges.append(_answered(asked, (*_read_already(response), line)))
    return None


def _answered(asked: Exchange, answer: tuple[Any, ...]) -> Exchange:
    return Exchange(group=asked.group, asked=asked.asked, effect=asked.effect, answer=answer)


def _read_already(response: httpx.Response) -> tuple[Any, ...]:
    """Return head and body of an answer whose text is there: as it was sent, or else said to be sent as it reads."""
    kind, status, headers = head_of(response)
    if isinstance(response.stream, httpx.ByteStream):
        return kind, status, headers, b"".join(response.stream)
    return kind, status, [(n, v) for n, v in headers if n.lower() != b"content-encoding"], response.content


def _undeclared(sink: Sink, target: str) -> None:
    sink.alarm(Alarm(event="http", target=target, site=""))
