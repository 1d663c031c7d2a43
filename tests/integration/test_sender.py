"""Do recordings reach a worker over real brokers, and is a broker that is away or hangs given up at once?"""

from __future__ import annotations

import os
import socket
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Queue as Arrived
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from kombu import Connection

from tasksplit.live.counters import Count, Counters
from tasksplit.live.envelope import Envelope, Opened
from tasksplit.live.outbox import Outbox
from tasksplit.live.sender import TASK, Sender, shadow_queue
from tasksplit.testing.redis import find_or_start
from tests.integration.test_flag_stores import absent

# forks on purpose, also while threads run
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

BROKERS = {
    "redis": os.environ.get("TASKSPLIT_TEST_REDIS", "redis://127.0.0.1:6379/13"),
    "rabbitmq": os.environ.get("TASKSPLIT_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672"),
}
ENVELOPE = Envelope([b64encode(os.urandom(32)).decode()])


@pytest.fixture(params=BROKERS)
def broker(request: pytest.FixtureRequest) -> str:
    url = BROKERS[request.param]
    try:
        with Connection(url, connect_timeout=3) as connection:
            connection.ensure_connection(max_retries=1, timeout=3)
    except (OSError, *connection.recoverable_connection_errors) as error:
        absent(f"{request.param} at {url}", error)
    return url


@pytest.fixture
def app(broker: str) -> Iterator[Celery]:
    app = Celery("team", broker=broker, set_as_current=False)
    yield app
    app.close()


@pytest.fixture
def queue(broker: str) -> Iterator[str]:
    """Yield the name of a queue of its own, which is deleted afterwards."""
    name = f"tasksplit-test-{uuid4().hex}"
    yield name
    with Connection(broker) as connection:
        bound = shadow_queue(name)(connection.default_channel)
        bound.queue_declare()
        bound.purge()  # kombu's Redis deletes only queues that are bound to an exchange
        bound.delete()


def taken(url: str, queue: str) -> bytes:
    """Return the next batch in a queue."""
    with Connection(url) as connection:
        message = shadow_queue(queue)(connection.default_channel).get(no_ack=True)
        assert message is not None, "nothing in the queue"
        return b64decode(message.payload[0][0])


@pytest.mark.filterwarnings("ignore::celery.exceptions.CPendingDeprecationWarning")
def test_what_was_handed_over_reaches_a_worker(app: Celery, queue: str, tmp_path: Path) -> None:
    arrived: Arrived[str] = Arrived()

    @app.task(name=TASK, ignore_result=True, shared=False)
    def replay(batch: str) -> None:
        arrived.put(batch)

    app.amqp.queues.add(shadow_queue(queue))
    records = [os.urandom(2_000) for _ in range(100)]
    with (
        closing(Counters(tmp_path)) as counters,
        closing(Sender(app, queue=queue)) as sender,
        start_worker(app, pool="solo", perform_ping_check=False, queues=[queue], shutdown_timeout=20),
    ):
        outbox = Outbox(sender, ENVELOPE.seal, counters, batch_bytes=20_000, batch_seconds=0.05)
        for record in records:
            outbox.put(2_000, lambda record=record: record)  # type: ignore[misc]
        outbox.start()
        outbox.stop(10)
        assert counters.of(Count.WRITTEN) == 100
        found: list[bytes] = []
        while len(found) < 100:
            opened = ENVELOPE.open_(b64decode(arrived.get(timeout=10)))
            assert isinstance(opened, Opened)
            found += opened.records
    assert found == records


def test_a_fork_sends_over_a_connection_of_its_own(broker: str, app: Celery, queue: str) -> None:
    with closing(Sender(app, queue=queue)) as sender:
        sender(b"parent")
        assert taken(broker, queue) == b"parent"
        pid = os.fork()
        if not pid:
            try:
                sender(b"child")
                sender.close()
            except BaseException:  # noqa: BLE001
                os._exit(1)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert taken(broker, queue) == b"child"
        ours: Any = sender._connection
        sender(b"parent again")  # its own connection is as it was
        assert sender._connection is ours
        assert taken(broker, queue) == b"parent again"


def test_a_connection_that_broke_is_made_again(broker: str, app: Celery, queue: str) -> None:
    with closing(Sender(app, queue=queue)) as sender:
        sender(b"before")
        taken(broker, queue)
        assert sender._connection is not None
        cut(sender._connection)
        try:
            sender(b"first")  # kombu's Redis notices before it sends, its AMQP does not
        except (OSError, *app.connection_for_write().recoverable_connection_errors):
            pass
        else:
            assert taken(broker, queue) == b"first"
        sender(b"after")
        assert taken(broker, queue) == b"after"


def cut(connection: Any) -> None:
    """Close the socket below a connection, as a broker does that ends."""
    if connection.transport.driver_type == "amqp":
        connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)
    else:
        client = connection.default_channel.client
        client.connection_pool.get_connection()._sock.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_never_answers_is_given_up(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = Celery("team", broker=f"{scheme}://127.0.0.1:{listener.getsockname()[1]}", set_as_current=False)
        before = monotonic()
        with closing(Sender(app)) as sender, pytest.raises(Exception, match=r"(?i)timed? ?out"):
            sender(b"sealed")
        assert monotonic() - before < 6
        app.close()


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_costs_a_moment(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    app = Celery("team", broker=f"{scheme}://127.0.0.1:{port}", set_as_current=False)
    with closing(Sender(app)) as sender:
        before = monotonic()
        for _ in range(10):
            with pytest.raises(Exception, match="refused"):
                sender(b"sealed")
        assert monotonic() - before < 2
    app.close()


def test_the_next_broker_of_a_list_is_tried(broker: str, queue: str) -> None:
    scheme = broker.partition(":")[0]
    app = Celery("team", broker=f"{scheme}://127.0.0.1:1;{broker}", set_as_current=False)
    with closing(Sender(app, queue=queue)) as sender:
        sender(b"sealed")
    assert taken(broker, queue) == b"sealed"
    app.close()


def test_a_broker_that_comes_back_loses_a_bounded_part(tmp_path: Path) -> None:
    """Redis is killed and started again with its file: what was written is there, and the rest is counted."""
    with find_or_start(persistent=True, folder=tmp_path / "redis") as server:
        app = Celery("team", broker=server.url, set_as_current=False)
        with closing(Counters(tmp_path / "counts")) as counters, closing(Sender(app, queue="shadow")) as sender:
            outbox = Outbox(sender, ENVELOPE.seal, counters, batch_bytes=1, batch_seconds=0.02, waits=(0.05, 0.05))
            outbox.start()

            def put(numbers: range) -> None:
                for n in numbers:
                    outbox.put(1, lambda n=n: b"%d" % n)  # type: ignore[misc]

            def until(count: Count, number: int) -> None:
                deadline = monotonic() + 20
                while counters.of(count) < number:
                    assert monotonic() < deadline, f"{count}: {counters.of(count)}"

            put(range(20))
            until(Count.WRITTEN, 20)
            server.kill()
            put(range(20, 25))
            until(Count.WRITE_FAILED, 5)
            server.restart()
            put(range(25, 30))
            until(Count.WRITTEN, 25)
            outbox.stop(5)
            found = {record for _ in range(25) for record in opened(taken(server.url, "shadow"))}
        app.close()
    assert found == {b"%d" % n for n in (*range(20), *range(25, 30))}


def opened(batch: bytes) -> tuple[bytes, ...]:
    found = ENVELOPE.open_(batch)
    assert isinstance(found, Opened)
    return found.records
