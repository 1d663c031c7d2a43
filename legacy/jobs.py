"""Which handlers does an event need, and what did they do?"""

from __future__ import annotations

import logging
from typing import Any

# the modules of the handlers register them
from legacy.comments import CommentEvent, process_comment
from legacy.config import ServiceConfig
from legacy.events import Event, ForgeEvent
from legacy.handlers import copr as copr_handlers
from legacy.handlers import downstream as downstream_handlers
from legacy.handlers import koji as koji_handlers
from legacy.handlers import testing_farm as testing_farm_handlers
from legacy.handlers.abstract import HandlerResults
from legacy.handlers.installation import GithubAppInstallationHandler
from legacy.handlers.pagure import PagurePullRequestLabelHandler
from legacy.package_config import NO_CONFIG, JobType
from legacy.parser import parse_centos_event, parse_event
from legacy.reporting import NOT_WHITELISTED
from legacy.selection import known_topics, result_key, select_configs, select_handlers
from legacy.triggers import Trigger
from legacy.whitelist import check_and_report

__all__ = [
    "copr_handlers",
    "downstream_handlers",
    "koji_handlers",
    "process",
    "testing_farm_handlers",
]

logger = logging.getLogger(__name__)


def process_jobs(event: ForgeEvent, config: ServiceConfig) -> dict[str, HandlerResults]:
    """Run every handler of an event, one after the other; the first exception ends it all."""
    package_config = event.package_config
    if package_config is None:
        return {event.trigger.value: HandlerResults(True, {"msg": NO_CONFIG})}
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


def run_handlers(event: Event, config: ServiceConfig) -> dict[str, HandlerResults]:
    """What came of an event: two kinds need no package config, and a comment asks for one thing."""
    if event.trigger is Trigger.installation:
        return {JobType.add_to_whitelist.value: GithubAppInstallationHandler(config, None, event).run_n_clean()}
    if event.trigger is Trigger.pr_label:
        return {JobType.create_bugzilla.value: PagurePullRequestLabelHandler(config, None, event).run_n_clean()}
    if isinstance(event, CommentEvent):
        return process_comment(event, config)
    return process_jobs(event, config) if isinstance(event, ForgeEvent) else {}


def parse(payload: Any, topic: str | None, source: str | None) -> Event | None:
    """The event of a message; what comes from CentOS has topics of its own, which are not looked at here."""
    if source == "centosmsg":
        return parse_centos_event(payload)
    return parse_event(payload) if topic is None or topic in known_topics() else None


def process(payload: Any, topic: str | None = None, source: str | None = None) -> dict[str, Any] | None:
    """Do all that a message asks for; None where it is nothing for us."""
    event = parse(payload, topic, source)
    if event is None or not event.pre_check():
        return None
    if event.project is None:
        logger.warning("No project: whether it is private is not checked.")
    elif event.project.is_private():
        return None
    jobs = run_handlers(event, ServiceConfig.get())
    for key, result in jobs.items():
        if not result.get("success"):
            logger.error("%s: %s", key, result["details"].get("msg"))
    return {"jobs": jobs, "event": event.get_dict()}
