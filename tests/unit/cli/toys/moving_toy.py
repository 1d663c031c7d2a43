"""A service of three handlers, of which two move together; a module of its own, so that its version is its own."""

import os
from typing import Any

from celery import Celery

from tasksplit import Handler, Migration

BROKER = os.environ.get("TOY_BROKER", "memory://")
legacy = Celery("moving-toy-legacy", broker=BROKER, set_as_current=False)
app = Celery("moving-toy", broker=BROKER, set_as_current=False)
app.conf.task_routes = {"toy.pack": "packing"}


@legacy.task(name="toy.process", acks_late=True, reject_on_worker_lost=True)
def process(event: Any) -> None:
    for handle in (pack, ship, bill):
        handle(event)


@legacy.task(name="toy.hasty")
def hasty(event: Any) -> None:
    process(event)


def pack(event: Any) -> None: ...
def ship(event: Any) -> None: ...
def bill(event: Any) -> None: ...


@app.task(name="toy.dispatch")
def dispatch(event: Any) -> None: ...
@app.task(name="toy.pack")
def run_pack(event: Any) -> None: ...
@app.task(name="toy.ship")
def run_ship(event: Any) -> None: ...
@app.task(name="toy.bill")
def run_bill(event: Any) -> None: ...


def view(bound: Any) -> Any:
    return dict(bound)


def handler(name: str, *after: str) -> Handler:
    named = {"legacy": f"moving_toy:{name}", "split": f"toy.{name}", "implementation": f"moving_toy:run_{name}"}
    return Handler(name, view=view, after=after, **named)


def declared(legacy: str) -> Migration:
    handlers = [handler("pack"), handler("ship", "pack"), handler("bill")]
    return Migration(name="toy", legacy=f"moving_toy:{legacy}", split="moving_toy:dispatch", handlers=handlers)


migration = declared("process")
early = declared("hasty")
broken = declared("gone")
