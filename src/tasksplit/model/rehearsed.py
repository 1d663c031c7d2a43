"""What became of the world when the split's tasks came twice, failed, were killed, or ran in other orders?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tasksplit.model.evidence import Finding

NOT_IDEMPOTENT = "not-idempotent"  #: a second delivery does again what was done
LOST = "lost-on-failure"  #: after a failure and a second delivery something is missing
ORDER = "order-matters"  #: in another order of the tasks the world ends up another
RACE = "race"  #: two deliveries at once do what one after the other would not
UNTOLD = "not-told"  #: a replay came to no result: nothing is known of that circumstance
CODES = (NOT_IDEMPOTENT, LOST, ORDER, RACE, UNTOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerRehearsed:
    """What befell the tasks of one handler, how often, and what came of it?"""

    handler: str
    tried: Mapping[str, int] = field(default_factory=dict)
    """Circumstance -> on how many replays it struck and a result was held against the plain run."""
    messages: int = 0
    """On how many different messages."""
    findings: tuple[Finding, ...] = ()

    @property
    def clean(self) -> bool:
        """Return whether something was tried, and nothing found."""
        return bool(self.tried) and not self.findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What did one call of `tasksplit rehearse` show, and of which code?"""

    migration: str
    at: datetime
    versions: Mapping[str, str]
    handlers: tuple[HandlerRehearsed, ...]
    seed: int = 0

    def of(self, handler: str) -> HandlerRehearsed | None:
        """Return what was shown of one handler; None: it was not asked for, or no message came to it."""
        return next((one for one in self.handlers if one.handler == handler), None)
