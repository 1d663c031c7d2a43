"""What does the toy service do, in its old version?"""

from __future__ import annotations

import os
import time
from typing import Any

from celery import Celery

app = Celery("toy")
app.conf.update(
    task_default_queue=os.environ["TOY_QUEUE"],
    control_exchange=os.environ["TOY_QUEUE"] + "-control",  # others use the same server
    event_exchange=os.environ["TOY_QUEUE"] + "-events",
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)
if os.environ["CELERY_BROKER_URL"].startswith("redis"):
    app.conf.broker_transport_options = {
        "visibility_timeout": 2,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    }


@app.task(name="toy.greet")
def greet(name: str) -> str:
    return f"old greets {name}"


@app.task(name="toy.hold", bind=True, acks_late=True)
def hold(self: Any, key: str) -> list[Any]:
    """Hang when it is delivered for the first time: somebody will kill us."""
    again = bool(self.request.delivery_info["redelivered"])
    print(f"hold {key} begins in {os.getpid()}, again: {again}", flush=True)
    if not again:
        time.sleep(300)
    return [key, again]


@app.task(name="toy.hang")
def hang() -> None:
    """Hang, acknowledged: it is never delivered again."""
    print(f"hang begins in {os.getpid()}", flush=True)
    time.sleep(300)
