"""Which handlers does an event need, and what did they do?"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

# the modules of the handlers register them
from legacy.config import ServiceConfig
from legacy.events import Event, ForgeEvent
from legacy.handlers import copr as copr_handlers
from legacy.handlers import testing_farm as testing_farm_handlers
from legacy.handlers.abstract import REQUIRED_BY, USED_FOR, HandlerResults, JobHandler
from legacy.handlers.installation import GithubAppInstallationHandler
from legacy.package_config import JobConfig, JobType, PackageConfig
from legacy.parser import parse_centos_event, parse_event
from legacy.reporting import NOT_WHITELISTED
from legacy.triggers import Trigger, can_be_triggered
from legacy.whitelist import check_and_report

__all__ = ["copr_handlers", "process", "select_configs", "select_handlers", "testing_farm_handlers"]

logger = logging.getLogger(__name__)


def known_topics() -> set[str | None]:
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
    return f"{job.type.value}-{datetime.now():%Y%m%d%H%M%S%f}"


def process_jobs(event: ForgeEvent, config: ServiceConfig) -> dict[str, HandlerResults]:
    """Run every handler of an event, one after the other; the first exception ends it all."""
    package_config = event.package_config
    if package_config is None:
        return {event.trigger.value: HandlerResults(True, {"msg": "No packit config in repo"})}
    results: dict[str, HandlerResults] = {}
    handlers = select_handlers(event, package_config)
    if not handlers:
        logger.warning("Nothing is configured for %s.", event.trigger.value)
    for kind in handlers:
        jobs = select_configs(kind, event, package_config)
        if not check_and_report(event, config):
            refused = {job.type.value: HandlerResults(False, {"msg": NOT_WHITELISTED}) for job in jobs}
            return {**results, **refused}
        for job in jobs:
            handler = kind(config, job, event)
            if handler.pre_check():
                results[result_key(job)] = handler.run_n_clean()
    return results


def parse(payload: Any, topic: str | None, source: str | None) -> Event | None:
    if topic is not None and topic not in known_topics():
        return None
    return parse_centos_event(payload) if source == "centosmsg" else parse_event(payload)


def process(payload: Any, topic: str | None = None, source: str | None = None) -> dict[str, Any] | None:
    """Do all that a message asks for; None where it is nothing for us."""
    event = parse(payload, topic, source)
    if event is None or not event.pre_check():
        return None
    if event.project is None:
        logger.warning("No project: whether it is private is not checked.")
    elif event.project.is_private():
        return None
    config = ServiceConfig.get()
    jobs: dict[str, HandlerResults] = {}
    if event.trigger is Trigger.installation:
        handler = GithubAppInstallationHandler(config, None, event)
        jobs[JobType.add_to_whitelist.value] = handler.run_n_clean()
    elif isinstance(event, ForgeEvent):
        jobs = process_jobs(event, config)
    for key, result in jobs.items():
        if not result.get("success"):
            logger.error("%s: %s", key, result["details"].get("msg"))
    return {"jobs": jobs, "event": event.get_dict()}
