"""A front door in the process: a database in a file, and a broker that is a list."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine, select

from shadow.config import ServiceConfig
from shadow.front_door.app import create_app
from shadow.front_door.intake import Intake
from shadow.front_door.models import EVENTS
from shadow.front_door.publishing import PublishError
from shadow.front_door.storing import EventStore

SETTINGS = ServiceConfig(
    webhook_secret="of the webhook",
    gitlab_webhook_tokens=frozenset({"of one project", "of another"}),
    bus_token="of the bus",
    testing_farm_secret="of the farm",
    body_limit=10_000,
)


class ListedBroker:
    """Keeps what was sent, or is away."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.away = False

    def publish(self, event_id: str, arguments: dict[str, Any], *, before: datetime) -> None:
        if self.away:
            raise PublishError("The broker is away.")
        self.sent.append((event_id, arguments))


class Door:
    """Send requests, look at what was kept."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.broker = ListedBroker()
        self.store = EventStore(engine, lease=60)
        self.settings = SETTINGS
        self.open()

    def open(self, **settings: Any) -> None:
        """Open the door anew, with other settings."""
        self.settings = replace(self.settings, **settings)
        self.app = create_app(self.settings, engine=self.engine, publish=self.broker.publish)

    def sweeper(self, *, lease: float = 60) -> Intake:
        return Intake(EventStore(self.engine, lease=lease), self.broker.publish)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())

    def post(self, path: str, content: Any, **headers: str) -> httpx.Response:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, content=body, headers={"content-type": "application/json", **named})

    def github(self, content: Any, **headers: str) -> httpx.Response:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.post("/webhooks/github", body, x_hub_signature_256=self.sign(body), **headers)

    def bus(self, content: Any) -> httpx.Response:
        return self.post("/events", content, authorization=f"Bearer {self.settings.bus_token}")

    def sign(self, body: bytes, digest: str = "sha256") -> str:
        return f"{digest}={hmac.new(self.settings.webhook_secret.encode(), body, getattr(hashlib, digest)).hexdigest()}"

    def rows(self) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(select(EVENTS)).mappings()]

    def nothing_was_kept(self) -> bool:
        return not self.rows() and not self.broker.sent


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    engine = create_engine(f"sqlite:///{tmp_path / 'door.db'}")
    EventStore(engine, lease=60).create_tables()
    yield Door(engine)
    engine.dispose()


def is_problem(answer: httpx.Response, status: int, text: str) -> bool:
    """Whether an answer is a problem as in RFC 9457, of this status, that says this."""
    told = answer.json()
    return (
        answer.status_code == status
        and answer.headers["content-type"] == "application/problem+json"
        and told.keys() == {"type", "title", "status", "detail", "instance"}
        and told["status"] == status
        and text in told["detail"]
    )
