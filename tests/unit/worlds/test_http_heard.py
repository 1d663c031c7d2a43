"""Is the HTTP of a worker kept as a replay needs it, and does nobody who asks or answers notice?"""

from __future__ import annotations

import asyncio
import gzip
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from tasksplit.model.migration import Http
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds import guard
from tasksplit.worlds.answers import Answers, Exchange
from tasksplit.worlds.http import Services
from tasksplit.worlds.http_heard import LONGEST_BODY, Heard
from tasksplit.worlds.sink import ACTIVE
from tests.unit.worlds.sinks import Kept

HERE = "tests.unit.worlds.test_http_heard"
CLIENTS = ("client", "networked", "Awaited", "awaited")
DECLARED = [Http(f"{HERE}:{name}", reads=("POST http://forge.test/search",)) for name in CLIENTS]
answers: dict[str, Callable[[httpx.Request], httpx.Response]] = {}
reached: list[tuple[str, str, bytes]] = []  # method, path and body, of what came to a forge


def _answer(request: httpx.Request) -> httpx.Response:
    reached.append((request.method, request.url.path, request.read()))
    return answers.get(request.url.path, lambda _request: httpx.Response(200, json={"ok": True}))(request)


client = httpx.Client(
    base_url="http://forge.test", headers={"Authorization": "Bearer hidden"}, transport=httpx.MockTransport(_answer)
)
networked = httpx.Client()
awaited = httpx.AsyncClient(base_url="http://forge.test", transport=httpx.MockTransport(_answer))


class Awaited(httpx.AsyncClient):
    """A client of which each task makes its own."""


elsewhere = httpx.Client(base_url="http://elsewhere.test", transport=httpx.MockTransport(_answer))


class Worker(Kept):
    """The sink of a message that is recorded on a worker."""

    def __init__(self) -> None:
        super().__init__()
        self.exchanges: list[Exchange] | None = []

    @property
    def kept(self) -> list[Exchange]:
        assert self.exchanges is not None
        return self.exchanges


