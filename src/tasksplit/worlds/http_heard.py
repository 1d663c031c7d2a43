"""How is the HTTP of a worker heard, without changing what is sent, answered or waited for?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx

from tasksplit.model.migration import Http
from tasksplit.wire.canonical import canonical
from tasksplit.worlds.answers import Exchange
from tasksplit.worlds.http import asks, entry_of, group_of, head_of, place_of, status_line
from tasksplit.worlds.references import hook, resolve
from tasksplit.worlds.sink import ACTIVE, Alarm, Sink, Undo

LONGEST_BODY = 4 * 1024 * 1024  #: bytes of an answer that are kept; a longer one is not in the recording


class Heard:
    """What do the declared HTTP clients of this process ask, and what are they answered?"""

    def __init__(
        self, declared: Sequence[Http], token_key: bytes, *, write: Callable[[Any], bytes] = canonical
    ) -> None:
        """``write``: how what was asked becomes bytes."""
        self._key, self._write = token_key, write
        self._clients = {id(client): (client, s) for s in declared for client in (resolve(s.client).value,)}
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
        sink = ACTIVE.sink
        if sink is not None and sink.frame() >= 0:
            _undeclared(sink, f"httpx.AsyncClient {place_of(args[1])}")
        return original(*args, **kwargs)

    def asked(self, sink: Sink, client: Any, request: httpx.Request) -> Exchange | None:
        """Note a request, before it is sent; return the exchange without its answer, or None if it is not kept."""
        known = self._clients.get(id(client))
        if known is None:
            _undeclared(sink, f"{request.method} {place_of(request.url)} by a client that is not declared")
            return None
        try:
            if not isinstance(request.stream, httpx.SyncByteStream) or not hasattr(request, "_content"):
                raise TypeError("a request whose body is a stream")  # reading it would change what is sent
            entry = entry_of(request, known[1], self._key)
            effect = not asks(request, known[1])
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
        head, line = head_of(response), status_line(response)
        if hasattr(response, "_content"):  # a transport without a network: nobody will read its stream
            exchanges.append(_answered(asked, (*_read_already(response), line)))
        elif isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Heard(response.stream, self._sink, lambda body: _answered(asked, (*head, body, line)))
        return response


class _Heard(httpx.SyncByteStream):
    """What does the user read of an answer? Handed on piece by piece, as it comes."""

    def __init__(self, stream: httpx.SyncByteStream, sink: Sink, exchange: Callable[[bytes], Exchange]) -> None:
        self._stream, self._sink, self._exchange = stream, sink, exchange

    def __iter__(self) -> Iterator[bytes]:
        kept: list[bytes] = []
        size = 0
        for piece in self._stream:
            size += len(piece)
            if size <= LONGEST_BODY:
                kept.append(piece)
            yield piece
        if size > LONGEST_BODY:
            self._sink.failed("keeping an answer", ValueError(f"{size} bytes, {LONGEST_BODY} at most"))
        elif self._sink.exchanges is not None:
            self._sink.exchanges.append(self._exchange(b"".join(kept)))

    def close(self) -> None:
        self._stream.close()


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
