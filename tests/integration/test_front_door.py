"""Do events end, each once, with a real broker, real workers and either database, whoever is away or comes twice?"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import yaml
from celery import Celery
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from shadow.config import ServiceConfig
from shadow.front_door import progress
from shadow.front_door.intake import Intake
from shadow.front_door.models import EVENTS, RESULTS, UNFINISHED
from shadow.front_door.publishing import Publisher
from shadow.front_door.storing import EventStore, NewEvent, task_id
from tests.benchmarks.front_door import databases, measure
from tests.docs.blocks import blocks
from tests.integration.front_door_processes import (
    BUS_TOKEN,
    ROOT,
    Service,
    broker_of_ones_own,
    sign,
    until,
)

DISPATCHER = ServiceConfig.__dataclass_fields__["dispatcher"].default
PAGE = ROOT / "docs" / "how-to" / "run-the-front-door.md"
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


def shipped(pattern: str) -> Any:
    return json.loads(sorted((ROOT / "legacy" / "messages").glob(pattern))[0].read_text())


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    with broker_of_ones_own() as broker, databases(request.param, tmp_path) as database:
        service = Service(folder=tmp_path, database=database, broker=broker)
        yield service
        service.close()


@pytest.fixture
def engine(service: Service) -> Iterator[Engine]:
    engine = create_engine(service.database)
    EventStore(engine, lease=60).create_tables()
    yield engine
    engine.dispose()


def github(address: str, message: Any, **headers: str) -> httpx.Response:
    body = json.dumps(message).encode()
    named = {"content-type": "application/json", "x-hub-signature-256": sign(body), **headers}
    return httpx.post(f"{address}/webhooks/github", content=body, headers=named, trust_env=False, timeout=30)


def status(address: str, accepted: Any) -> Any:
    return httpx.get(f"{address}{accepted['status_url']}", trust_env=False, timeout=30).json()


def final(address: str, accepted: Any) -> Any:
    until(lambda: status(address, accepted)["status"] not in UNFINISHED)
    return status(address, accepted)


def waiting(broker: str) -> list[dict[str, Any]]:
    """The messages in the dispatcher's queue."""
    with contextlib.closing(redis.Redis.from_url(broker)) as server:
        return [json.loads(message) for message in server.lrange("dispatch", 0, -1)]


