"""What can be sent to the workers of the cut by event: a message, an event of each kind, a build to look after?

A task that takes an event checks, chooses and runs the handlers, one after the other. One that raises ends the task:
those after it do not run. None is tried again; a second delivery begins with the first handler.
"""

from __future__ import annotations

from typing import Any

from shadow.by_event.celery_app import BABYSIT, EVENTS, PARSE, app, task_of
from shadow.by_event.handlers import handle
from shadow.dispatch import decide, recognise
from shadow.entering import has_ended
from shadow.received import Wire, count
from shadow.unit_of_work import unit_of_work
from shadow.wire import Payload


@app.task(name=PARSE, shared=False)
def parse_message(*, event: Any, topic: str | None = None, source: str | None = None, **unknown: Any) -> None:
    """Recognise the event of a message and send it to its task; where there is none, nothing is sent."""
    count(PARSE, unknown)
    with unit_of_work() as work:
        found = recognise(event, topic=topic, source=source, session=work.session)
    if found is not None:
        app.send_task(task_of(found), kwargs=found.to_wire())


def process(event: Any) -> Wire | None:
    """Check, choose, and run the handlers; None where it is nothing for us."""
    with unit_of_work() as work:  # ends before the first handler begins: each has a transaction of its own
        found = decide(event, work.session)
    for payload in found.payloads if found else ():
        handle(payload)
    return found.summary() if found else None


def _task(kind: type[Payload], name: str) -> Any:
    @app.task(name=name, shared=False)
    def process_event(**fields: Any) -> Wire | None:
        return process(kind.from_wire(fields))  # a field that is not known is counted there

    return process_event


TASKS = {kind: _task(kind, name) for kind, name in EVENTS.items()}
"""Kind of event -> its task."""


@app.task(name=BABYSIT, bind=True, max_retries=7, shared=False, lazy=False)
def babysit_copr_build(self: Any, build_id: int, **unknown: Any) -> None:
    """Look after a Copr build until it has ended, and handle that here; gives up after seven waits of three minutes."""
    count(BABYSIT, unknown)
    if not has_ended(build_id, here=handle):
        raise self.retry()
