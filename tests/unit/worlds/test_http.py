"""Requests are answered at each client's transport; effects are noted, reads are not, the undeclared is refused."""

import asyncio
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from tasksplit.errors import DeclarationError
from tasksplit.model.migration import Http
from tasksplit.wire.canonical import canonical
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds import guard
from tasksplit.worlds.answers import Answers, Exchange
from tasksplit.worlds.http import Services, sealed
from tasksplit.worlds.sink import ACTIVE, Missed, Refused
from tests.unit.worlds import serving
from tests.unit.worlds.sinks import Kept, listening

HERE = "tests.unit.worlds.serving"
CLIENTS = ("client", "other", "same", "bare", "awaited", "Own", "OwnPlain")


@pytest.fixture
def services() -> Iterator[Services]:
    serving.seen.clear()
    found = Services(
        [Http(f"{HERE}:{c}", standin=f"{HERE}:standin", reads=("POST http://forge.test/search",)) for c in CLIENTS],
        harmless=("GET http://forge.test/extra",),
    )
    found.install()
    try:
        yield found
    finally:
        found.uninstall()
        guard.ALARMS.clear()


@pytest.fixture
def sink(services: Services) -> Iterator[Kept]:
    with listening() as kept:
        yield kept


def _recorded(services: Services) -> list[Exchange]:
    services.exchanges = []
    return services.exchanges


def test_reads_are_answered_and_not_noted(sink: Kept) -> None:
    assert serving.client.get("/a").text == "GET /a 1"
    serving.client.head("/a")
    serving.client.options("/a")
    assert serving.client.post("/search/x", json={"q": 1}).text == "POST /search/x 4"
    assert sink.calls == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_every_other_method_is_an_effect(sink: Kept, method: str) -> None:
    serving.client.request(method, "/a", params={"x": "1"})
    assert [(c["call"], c["method"], c["url"]) for c in sink.calls] == [("http", method, "http://forge.test/a?x=1")]


@pytest.mark.parametrize(
    ("given", "noted"),
    [
        ({"json": {"b": 1, "a": [1.0, None]}}, {"b": 1, "a": [1.0, None]}),
        ({"data": {"a": "1", "b": ""}}, [("a", "1"), ("b", "")]),
        ({"content": b"text"}, "text"),
        ({"content": b"\xff\x00"}, b"\xff\x00"),
        ({"content": b"{broken", "headers": {"content-type": "application/json"}}, b"{broken"),
        ({}, None),
    ],
)
def test_bodies_are_noted_by_what_they_say(sink: Kept, given: dict[str, object], noted: object) -> None:
    serving.client.post("/a", **given)  # type: ignore[arg-type]  # one of httpx's ways each
    assert sink.calls[0]["body"] == noted


def test_a_streamed_body_is_noted_and_arrives(sink: Kept) -> None:
    def parts() -> Iterator[bytes]:
        yield b"one "
        yield b"two"

    assert serving.client.post("/a", content=parts()).status_code == 200
    assert sink.calls[0]["body"] == "one two"


def written_down(sink: Kept, key: bytes = b"k") -> list[Any]:
    """Return the calls as they stand in a recording, and as they are looked up in it."""
    return [sealed(call, Redactor(key=key)) for call in sink.calls]


def test_credentials_are_equal_tokens_in_a_recording(sink: Kept) -> None:
    for client in (serving.client, serving.other, serving.same):
        client.post("/a", headers={"X-Api-Key": "k", "X-Kind": "plain"})
    first, second, third = (c["headers"] for c in written_down(sink))
    assert first["authorization"] == third["authorization"] != second["authorization"]
    assert first["x-api-key"] == second["x-api-key"]
    assert first["x-kind"] == "plain"
    assert "secret" not in str(written_down(sink))


def test_credentials_are_found_by_their_names_wherever_they_stand(sink: Kept) -> None:
    """Private-Token is GitLab's header, api_key a member of the body, access_token a parameter."""
    serving.client.post(
        "/a?page=2&access_token=hidden&x=1", headers={"Private-Token": "hidden", "X-Author": "me"},
        json={"api_key": "hidden", "jobs": [{"oauth_token": "hidden", "key": 3}], "note": "plain"},
    )  # fmt: skip
    serving.client.post("/a", data={"client_secret": "hidden", "scope": "plain"})
    first, second = written_down(sink)
    assert "hidden" not in f"{first} {second}"
    assert first["headers"]["x-author"] == "me"
    assert first["url"].startswith("http://forge.test/a?page=2&access_token=token#")
    assert first["url"].endswith("&x=1")
    assert (first["body"]["note"], first["body"]["jobs"][0]["key"]) == ("plain", 3)
    assert ("scope", "plain") in second["body"]