def everything(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return [sorted(map(tuple, connection.execute(select(table))), key=str) for table in (EVENTS, RESULTS)]


def test_accepted_events_end_and_redelivery_changes_nothing(service: Service, engine: Engine) -> None:
    address = service.door()
    service.worker("-P", "solo")
    handled = github(address, shipped("installation-*-new-approved.json"), **{"x-github-delivery": "d-1"})
    assert handled.status_code == 202
    unknown = github(address, shipped("junk-star.json"))
    ended = final(address, handled.json())
    assert (ended["status"], ended["attempts"]) == ("done", 1)
    assert [(task["place"], task["status"], task["attempts"]) for task in ended["results"]] == [("0", "done", 1)]
    assert ended["results"][0]["result"]["success"] is True
    assert final(address, unknown.json())["status"] == "unroutable"

    before = everything(engine)
    again = github(address, shipped("installation-*-new-approved.json"), **{"x-github-delivery": "d-1"})
    assert again.json() == handled.json()
    workers = Celery("sender", broker=service.broker, set_as_current=False)
    with contextlib.closing(workers):
        workers.send_task(
            DISPATCHER, kwargs={"event": shipped("installation-*-new-approved.json")}, queue="dispatch",
            task_id=ended["task_id"], headers={"event_id": ended["event_id"]},
        )  # fmt: skip
        workers.send_task(
            ended["results"][0]["task"], kwargs={}, queue="short-running",
            headers={"event_id": ended["event_id"], "event_place": "0"},
        )  # fmt: skip
    later = github(address, shipped("junk-star.json"))  # queues keep the order: then the others were seen before
    final(address, later.json())
    until(lambda: not waiting(service.broker))
    now = everything(engine)
    assert [row for row in now[0] if row[0] != later.json()["event_id"]] == before[0]
    assert now[1] == before[1]


def test_the_bus(service: Service) -> None:
    address = service.door()
    service.worker("-P", "solo")
    message = {"topic": "org.fedoraproject.prod.copr.build.end", "message": {"user": "packit", "build": 1}}
    bearer = {"authorization": f"Bearer {BUS_TOKEN}"}
    answer = httpx.post(f"{address}/events", json=message, headers=bearer, trust_env=False)
    assert answer.status_code == 202
    assert final(address, answer.json())["status"] == "unroutable"  # a build that is not ours


def test_what_came_while_the_broker_was_away_is_sent_once(service: Service, engine: Engine) -> None:
    address = service.door(BROKER_URL=NOBODY_LISTENS)
    accepted = [github(address, shipped("installation-*-new-approved.json")) for _ in range(3)]
    assert [answer.status_code for answer in accepted] == [202] * 3
    assert max(answer.elapsed.total_seconds() for answer in accepted) < 5
    assert [status(address, answer.json())["status"] for answer in accepted] == ["stored"] * 3

    workers = Celery("sweepers", broker=service.broker, set_as_current=False)
    workers.conf.task_routes = {DISPATCHER: {"queue": "dispatch"}}
    together = threading.Barrier(2)

    def sweep(_: int) -> int:
        publisher = Publisher(workers, task=DISPATCHER, seconds=1)
        together.wait()
        return Intake(EventStore(engine, lease=60), publisher.publish).sweep(10)

    store = EventStore(engine, lease=60)
    until(lambda: len(store.waiting(10)) == 3)  # until the requests' own time is over
    with contextlib.closing(workers), ThreadPoolExecutor(2) as sweepers:
        assert sum(sweepers.map(sweep, range(2))) == 3
    sent = [message["headers"] for message in waiting(service.broker)]
    assert {headers["event_id"] for headers in sent} == {answer.json()["event_id"] for answer in accepted}
    assert [headers["id"] for headers in sent] == [task_id(headers["event_id"]) for headers in sent]
    assert len(sent) == 3

    service.worker("-P", "solo")
    ended = [final(address, answer.json()) for answer in accepted]
    assert [(event["status"], event["attempts"]) for event in ended] == [("done", 1)] * 3


def test_the_workers_sweep(service: Service) -> None:
    address = service.door(BROKER_URL=NOBODY_LISTENS)
    accepted = github(address, shipped("installation-*-new-approved.json")).json()
    service.worker("-P", "solo")
    workers = Celery("beat", broker=service.broker, set_as_current=False)
    with contextlib.closing(workers):

        def swept() -> bool:
            workers.send_task("task.sweep_stored_events", queue="short-running")
            return bool(status(address, accepted)["status"] != "stored")

        until(swept, every=0.5)
    assert final(address, accepted)["status"] == "done"


def test_a_broker_that_says_nothing_does_not_hold_up_the_senders(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(silent_port())
        service = Service(
            folder=tmp_path, database=f"sqlite:///{tmp_path / 'door.db'}", broker=f"redis://127.0.0.1:{silent}/0",
            settings={"publish_seconds": 0.2},
        )  # fmt: skip
        stack.callback(service.close)
        address = service.door()
        answer = github(address, {})
    assert answer.status_code == 202
    assert answer.elapsed.total_seconds() < 5


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_of_two_places_that_end_at_once_the_later_ends_the_event(service: Service, engine: Engine) -> None:
    (stored,) = EventStore(engine, lease=60).add([NewEvent(source="test", payload={})])
    with Session(engine) as session:
        progress.taken(session, stored.id, "")
        progress.asked(session, stored.id, "", ["a", "b"])
        session.commit()
    first_has_ended = threading.Event()

    def end(place: str) -> None:
        with Session(engine) as session:
            if place == "1":
                first_has_ended.wait(10)
            progress.asked(session, stored.id, place, [])
            progress.ended(session, stored.id, place)
            first_has_ended.set()  # and is not committed yet: the other one has to wait
            session.commit()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(end, "01"))
    found = EventStore(engine, lease=60).find(stored.id)
    assert found is not None
    assert (found[0].status, [row.status for row in found[1]]) == ("done", ["done", "done"])


def test_doors_that_open_at_once_create_the_tables_once(service: Service) -> None:
    address = service.door("--workers", "2")
    assert github(address, {}).status_code == 202


def test_the_how_to(tmp_path: Path) -> None:
    """What the page shows works as it is shown."""
    if not (shutil.which("curl") and shutil.which("openssl")):
        pytest.skip("curl or openssl is not installed")
    page = [block.text for block in blocks(PAGE)]
    settings = next(text for text in page if text.startswith("# service.yaml"))
    shown = next(text for text in page if "openssl" in text).replace("\\\n", "")
    commands = [line[2:] for line in shown.splitlines() if line.startswith("$ ")][:3]
    service = Service(
        folder=tmp_path, database=f"sqlite:///{tmp_path / 'door.db'}", broker=NOBODY_LISTENS,
        settings=yaml.safe_load(settings),
    )  # fmt: skip
    try:
        script = "\n".join(commands).replace("localhost:8080", service.door())
        told = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    finally:
        service.close()
    assert json.loads(told).keys() == {"event_id", "task_id", "status_url"}


def test_a_short_load(service: Service) -> None:
    figures = measure(service, seconds=3, doors=1)
    assert figures.failures == 0
    assert figures.open == 0
    assert figures.per_second > 0
    assert set(figures.answers) <= {"200", "202"}
