"""Which tasks does the toy's legacy become? ``job`` names what a handler of the split does besides: some harm."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from celery import Celery

from tests.live.toys import world
from tests.live.toys.acts import perform
from tests.live.toys.legacy import SETTINGS

app = Celery("live-toy-split", broker=os.environ.get("TOY_BROKER", "memory://"), set_as_current=False)
app.conf.update(SETTINGS)
app.conf.update(task_default_queue=os.environ.get("TOY_SPLIT_QUEUE", "toy-split"), task_ignore_result=True)


@app.task(name="toy.split.process", bind=True)
def process(self: Any, event: Mapping[str, Any]) -> Any:
    """Send the task of each step."""
    perform(event["ref"], "dispatch", event.get("before", []))
    for step in event.get("steps", []):
        kwargs = {"ref": event["ref"], "job": step.get("job", ""), "acts": step.get("acts", [])}
        app.send_task(f"toy.{step['handler']}", kwargs=kwargs)
    return perform(event["ref"], "dispatch", event.get("after", []))


def _done(handler: str, ref: str, job: str, acts: list[Any]) -> Any:
    if job and not job.startswith("view"):
        perform(ref, handler, [[job]])
    return perform(ref, handler, acts)


def mail_service(*, ref: str, job: str, acts: list[Any]) -> Any:
    """Write letters."""
    return _done("mail", ref, job, acts)


def bill_service(*, ref: str, job: str, acts: list[Any]) -> Any:
    """Write bills; what it returns is worded otherwise than in legacy, and a rule has to see whether it is the same."""
    value = _done("bill", ref, job, acts)
    return f"{value}!" if isinstance(value, str) else value


def pack_service(*, ref: str, job: str, acts: list[Any]) -> Any:
    """Pack."""
    return _done("pack", ref, job, acts)


@app.task(name="toy.mail", bind=True)
def mail(self: Any, ref: str, job: str, acts: list[Any]) -> Any:
    """Write letters."""
    world.begins(self)
    return mail_service(ref=ref, job=job, acts=acts)


@app.task(name="toy.bill", bind=True)
def bill(self: Any, ref: str, job: str, acts: list[Any]) -> Any:
    """Write bills."""
    world.begins(self)
    return bill_service(ref=ref, job=job, acts=acts)


@app.task(name="toy.pack", bind=True)
def pack(self: Any, ref: str, job: str, acts: list[Any]) -> Any:
    """Pack."""
    world.begins(self)
    return pack_service(ref=ref, job=job, acts=acts)


if os.environ.get("TOY_NEW"):

    @app.task(name="toy.new", bind=True)
    def new(self: Any, ref: str) -> None:
        """Be known to newer workers only."""
        world.begins(self)