def test_what_was_observed_and_what_was_recorded_hide_the_same(sink: Kept) -> None:
    """Else legacy's recording and its replay would differ: the one was written down with tokens, the other was not."""
    serving.client.post("/a?sig=1&api_key=hidden-1", json={"password": "hidden-2", "note": "ghp_" + "a1" * 18})
    call, (recorded,) = sink.calls[0], written_down(sink)
    contents = [
        canonical({"effects": {"calls": [one], "rows": {}, "started": []}, "inputs": None, "outcome": None})
        for one in (call, recorded)
    ]
    raw, before = (Redactor(key=b"k").message(None).content(content) for content in contents)
    assert raw == before != contents[0]


def test_what_is_refused_or_missed_is_named_without_its_query(services: Services, sink: Kept) -> None:
    with pytest.raises(Refused) as refused, httpx.Client() as unknown:
        unknown.get("http://user:hidden@nowhere.test/a?access_token=hidden")
    services.answers = Answers([])
    with pytest.raises(Missed) as missed:
        serving.client.get("/a?access_token=hidden")
    assert "GET http://nowhere.test/a" in str(refused.value)
    assert "hidden" not in f"{refused.value} {missed.value} {guard.ALARMS}"


def test_a_token_is_the_same_for_the_same_key_alone(sink: Kept) -> None:
    serving.client.post("/a")
    tokens = [written_down(sink, key)[0]["headers"]["authorization"] for key in (b"1" * 32, b"2" * 32, b"1" * 32)]
    assert tokens[0] == tokens[2] != tokens[1]


def test_cookies_and_credentials_in_the_url_do_not_show(sink: Kept) -> None:
    serving.client.post("http://user:hidden@forge.test/a", headers={"cookie": "session=hidden"})
    assert "hidden" not in str(written_down(sink))


def test_headers_of_the_transport_are_not_noted(sink: Kept) -> None:
    serving.client.post("/a", json={})
    assert set(sink.calls[0]["headers"]) == {"authorization", "content-type"}


def test_a_client_that_nobody_declared_is_refused(sink: Kept) -> None:
    with pytest.raises(Refused, match="declared"):
        serving.undeclared.get("/a")
    with httpx.Client() as made_later, pytest.raises(Refused):
        made_later.post("http://forge.test/a")
    with pytest.raises(Refused):
        httpx.get("http://forge.test/a")
    assert [a.event for a in sink.alarms] == ["http"] * 3
    assert "test_http.py" in sink.alarms[0].site


def test_what_is_awaited_is_answered_and_noted_alike(sink: Kept) -> None:
    async def go() -> list[str]:
        async with serving.Own() as own:
            return [(await client.post("/a", json={"b": 1})).text for client in (own, serving.awaited)]

    assert asyncio.run(go()) == ["POST /a 1", "POST /a 2"]
    assert [(c["url"], c["body"]) for c in sink.calls] == [("http://forge.test/a", {"b": 1})] * 2


def test_each_client_of_a_declared_class_is_answered(services: Services, sink: Kept) -> None:
    with serving.OwnPlain() as own:
        assert own.get("http://forge.test/a").text == "GET /a 1"
    assert services.seen[f"{HERE}:OwnPlain"] == 1


def test_outside_a_message_what_is_awaited_is_answered_too(services: Services) -> None:
    assert ACTIVE.sink is None

    async def go() -> str:
        async with serving.Own() as own:
            return (await own.get("/a")).text

    assert asyncio.run(go()) == "GET /a 1"
    assert services.seen[f"{HERE}:Own"] == 0


def test_an_asynchronous_client_that_nobody_declared_is_refused(sink: Kept) -> None:
    async def go() -> None:
        async with httpx.AsyncClient() as client:
            await client.get("http://forge.test/a")

    with pytest.raises(Refused):
        asyncio.run(go())
    assert sink.alarms


def test_a_view_may_send_nothing(sink: Kept) -> None:
    sink.viewing = True
    with pytest.raises(Refused):
        serving.client.get("/a")
    assert serving.seen == []


def test_outside_a_message_the_stand_in_answers_and_nothing_is_noted(services: Services) -> None:
    assert ACTIVE.sink is None
    assert serving.client.get("/a").text == "GET /a 1"
    assert services.seen[f"{HERE}:client"] == 0


