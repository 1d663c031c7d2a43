"""Which input is bad? Headers, payloads and batches that a worker may get, each with why it is not used."""

from __future__ import annotations

import pickle
import time
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

from tasksplit.live.envelope import Envelope
from tasksplit.live.secrets import Secrets
from tasksplit.model.route import Route
from tasksplit.wire.header import Headers
from tests.live.service import KEY
from tests.live.toys.declared import migration

OTHER_KEY = b64encode(bytes(32)).decode()
SECRET = Secrets(keys=(KEY,)).routes
ROUTES = Headers(SECRET, migration.name, migration.names)
OTHER_NAMES = Headers(SECRET, migration.name, ("dispatch", "bill", "pack"))
OTHER_SECRET = Headers(bytes(32), migration.name, migration.names)


def _route(ref: str, headers: Headers = ROUTES, *, names: frozenset[str] = frozenset({"bill", "pack"})) -> str:
    route = Route(message=ref, split=names, revision=99, decided_at=datetime(2026, 11, 21, tzinfo=UTC))
    return headers.write(route, ref)


def _changed(header: str, at: int, value: int) -> str:
    found = bytearray(urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    found[at] = value
    return urlsafe_b64encode(bytes(found)).rstrip(b"=").decode()


HEADERS: dict[str, tuple[Any, str]] = {
    "garbled": ("not a header at all %%%", "garbled"),
    "empty": ("", "garbled"),
    "no-text": ({"split": ["mail"]}, "garbled"),
    "number": (7, "garbled"),
    "endless": ("A" * 100_000, "garbled"),
    "cut": (_route("header-cut")[:-4], "garbled"),
    "changed": (_changed(_route("header-changed"), 30, 255), "forged"),
    "other-secret": (_route("header-other-secret", OTHER_SECRET), "forged"),
    "newer": (_changed(_route("header-newer"), 0, 2), "of a newer version"),
    "other-handlers": (_route("header-other-handlers", OTHER_NAMES), "of another list of handlers"),
    "copied": (_route("somebody-else"), "of another message"),
}
"""Header of a route -> why it is not honoured. Each would have bill and pack done by the split."""

DEEP: list[Any] = []
for _level in range(150):
    DEEP = [DEEP]

PAYLOADS: dict[str, Any] = {
    "large-number": 2**70,
    "lone-surrogate": "\ud800",
    "deep": DEEP,
    "not-a-number": float("nan"),
    "large": "x" * (5 * 1024 * 1024),
}
"""What a message of legacy may hold although not all of ours can write it down."""


def _sealed(*records: bytes, key: str = KEY, at: float = 0.0) -> bytes:
    clock = time.time if not at else lambda: at
    return Envelope([key], lives=timedelta(days=1), clock=clock).seal(records)


def _with(sealed: bytes, at: int, value: int) -> bytes:
    return sealed[:at] + bytes([value]) + sealed[at + 1 :]


def _unheard_of() -> bytes:
    """Return a pickle of a class of a module that is nowhere."""
    return b"cnowhere.at_all\nPayload\n."


GOOD = _sealed(pickle.dumps("no recording"))
BATCHES: dict[str, tuple[Any, str]] = {
    "no-base64": ("%%%", "a batch that is garbled"),
    "half-base64": ("AAAAA", "a batch that is garbled"),
    "no-text": (None, "a batch that is garbled"),
    "a-list": ([1, 2], "a batch that is garbled"),
    "empty": (b"", "a batch that is garbled"),
    "short": (b"\1" * 20, "a batch that is garbled"),
    "forged": (_with(GOOD, len(GOOD) - 1, GOOD[-1] ^ 1), "a batch that is forged"),
    "forged-head": (_with(GOOD, 36, 255), "a batch that is forged"),
    "other-key": (_sealed(b"secret", key=OTHER_KEY), "a batch that is sealed with a key that is not here"),
    "newer": (_with(GOOD, 0, 2), "a batch that is of a newer version"),
    "expired": (_sealed(b"old", at=1_700_000_000.0), "a batch that is expired"),
    "no-pickle": (_sealed(b"no pickle"), "a recording that cannot be read here: "),
    "foreign": (_sealed(_unheard_of()), "a recording that cannot be read here: ModuleNotFoundError"),
    "another-kind": (GOOD, "a recording that cannot be read here: "),
}
"""What a shadow worker gets -> why it cannot be replayed."""
