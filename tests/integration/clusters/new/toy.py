"""What does the toy service do, in its new version? One task answers otherwise, and one is new."""

from __future__ import annotations

import os

from celery import Celery

app = Celery("toy")
app.conf.update(
    task_default_queue=os.environ["TOY_QUEUE"],
    control_exchange=os.environ["TOY_QUEUE"] + "-control",
    event_exchange=os.environ["TOY_QUEUE"] + "-events",
    broker_connection_retry_on_startup=True,
)


@app.task(name="toy.greet")
def greet(name: str, politely: bool = True) -> str:
    return f"new greets {name}" + (", politely" if politely else "")


@app.task(name="toy.part")
def part(name: str) -> str:
    return f"new parts with {name}"
