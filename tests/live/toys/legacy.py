"""What is the one task of the toy as it is today? It knows nothing of tasksplit: ``-A tests.live.toys.legacy``."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from celery import Celery
from celery.worker.request import Request

from tests.live.toys import world
from tests.live.toys.acts import perform

QUEUE = os.environ.get("TOY_QUEUE", "toy")
REDELIVERED = timedelta(seconds=5)
SETTINGS: dict[str, Any] = {
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "visibility_timeout": REDELIVERED.total_seconds(), "unacked_restore_interval": 1, "unacked_restore_throttle": 1,
    } if os.environ.get("TOY_BROKER", "").startswith("redis") else {},
    "task_acks_late": True,
    "task_default_queue": QUEUE,
    "task_reject_on_worker_lost": True,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "worker_prefetch_multiplier": int(os.environ.get("TOY_PREFETCH", "1")),
    "worker_proc_alive_timeout": 60.0,
}  # fmt: skip

app = Celery(
    "live-toy-legacy", broker=os.environ.get("TOY_BROKER", "memory://"), backend=os.environ.get("TOY_RESULTS"),
    set_as_current=False,
)  # fmt: skip
app.conf.update(SETTINGS)
app.conf.task_ignore_result = not os.environ.get("TOY_RESULTS")


class Watched(Request):
    """What does the worker tell the broker? Written into the log, as it happens."""

    def acknowledge(self) -> None:
        world.noted("acknowledged", self.name, self.id, self._retried())
        super().acknowledge()

    def reject(self, requeue: bool = False) -> None:
        world.noted("rejected", self.name, self.id, self._retried(), requeue=requeue)
        super().reject(requeue=requeue)

    def _retried(self) -> int:
        return int(self.request_dict.get("retries") or 0)


class Handler:
    """What is done for one message?"""

    def __init__(self, event: dict[str, Any], step: dict[str, Any]) -> None:
        self.ref, self.event = event["ref"], event
        self.name, self.job, self.acts = step["handler"], step.get("job", ""), step.get("acts", [])


class MailHandler(Handler):
    """Write letters."""

    def run(self) -> Any:
        return perform(self.ref, self.name, self.acts)


class BillHandler(Handler):
    """Write bills."""

    def run(self) -> Any:
        return perform(self.ref, self.name, self.acts)


class PackHandler(Handler):
    """Pack."""

    def run(self) -> Any:
        return perform(self.ref, self.name, self.acts)


HANDLERS = {"mail": MailHandler, "bill": BillHandler, "pack": PackHandler}


@app.task(name="toy.process", bind=True, Request="tests.live.toys.legacy:Watched")
def process(self: Any, event: dict[str, Any]) -> Any:
    """Do each step of the message."""
    world.begins(self)
    perform(event["ref"], "dispatch", event.get("before", []))
    for step in event.get("steps", []):
        HANDLERS[step["handler"]](event, step).run()
    return perform(event["ref"], "dispatch", event.get("after", []))


@app.task(name="toy.child", bind=True, Request="tests.live.toys.legacy:Watched")
def child(self: Any, ref: str) -> None:
    """Be sent by legacy."""
    world.begins(self)
