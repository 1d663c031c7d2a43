"""How users ask for time, ids and random numbers: bound early, in every way."""

import os
import random
import secrets
import time as module_time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import choice, randint
from secrets import token_hex
from time import monotonic, time
from uuid import uuid1, uuid4

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table

SYSTEM = random.SystemRandom()
ROWS = Table(
    "drawn",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", DateTime, default=datetime.utcnow),
    Column("name", String, default=lambda: str(uuid4())),
)


@dataclass
class Stamped:
    at: datetime = field(default_factory=datetime.now)
    id: uuid.UUID = field(default_factory=uuid4)


def draws() -> dict[str, object]:
    """One of each."""
    return {
        "uuid4": str(uuid4()), "module": str(uuid.uuid4()), "uuid1": str(uuid1()), "hex": uuid.uuid4().hex,
        "random": random.random(), "randint": randint(0, 10**9), "choice": choice(range(10**6)),
        "secrets": token_hex(8), "urlsafe": secrets.token_urlsafe(8), "system": SYSTEM.random(),
        "os": os.urandom(8), "below": secrets.randbelow(10**9), "dataclass": str(Stamped().id),
    }  # fmt: skip


def times() -> dict[str, float]:
    """What time is it, in every way."""
    return {
        "time": time(), "module": module_time.time(), "now": datetime.now().timestamp(),
        "utc": datetime.now(UTC).timestamp(), "default": ROWS.c.at.default.arg(None).replace(tzinfo=UTC).timestamp(),
        "dataclass": Stamped().at.timestamp(), "ns": module_time.time_ns() / 1e9,
        "gmtime": float(__import__("calendar").timegm(module_time.gmtime())),
    }  # fmt: skip


def today() -> date:
    return date.today()


__all__ = ["monotonic"]
