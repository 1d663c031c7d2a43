"""Which bytes did workers of the last wire version write? ``python -m tests.live.golden`` makes the files anew.

DO NOT make them anew because a test fails: workers that are not upgraded yet write these very bytes, and batches of
them wait in brokers. Where they can no longer be read, the version in their head is to be raised.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tasksplit.live.envelope import Envelope, Opened
from tasksplit.live.secrets import Secrets
from tasksplit.model.rollout import Stage
from tasksplit.model.route import Route
from tasksplit.wire.header import NAME, Headers
from tests.live.service import KEY, ROOT, running
from tests.live.toys.declared import migration

FOLDER = ROOT / "tests" / "integration" / "golden"
RECORDING = FOLDER / "recording-1.sealed"
MESSAGE = FOLDER / "message-1.json"
EVENT: dict[str, Any] = {
    "ref": "golden",
    "key": "k1",
    "steps": [
        {"handler": "mail", "acts": [["row", "new"], ["letter", "hello"], ["value", {"sent": 1}]]},
        {"handler": "pack", "acts": [["row", "packed"], ["letter", "done"]]},
    ],
}
LIVES = timedelta(days=40_000)  # they are to be read for as long as the version is


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """What was written?"""

    event: dict[str, Any]
    headers: dict[str, Any]
    split: frozenset[str]
    """The handlers that the header gives to the split."""
    recording: bytes


def golden() -> Golden:
    """Return what is in the files."""
    told = json.loads(MESSAGE.read_text())
    return Golden(
        event=told["event"], headers=told["headers"], split=frozenset(told["split"]),
        recording=RECORDING.read_bytes(),
    )  # fmt: skip


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as service:
        service.moved(mail=Stage.SHADOW, pack=Stage.SHADOW)
        worker = service.worker()
        service.send(EVENT)
        service.until(lambda: service.counted()["received"])
        service.ended(worker)
        (sealed,) = service.batches()
    opened = Envelope([KEY]).open_(sealed)
    assert isinstance(opened, Opened)
    RECORDING.write_bytes(Envelope([KEY], lives=LIVES).seal(opened.records, salt=bytes(16)))
    route = Route(
        message=EVENT["ref"], split=frozenset({"mail"}), revision=1, decided_at=datetime(2026, 11, 21, tzinfo=UTC)
    )
    header = Headers(Secrets(keys=(KEY,)).routes, migration.name, migration.names).write(route, EVENT["ref"])
    told = {"event": EVENT, "headers": {NAME: header}, "split": sorted(route.split)}
    MESSAGE.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
