"""What came of a message?"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from shadow.dispatch.subject import Subject
from shadow.wire import Payload

logger = logging.getLogger(__name__)

NO_CONFIG = "No packit config in repo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What was recognised, what is to be handled, and what was told instead?"""

    event: dict[str, Any]
    payloads: list[Payload] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    """For which type of job each payload is."""
    told: dict[str, str] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """Show what was decided as a small dictionary."""
        return {"event": self.event, "started": self.started, "told": self.told}


def told(subject: Subject, text: str) -> Dispatched:
    """Nothing is started, and that is why."""
    return Dispatched(event=subject.about(), told={subject.event.kind: text})


def nothing(subject: Subject) -> Dispatched:
    """Nothing is started: no job of the package config is for this."""
    logger.warning("Nothing is configured for %s.", subject.event.kind)
    return Dispatched(event=subject.about())
