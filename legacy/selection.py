"""Which handlers does an event need, and for which jobs?"""

from __future__ import annotations

from datetime import datetime

from legacy.events import ForgeEvent
from legacy.handlers.abstract import REQUIRED_BY, USED_FOR, JobHandler
from legacy.package_config import JobConfig, PackageConfig
from legacy.triggers import can_be_triggered


def known_topics() -> set[str | None]:
    """The topics of the bus that some handler is for."""
    return {handler.topic for handlers in USED_FOR.values() for handler in handlers}


def select_handlers(event: ForgeEvent, config: PackageConfig) -> list[type[JobHandler]]:
    """The handlers of the jobs that the event can start, and those that a configured job requires; by name."""
    found: set[type[JobHandler]] = set()
    for job in config.jobs:
        if can_be_triggered(job, event):
            found |= {kind for kind in USED_FOR[job.type] if event.trigger in kind.triggers}
        found |= {kind for kind in REQUIRED_BY[job.type] if event.trigger in kind.triggers}
    return sorted(found, key=lambda kind: kind.__name__)


def select_configs(handler: type[JobHandler], event: ForgeEvent, config: PackageConfig) -> list[JobConfig]:
    """The jobs that a handler is run for, in the order of the file."""
    jobs = [job for job in config.jobs if can_be_triggered(job, event)]
    own = [job for job in jobs if handler in USED_FOR[job.type]]
    return own or [job for job in jobs if handler in REQUIRED_BY[job.type]]


def result_key(job: JobConfig) -> str:
    """What the result of a handler is stored under."""
    return f"{job.type.value}-{datetime.now():%Y%m%d%H%M%S%f}"
