"""Which team's Celery is recorded by real workers? ``celery -A tests.integration.recording_toy worker``.

Legacy and the split do the same with a database and over HTTP; ``TOY_DEFECT`` plants a defect into the split.
"""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tasksplit.live.install import Options, install
from tasksplit.model.migration import Database, Effect, Handler, Http, Migration, World

HERE = "tests.integration.recording_toy"
BROKER = os.environ.get("TOY_BROKER", "memory://")
FOLDER = Path(os.environ.get("TOY_FOLDER", "/nonexistent"))
KEY = os.environ.get("TOY_KEY", "")
DEFECT = os.environ.get("TOY_DEFECT", "")
TOGETHER = int(os.environ.get("TOY_TOGETHER", "1"))  # so many messages are at work before any of them goes on

app = Celery("recording_toy", broker=BROKER)
app.conf.update(
    broker_connection_retry_on_startup=True, task_default_queue="toy", task_ignore_result=True,
    worker_prefetch_multiplier=4,
)  # fmt: skip
engine = create_engine(f"sqlite:///{FOLDER}/toy.db", connect_args={"timeout": 60})
client = httpx.Client(base_url=os.environ.get("TOY_FORGE", "http://forge.toy"), timeout=60)


class Base(DeclarativeBase):
    pass


class Build(Base):
    __tablename__ = "builds"
    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str]
    state: Mapped[str]


class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"))
    text: Mapped[str]


def notify(ref: str, text: str) -> None:
    """Be a call that writes: it appends a line to a file."""
    with (FOLDER / "notified").open("a") as file:
        file.write(f"{ref} {text}\n")


def build(ref: str) -> str:
    """Be the first handler: change a row, make another, tell the forge its id."""
    with Session(engine) as session:
        found = session.query(Build).filter_by(ref=ref).one()
        found.state = "done"
        note = Note(build_id=found.id, text=f"of {ref}")
        session.add(note)
        session.commit()
        number = session.query(Note).filter_by(id=note.id).one().id
    _meet(ref)
    client.post("/status", json={"ref": ref, "note": number, "id": str(uuid4()), "at": datetime.now().isoformat()})
    return f"built {ref}"


def report(ref: str) -> str:
    """Be the second handler: ask the forge, and notify."""
    text = client.get(f"/about/{ref}").text
    with Session(engine) as session:
        state = session.query(Build).filter_by(ref=ref).one().state
    _meet(ref)
    notify(ref, f"{text}, {state}")
    return text


def split_build(*, ref: str) -> str:
    """Be what the split's task calls."""
    built = build(ref)
    if DEFECT == "build":
        client.post("/status", json={"ref": ref, "note": "once more"})
    return built


def split_report(*, ref: str) -> str:
    """Be what the split's task calls."""
    if DEFECT == "report":
        notify(ref, "once more")
    return report(ref.upper() if DEFECT == "another read" else ref)


def _meet(ref: str) -> None:
    """Let others begin before this one goes on, so that messages surely run side by side where the pool can."""
    if TOGETHER == 1:
        return
    (FOLDER / "begun").mkdir(exist_ok=True)
    (FOLDER / "begun" / ref).touch()
    until = time.monotonic() + 60
    try:
        while len(os.listdir(FOLDER / "begun")) < TOGETHER and time.monotonic() < until:
            time.sleep(0.01)
    except SoftTimeLimitExceeded:
        notify(ref, "out of time")
        raise


@app.task(name="legacy.process", shared=False)  # type: ignore[untyped-decorator]  # Celery ships no types
def process(event: dict[str, Any]) -> None:
    """Be legacy: one task that does everything."""
    build(event["ref"])
    report(event["ref"])


@app.task(name="split.process", shared=False)  # type: ignore[untyped-decorator]
def split_process(event: dict[str, Any]) -> None:
    """Be the split's dispatcher."""
    task_build.apply_async(kwargs={"ref": event["ref"]})
    task_report.apply_async(kwargs={"ref": event["ref"]})


@app.task(name="split.build", shared=False)  # type: ignore[untyped-decorator]
def task_build(ref: str) -> str:
    """Be a task of the split."""
    return split_build(ref=ref)


@app.task(name="split.report", shared=False)  # type: ignore[untyped-decorator]
def task_report(ref: str) -> str:
    """Be a task of the split."""
    return split_report(ref=ref)


migration = Migration(
    name="recording_toy",
    legacy=f"{HERE}:process",
    split=f"{HERE}:split_process",
    key=["$.key"],
    world=World(
        databases=[Database(f"{HERE}:engine")],
        services=[Http(f"{HERE}:client")],
        calls=[Effect("notify", at=[f"{HERE}:notify"])],
    ),
    handlers=[
        Handler(
            name, legacy=f"{HERE}:{name}", view=lambda bound: {"ref": bound["ref"]}, split=f"split.{name}",
            implementation=f"{HERE}:split_{name}",
        )
        for name in ("build", "report")
    ],
)  # fmt: skip

if KEY:
    install(app, migration, store=f"{BROKER.rpartition('/')[0]}/1", key=KEY, options=Options(folder=FOLDER / "counts"))
