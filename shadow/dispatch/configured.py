"""What do the jobs of the package config make of an event?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from shadow import selection, whitelist
from shadow.config import service_config
from shadow.dispatch import trigger_rows
from shadow.dispatch.dispatched import NO_CONFIG, Dispatched, nothing, told
from shadow.dispatch.makers import start
from shadow.dispatch.refusal import tell_checks
from shadow.dispatch.subject import Subject, change_of, find_config, with_commit
from shadow.reporting import NOT_WHITELISTED


def for_jobs(subject: Subject, session: Session) -> Dispatched:
    """Choose handlers by the jobs that can be started, and start each for its jobs."""
    subject = with_commit(subject)
    config = find_config(subject)
    if config is None or subject.project is None:
        return told(subject, NO_CONFIG)
    if not config.jobs:
        return nothing(subject)
    change = change_of(subject, subject.project, trigger_rows.get_or_create(subject, session))
    handlers = selection.handlers(subject.event.kind, config.jobs, change.starts)
    if not handlers:
        return nothing(subject)
    chosen = [(handler, selection.places(handler, config.jobs, change.starts)) for handler in handlers]
    if not whitelist.may_use(session, service_config(), subject.event):
        tell_checks(subject.event, change, config)
        _, refused = chosen[0]  # legacy asks for each handler, and stops at the first
        return Dispatched(
            event=subject.about(), told={config.jobs[place].type.value: NOT_WHITELISTED for place in refused}
        )
    return start(chosen, subject=subject, change=change, config=config, session=session)
