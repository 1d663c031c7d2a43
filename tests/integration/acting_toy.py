"""Which team's Celery is acted on by real workers? ``celery -A tests.integration.acting_toy worker``.

Each act writes who acted into a list of the Redis ``TOY_ACTS`` when it begins: what a killed process did counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import Celery, signals
from redis import Redis

from tasksplit.live.claiming import guard
from tasksplit.live.cutover import Cutover, Settings
from tasksplit.live.folder import of_waits
from tasksplit.live.noted import Tally
from tasksplit.live.parking import Parking
from tasksplit.live.waiting import Waiting
from tasksplit.live.waits import Waits
from tasksplit.model.message import Message
from tasksplit.model.migration import Entry, Handler, Migration
from tasksplit.rollout.snapshot import Local
from tasksplit.stores.claims_store import ClaimStore, open_claim_store
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.wire.header import Headers

HERE = "tests.integration.acting_toy"
SECRET = b"a secret of the tests, long enough"
BROKER = os.environ.get("TOY_BROKER", "memory://")
STORE = os.environ.get("TOY_STORE", "memory:")
ACTS = os.environ.get("TOY_ACTS", "redis://127.0.0.1:1/0")
HANDLERS = ("a", "b", "c")
REDELIVERY = timedelta(seconds=5)

app = Celery("acting_toy", broker=BROKER)
app.conf.update(
    broker_transport_options={
        "visibility_timeout": REDELIVERY.total_seconds(),
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    } if BROKER.startswith("redis") else {},
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_default_queue=os.environ.get("TOY_QUEUE", "toy"),
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
    task_routes={"split.*": {"queue": os.environ["TOY_SPLIT_QUEUE"]}} if "TOY_SPLIT_QUEUE" in os.environ else {},
    worker_prefetch_multiplier=4,
)  # fmt: skip

_at_work: list[Any] = []
_acts: list[Redis] = []


def act(side: str, handler: str, number: str) -> None:
    """Write who acts, then take a while."""
    if not _acts or _acts[0].connection_pool.pid != os.getpid():
        _acts[:] = [Redis.from_url(ACTS)]
    _acts[0].rpush(f"acts:{number}:{handler}", side)
    time.sleep(0.004)


@app.task(name="legacy.process", bind=True, max_retries=None, shared=False)
def process(self: Any, event: dict[str, Any]) -> None:
    """Run each handler; every seventh message is retried once, half-way."""
    if _at_work[-1] is not None and _at_work[-1].handed_over:
        return
    for name in HANDLERS:
        divert = _at_work[-1]
        if divert is None or not divert(migration.handler(name), {"number": event["id"]}, ""):
            act("legacy", name, event["id"])
        if name == "b" and event["number"] % 7 == 0 and not self.request.retries:
            raise self.retry(countdown=0)


@app.task(name="split.process", shared=False)
def split_process(event: dict[str, Any]) -> None:
    """Send every handler's task."""
    for name in HANDLERS:
        app.send_task(f"split.{name}", kwargs={"number": event["id"]})


def _handlers() -> Iterator[Handler]:
    for name in HANDLERS:

        def run(number: str, name: str = name) -> None:
            act("split", name, number)

        app.task(name=f"split.{name}", shared=False)(run)
        yield Handler(
            name, legacy=f"{HERE}:legacy_{name}", view=lambda bound: bound, payload=lambda inputs: inputs,
            split=f"split.{name}", implementation=f"{HERE}:split_{name}",
        )  # fmt: skip


migration = Migration(
    name="acting_toy",
    entries=[
        Entry(
            name="message",
            legacy=f"{HERE}:process",
            split=f"{HERE}:split_process",
            accepts=lambda payload: True,
            arguments=lambda payload: {"event": payload},
        )
    ],
    handlers=list(_handlers()),
)


def claims() -> ClaimStore:
    """Return the claims of the toy."""
    return open_claim_store(STORE, migration.name, redelivery=REDELIVERY)


def started() -> Cutover:
    """Stand around every task of this process, as a worker with tasksplit installed does."""
    app.finalize()
    note = Tally()
    flags = open_flag_store(STORE, migration.name)
    local = Local(flags.read, migration.name, max_age=0.2)
    cutover = Cutover(
        migration,
        app,
        flags=local,
        claims=claims(),
        headers=Headers(SECRET, migration.name, migration.names),
        settings=Settings(settle=0.6, lease=timedelta(seconds=2), waiting=Waiting(note, patience=2.0, pause=0.1)),
        note=note,
    )

    @contextmanager
    def around(task: Any) -> Iterator[None]:
        event = task.request.kwargs["event"]
        known = Message(id=task.request.id, payload=event, entry="message", key=event["key"], digest="")
        with cutover.message(task, known) as divert:
            _at_work.append(divert)
            try:
                yield
            finally:
                _at_work.pop()

    if "TOY_FOLDER" in os.environ:
        waits = Waits(of_waits(Path(os.environ["TOY_FOLDER"]), migration.name), migration.names)
        cutover.claiming.waited = waits.add
    guard(process, around)
    for name in ("split.process", *migration_tasks()):
        guard(app.tasks[name], cutover.claiming.around)
    cutover.install()
    signals.worker_process_init.connect(lambda **_: local.start(wait=5.0), weak=False)
    return cutover


def migration_tasks() -> tuple[str, ...]:
    """Return the names of the split tasks."""
    return tuple(handler.split for handler in migration.handlers)


if os.environ.get("TOY_BROKER"):
    started()
    Parking(app, Tally(), queue=f"{app.conf.task_default_queue}.parked").install()
if os.environ.get("TOY_NEW"):

    @app.task(name="new.task", shared=False)
    def new_task(number: str) -> None:
        """Be known to new workers only."""
        act("split", "new", number)
