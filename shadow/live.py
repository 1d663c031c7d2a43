"""How is the story of the example played? `tasksplit live`: the front door, a worker of each side, shipped messages.

Workers are started from this module, so that a witness sees who runs what; all else is as `shadow/installed.py` has it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from hashlib import sha256
from hmac import digest
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import create_engine, insert

from legacy import database, models
from tasksplit.live.play import witness
from tasksplit.live.play.script import Part, Place, Play, Setting

MIGRATION = "shadow.migration:migration"
WITNESS = "SHADOW_LIVE_WITNESS"  # the file of who ran what
MESSAGES = Path("legacy/messages")
ROWS, SETTINGS = "rows.db", "service.yaml"  # in the folder of the play
SECRET, BUS = "of the webhook", "of the bus"
QUEUES = "dispatch,short-running,long-running"  # "celery" is where legacy's messages wait

KINDS = {
    "installation": ["installation"],
    "pr_copr_build": ["pull_request"],
    "push_copr_build": ["push"],
    "release_copr_build": ["release"],
    "propose_downstream": ["release"],
    "distgit_commit": ["dist_git"],
}
"""Handlers that need nothing to be there before their message comes, and of which kind that is."""
OTHERS = ("pull_request", "push", "release", "installation", "dist_git", "pagure_label")
"""What else comes in between."""


def choose(files: Sequence[Path], handler: str) -> Sequence[Path]:
    """Return two messages of the handler, one of others, and so on."""
    of = {kind: [file for file in files if file.name.startswith(f"{kind}-")] for kind in {*OTHERS, *KINDS}}
    mine = list(chain.from_iterable(of.get(kind, ()) for kind in KINDS.get(handler, OTHERS)))
    rest = cycle(_mixed([of[kind] for kind in OTHERS if kind not in KINDS.get(handler, ())]))
    return [each for n, file in enumerate(mine) for each in (file, *(islice(rest, 1) if n % 2 else ()))]


def _mixed(kinds: list[list[Path]]) -> list[Path]:
    longest = max(map(len, kinds), default=0)
    return [files[n] for n in range(longest) for files in kinds if n < len(files)] or []


def setting(place: Place) -> Setting:
    """Return who plays: stand-in services, front door, a worker of legacy and one of the split."""
    services, door, *_ = place.ports
    python = sys.executable
    worker = ("--loglevel", "INFO", "--without-gossip", "--without-mingle")
    return Setting(
        environment={
            "DATABASE_URL": f"sqlite:///{place.folder / ROWS}",
            "SERVICES_URL": f"http://127.0.0.1:{services}",
            "SERVICE_CONFIG": str(place.folder / SETTINGS),
            WITNESS: str(place.folder / "runs.jsonl"),
        },
        prepare=lambda: prepare(place.folder),
        parts=[
            Part(
                name="stand-in services",
                arguments=[python, "-m", "legacy.standin", "--port", str(services)],
                ready="listen on",
            ),
            Part(
                name="front door",
                arguments=[python, "-m", "uvicorn", "shadow.front_door.app:app", "--port", str(door)],
                ready="startup complete",
            ),
            Part(
                name="legacy worker",
                arguments=[
                    python, "-m", "celery", "-A", "shadow.live:legacy", "worker", "-n", "legacy@%h", "-c", "2", *worker
                ],
                ready=" ready.",
            ),
            Part(
                name="split worker",
                arguments=[
                    python, "-m", "celery", "-A", "shadow.live:split", "worker", "-n", "split@%h", "-c", "1",
                    "-Q", QUEUES, *worker,
                ],
                ready=" ready.",
            ),
        ],
        send=lambda file: send(f"http://127.0.0.1:{door}", file),
        witness=place.folder / "runs.jsonl",
        workers=2,
    )  # fmt: skip


def send(door: str, file: Path) -> str:
    """Send a message as its sender would; return the id of its task."""
    payload = json.loads(file.read_bytes())
    topic = payload.get("topic")
    if isinstance(topic, str):
        body: dict[str, Any] = {"topic": topic, "message": {k: v for k, v in payload.items() if k != "topic"}}
        if "/" in topic:
            body["source"] = "centosmsg"
        where, headers, content = "/events", {"authorization": f"Bearer {BUS}"}, json.dumps(body).encode()
    else:
        where, content = "/webhooks/github", json.dumps(payload).encode()
        signature = digest(SECRET.encode(), content, sha256).hex()
        headers = {"x-hub-signature-256": f"sha256={signature}", "x-github-delivery": uuid4().hex}
    headers["content-type"] = "application/json"
    try:
        answer = httpx.post(f"{door}{where}", content=content, headers=headers, timeout=10, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise OSError(f"The front door did not take {file.name}: {error}") from error
    return str(answer.json().get("task_id", ""))


def prepare(folder: Path) -> None:
    """Write the settings and the rows that are there before the first message.

    The front door sends to legacy's one task, as long as dispatch is not live. Whoever's projects are about to be built
    was let in before: with nobody on the whitelist, most messages would end there.
    """
    settings = {"webhook_secret": SECRET, "bus_token": BUS, "dispatcher": "task.steve_jobs.process_message"}
    (folder / SETTINGS).write_text(json.dumps(settings))
    accounts = {name for file in MESSAGES.glob("*.json") if (name := _owner(json.loads(file.read_bytes())))}
    engine = create_engine(f"sqlite:///{folder / ROWS}")
    database.Base.metadata.create_all(engine)
    let_in = [
        {"account_name": name, "status": models.WhitelistStatus.approved_manually.value} for name in sorted(accounts)
    ]
    with engine.begin() as connection:
        connection.execute(insert(models.Whitelist), let_in)
    engine.dispose()


def _owner(payload: Any) -> str:
    """Return whose project a message of GitHub is about; nothing of an installation, which asks to be let in."""
    repository = payload.get("repository") if isinstance(payload, dict) else None
    name = repository.get("full_name") if isinstance(repository, dict) else None
    return name.partition("/")[0] if isinstance(name, str) else ""


play = Play(
    migration=MIGRATION,
    handler="installation",
    messages=MESSAGES,
    choose=choose,
    setting=setting,
)


def __getattr__(name: str) -> Any:
    """The applications, for workers: made when they are asked for, since making them needs their environment."""
    if name not in {"legacy", "split"}:
        raise AttributeError(name)
    witness.watch(MIGRATION, Path(os.environ[WITNESS]))  # first, so that tasksplit wraps what it watches
    from shadow import installed

    return getattr(installed, name)
