"""How does `process_message` become tasks of its own, event by event?

The handlers, what each must receive, and the world are those of the split by handler. Another is which tasks there
are: a handler has none of its own, and runs inside that of its event. So it can be replayed and compared alone, and
goes live with its event only.
"""

from __future__ import annotations

from dataclasses import replace

from shadow.by_event.celery_app import EVENTS
from shadow.migration import migration as by_handler

HANDLERS = "shadow.by_event.handlers"

message, babysit = by_handler.entries

migration = replace(
    by_handler,
    name="process_message_by_event",
    entries=[
        replace(message, split="shadow.by_event.tasks:parse_message"),
        replace(babysit, split="shadow.by_event.tasks:babysit_copr_build"),
    ],
    dispatch=replace(by_handler.dispatch, goes_on=list(EVENTS.values())),
    handlers=[
        replace(handler, split="", payload=None, implementation=f"{HANDLERS}:{handler.name}", doors=(), passes="event")
        for handler in by_handler.handlers
    ],
    independent=False,  # as in legacy, one that raises ends the others
)
