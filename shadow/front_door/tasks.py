"""What do the workers do for the front door?"""

from __future__ import annotations

from functools import cache

from legacy.database import engine
from shadow.celery_app import app
from shadow.config import service_config
from shadow.front_door.intake import Intake
from shadow.front_door.publishing import Publisher
from shadow.front_door.storing import EventStore


@cache
def _intake() -> Intake:
    settings = service_config()
    publisher = Publisher(app, task=settings.dispatcher, seconds=settings.publish_seconds)
    return Intake(EventStore(engine, lease=settings.sweep_after), publisher.publish)


@app.task(name="task.sweep_stored_events", shared=False)
def sweep_stored_events() -> int:
    """Send the events that were stored while the broker was away; how many were sent."""
    return _intake().sweep(service_config().sweep_batch)