class _Forge(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        reached.append((self.command, self.path, self.rfile.read(int(self.headers.get("Content-Length", 0)))))
        packed = gzip.compress(b"packed " * 50)
        self.send_response(201, "Made here")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def do_GET(self) -> None:
        reached.append((self.command, self.path, b""))
        size = int(self.path.rpartition("/")[2])
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()
        self.wfile.write(b"x" * size)

    def log_message(self, *_arguments: Any) -> None:
        return


class _Server(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def forge() -> Iterator[str]:
    """Yield the address of a forge on a real socket."""
    with _Server(("127.0.0.1", 0), _Forge) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        networked.close()


@contextmanager
def hearing() -> Iterator[Worker]:
    heard, worker = Heard(DECLARED, Redactor(key=b"k")), Worker()
    answers.clear()
    reached.clear()
    heard.install()
    ACTIVE.sink = worker
    try:
        yield worker
    finally:
        ACTIVE.sink = None
        heard.uninstall()


@pytest.fixture
def worker() -> Iterator[Worker]:
    with hearing() as worker:
        yield worker


def kept(worker: Worker) -> list[tuple[str, bool, Any]]:
    return [(e.group, e.effect, e.answer[0]) for e in worker.kept]


def test_what_asks_is_kept_and_what_writes_is_an_effect_too(worker: Worker) -> None:
    assert client.get("/about").json() == client.post("/search", json={}).json() == {"ok": True}
    assert worker.calls == []
    client.delete("/builds/1")
    assert [(c["method"], c["url"]) for c in worker.calls] == [("DELETE", "http://forge.test/builds/1")]
    assert kept(worker) == [
        ("http GET forge.test/about", False, "returned"), ("http POST forge.test/search", False, "returned"),
        ("http DELETE forge.test/builds/1", True, "returned"),
    ]  # fmt: skip
    assert [one[:2] for one in reached] == [("GET", "/about"), ("POST", "/search"), ("DELETE", "/builds/1")]


def test_secrets_of_a_request_are_tokens(worker: Worker) -> None:
    client.post("/status?access_token=hidden", json={"api_key": "hidden"})
    assert "hidden" not in f"{worker.calls} {[e.asked for e in worker.kept]}"
    assert b"hidden" in reached[0][2]


def test_an_effect_is_noted_before_it_is_answered_and_an_error_is_its_answer(worker: Worker) -> None:
    error = httpx.ConnectError("no route")

    def fail(_request: httpx.Request) -> httpx.Response:
        assert len(worker.calls) == 1
        raise error

    answers["/status"] = fail
    with pytest.raises(httpx.ConnectError) as came:
        client.post("/status")
    assert came.value is error
    assert [e.answer for e in worker.kept] == [("raised", error)]


def test_a_client_that_is_not_declared_gets_its_answer_and_is_named(worker: Worker) -> None:
    assert elsewhere.post("/x?token=hidden").json() == {"ok": True}
    assert [(a.event, a.target) for a in worker.alarms] == [
        ("http", "POST http://elsewhere.test/x by a client that is not declared")
    ]
    assert worker.kept == []


def test_an_async_client_gets_its_answer_and_is_named(worker: Worker) -> None:
    async def ask() -> Any:
        async with httpx.AsyncClient(transport=httpx.MockTransport(_answer)) as asynchronous:
            return (await asynchronous.get("http://forge.test/x?token=hidden")).json()

    assert asyncio.run(ask()) == {"ok": True}
    assert [a.target for a in worker.alarms] == ["GET http://forge.test/x by a client that is not declared"]


def test_outside_a_message_nobody_listens(worker: Worker) -> None:
    worker.number = -1
    client.post("/a")
    elsewhere.post("/b")
    ACTIVE.sink = None
    client.post("/c")
    assert (worker.calls, worker.kept, worker.alarms) == ([], [], [])
    assert [path for _method, path, _body in reached] == ["/a", "/b", "/c"]


def test_where_a_message_is_not_recorded_its_effects_are_noted_and_no_answer_kept(worker: Worker) -> None:
    worker.exchanges = None
    assert client.post("/a").json() == {"ok": True}
    assert (len(worker.calls), worker.exchanges) == (1, None)


def test_what_does_not_fit_the_adapter_is_ours_and_the_request_is_sent(worker: Worker) -> None:
    def parts() -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    assert client.post("/a", content=parts()).status_code == 200
    assert reached == [("POST", "/a", b"one two")]
    assert [step for step, _error in worker.failures] == ["hearing an HTTP request"]
    assert worker.kept == []


def test_uninstalled_nothing_is_left() -> None:
    choose = httpx.Client._transport_for_url
    with hearing() as worker:
        pass
    ACTIVE.sink = worker
    client.get("/a")
    ACTIVE.sink = None
    assert worker.kept == []
    assert httpx.Client._transport_for_url is choose


# --- over a socket ----------------------------------------------------------------------------------------------------


def test_an_answer_is_handed_on_as_it_comes_and_kept_once_it_is_read(worker: Worker, forge: str) -> None:
    with networked.stream("GET", f"{forge}/1000000") as response:
        pieces = response.iter_raw()
        first = next(pieces)
        assert worker.kept == []
        assert len(first) < 1_000_000
        assert len(first) + sum(len(piece) for piece in pieces) == 1_000_000
    assert [len(e.answer[3]) for e in worker.kept] == [1_000_000]


def test_an_answer_that_nobody_reads_is_not_kept(worker: Worker, forge: str) -> None:
    with networked.stream("GET", f"{forge}/1000000") as response:
        assert response.status_code == 200
    with networked.stream("GET", f"{forge}/1000000") as response:
        next(response.iter_raw())
    assert (worker.kept, worker.failures) == ([], [])


def test_an_answer_that_is_too_long_arrives_and_is_ours_to_say(worker: Worker, forge: str) -> None:
    assert len(networked.get(f"{forge}/{LONGEST_BODY}").content) == LONGEST_BODY
    assert len(worker.kept) == 1
    assert len(networked.get(f"{forge}/{LONGEST_BODY + 1}").content) == LONGEST_BODY + 1
    assert len(worker.kept) == 1
    assert [step for step, _error in worker.failures] == ["keeping an answer"]


def _packed(_request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=gzip.compress(b"packed"), headers={"Content-Encoding": "gzip"})


class _Pieces(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        yield gzip.compress(b"packed")


def _read_before(_request: httpx.Request) -> httpx.Response:
    """Answer as a transport does that keeps copies of answers: it has read it."""
    response = httpx.Response(200, stream=_Pieces(), headers={"Content-Encoding": "gzip"})
    response.read()
    return response


@pytest.mark.parametrize("way", ["socket", "plain", "packed", "read before"])
def test_a_replay_answers_with_what_was_answered(worker: Worker, forge: str, way: str) -> None:
    asking = networked if way == "socket" else client
    url = f"{forge}/status" if way == "socket" else "/status"
    answers.update({"packed": {"/status": _packed}, "read before": {"/status": _read_before}}.get(way, {}))
    there = asking.post(url, json={"a": 1})
    again = replayed(worker.kept, lambda: asking.post(url, json={"a": 1}))
    assert (again.status_code, again.reason_phrase, again.content) == (
        there.status_code, there.reason_phrase, there.content,
    )  # fmt: skip
    lost = {"content-encoding"} if way == "read before" else set()
    assert again.headers == {name: value for name, value in there.headers.items() if name not in lost}


@pytest.mark.parametrize("way", ["socket", "an object", "raises"])
def test_what_is_awaited_is_kept_and_answered_in_a_replay_alike(worker: Worker, forge: str, way: str) -> None:
    url = f"{forge}/status" if way == "socket" else "http://forge.test/status"
    answers.update({"/status": _refuse} if way == "raises" else {})

    async def ask() -> httpx.Response:
        if way == "an object":
            return await awaited.post("/status", json={"a": 1})
        transport = None if way == "socket" else httpx.MockTransport(_answer)
        async with Awaited(transport=transport, trust_env=False) as client:
            return await client.post(url, json={"a": 1})

    def said() -> tuple[int, bytes] | str:
        try:
            response = asyncio.run(ask())
        except httpx.ConnectError as error:
            return str(error)
        return response.status_code, response.content

    there = said()
    assert [e.effect for e in worker.kept] == [True]
    assert [c["body"] for c in worker.calls] == [{"a": 1}]
    assert worker.alarms == []
    before = len(reached)
    assert replayed(worker.kept, said) == there
    assert len(reached) == before


def _refuse(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no route")


def replayed(exchanges: list[Exchange], ask: Callable[[], Any]) -> Any:
    """Return what is answered in a replay of what was heard."""
    before, ACTIVE.sink = ACTIVE.sink, Kept()
    services = Services(DECLARED, redactor=Redactor(key=b"k"))
    services.answers = Answers(exchanges)
    services.install()
    try:
        return ask()
    finally:
        services.uninstall()
        ACTIVE.sink = before
        guard.ALARMS.clear()