class _Alive(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = 0

    def do_GET(self) -> None:
        type(self).count += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        return


def test_a_connection_that_is_kept_alive_is_not_used() -> None:
    _Alive.count = 0
    server = HTTPServer(("127.0.0.1", 0), _Alive)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    services = Services([])
    try:
        with httpx.Client(trust_env=False) as client:
            assert client.get(url).text == "ok"  # the connection stays open
            services.install()
            with listening() as sink, pytest.raises(Refused):
                client.get(url)
            assert sink.alarms
    finally:
        services.uninstall()
        server.shutdown()
        thread.join()
        server.server_close()
        guard.ALARMS.clear()
    assert _Alive.count == 1
    assert issubclass(HTTPServer, socketserver.TCPServer)


def test_a_client_with_a_transport_of_its_own_is_answered_by_the_stand_in(sink: Kept) -> None:
    mounted = httpx.Client(transport=httpx.MockTransport(lambda r: httpx.Response(500)))
    with pytest.raises(Refused):
        mounted.get("http://forge.test/a")


def test_what_is_not_a_client_is_refused_at_declaration() -> None:
    with pytest.raises(DeclarationError, match=r"Expected an httpx\.Client"):
        Services([Http(f"{HERE}:not_a_client")])


def test_a_declared_client_without_stand_in_says_so() -> None:
    services = Services([Http(f"{HERE}:client")])
    services.install()
    try:
        with listening(), pytest.raises(Refused, match="no stand-in"):
            serving.client.get("/a")
    finally:
        services.uninstall()
        guard.ALARMS.clear()


def test_uninstalled_the_clients_have_their_transports_again(services: Services) -> None:
    services.uninstall()
    assert isinstance(serving.client._transport_for_url(httpx.URL("http://forge.test")), httpx.HTTPTransport)


# --- recorded answers --------------------------------------------------------------------------------------------


def test_a_recording_answers_in_order_without_the_service(services: Services, sink: Kept) -> None:
    exchanges = _recorded(services)
    first = [serving.client.get("/a"), serving.client.get("/a"), serving.client.post("/b", json={"x": 1})]
    assert [(e.group, e.effect) for e in exchanges] == [
        ("http GET forge.test/a", False), ("http GET forge.test/a", False), ("http POST forge.test/b", True),
    ]  # fmt: skip
    services.exchanges, services.answers = None, Answers(exchanges)
    asked = len(serving.seen)
    again = [serving.client.get("/a"), serving.client.get("/a"), serving.client.post("/b", json={"x": 1})]
    assert [r.text for r in again] == [r.text for r in first]
    assert [r.headers["x-count"] for r in again] == ["1", "2", "3"]
    assert len(serving.seen) == asked


def test_an_effect_with_another_body_is_answered_and_a_read_is_missed(services: Services, sink: Kept) -> None:
    exchanges = _recorded(services)
    answer = serving.client.post("/b", json={"x": 1}).text
    serving.client.get("/a")
    services.exchanges, services.answers = None, Answers(exchanges)
    assert serving.client.post("/b", json={"x": 2}).text == answer
    assert sink.calls[-1]["body"] == {"x": 2}
    with pytest.raises(Missed):
        serving.client.get("/a", params={"page": 2})
    with pytest.raises(Missed):
        serving.client.post("/never")
    assert len(sink.misses) == 2


def test_a_harmless_read_goes_to_the_stand_in(services: Services, sink: Kept) -> None:
    services.answers = Answers([])
    assert serving.client.get("/extra/1").text == "GET /extra/1 1"
    with pytest.raises(Missed):
        serving.client.get("/other")


def test_an_error_is_recorded_and_raised_again(services: Services, sink: Kept) -> None:
    exchanges = _recorded(services)
    with pytest.raises(httpx.ConnectError, match="no route"):
        serving.client.get("/boom")
    services.exchanges, services.answers = None, Answers(exchanges)
    with pytest.raises(httpx.ConnectError, match="no route"):
        serving.client.get("/boom")


def test_a_compressed_answer_is_recorded_as_it_came(services: Services, sink: Kept) -> None:
    exchanges = _recorded(services)
    with serving.client.stream("GET", "/a") as response:
        assert b"".join(response.iter_bytes()) == b"GET /a 1"
    services.exchanges, services.answers = None, Answers(exchanges)
    with serving.client.stream("GET", "/a") as response:
        assert response.read() == b"GET /a 1"
