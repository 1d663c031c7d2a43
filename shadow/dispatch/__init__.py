"""Which tasks does a message need, and who is told when it gets none?

The way of a message:

1. parse         which event is it? Nothing for us: None; about a build in Copr that is not ours: perhaps another
2. look up       what is it about, by what our rows say?
3. private?      what happens in private repositories is nothing for us either: None
4. by the event  an installation and a label need no package config (`unconfigured`);
                 a comment asks for one handler by its command (`commanded`);
                 all else is what the jobs of the package config are for (`configured`)

Where a package config decides: it is found; the row of what happened is made, where it has none; the jobs that the
event can start choose the handlers (`shadow.selection`); the whitelist is asked, and a refusal told (`refusal`); each
handler makes a payload for each of its jobs, or says that this one is not for it (`makers`).
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy.orm import Session

from shadow.dispatch.commanded import for_command
from shadow.dispatch.configured import for_jobs
from shadow.dispatch.dispatched import Dispatched
from shadow.dispatch.subject import copr_build_of, look_up, with_run
from shadow.dispatch.unconfigured import for_installation, for_label
from shadow.events import (
    CommentEvent,
    CoprBuildEvent,
    Event,
    FedmsgTopic,
    InstallationEvent,
    PullRequestLabelPagureEvent,
)
from shadow.parser import parse, parse_centos

__all__ = ["Dispatched", "decide", "dispatch", "recognise"]

logger = logging.getLogger(__name__)

CENTOS = "centosmsg"
TOPICS = frozenset(topic.value for topic in FedmsgTopic)


def dispatch(message: Any, *, topic: str | None, source: str | None, session: Session) -> Dispatched | None:
    """Parse, check and choose; None where it is nothing for us."""
    event = recognise(message, topic=topic, source=source, session=session)
    return decide(event, session) if event is not None else None


def decide(event: Event, session: Session) -> Dispatched | None:
    """Check and choose; None where it is nothing for us."""
    if isinstance(event, InstallationEvent):
        return for_installation(event)
    subject = look_up(event, session)
    if subject is None or (subject.project is not None and subject.project.is_private()):
        return None
    if isinstance(event, PullRequestLabelPagureEvent):
        return for_label(subject, event)
    if isinstance(event, CommentEvent):
        return for_command(subject, event, session)
    return for_jobs(with_run(subject, session), session)


def recognise(message: Any, *, topic: str | None, source: str | None, session: Session) -> Event | None:
    """Parse; None where it is nothing for us.

    The topics of CentOS are its own; of the other topics only those are looked at that some handler is for.
    """
    if source == CENTOS:
        return parse_centos(message)
    if topic is not None and topic not in TOPICS:
        return None
    return parse(message, lambda event: _may_be_ours(event, session))


def _may_be_ours(event: Event, session: Session) -> bool:
    """A message about a build in Copr that is not ours can still be something else."""
    if not isinstance(event, CoprBuildEvent) or copr_build_of(event, session) is not None:
        return True
    logger.warning("Copr build %s is not ours.", event.build_id)
    return False
