"""What did one side do for one handler on one message?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tasksplit.model.message import Side

DISPATCH = "dispatch"  #: everything outside the handlers' boundaries; compared and gated like a handler


class OutcomeKind(StrEnum):
    """How did it end, in Celery's terms?"""

    RETURNED = "returned"
    RAISED = "raised"
    RETRIED = "retried"
    IGNORED = "ignored"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What did one side do for one handler on one message: inputs, outcome, effects, duration, attempt?

    ``content`` is the canonical form (``wire.canonical``) of one JSON-like object::

        {"inputs":  {name: value, ...} | null (the handler was never reached inside its task),
         "outcome": {"kind": "returned", "value": ...}
                  | {"kind": "raised", "type": "module.Class", "message": "..."}
                  | {"kind": "retried", "countdown": seconds} | {"kind": "ignored"} | {"kind": "rejected"},
         "effects": {"calls":   [ordered: {"call": "http" | "task" | declared name, ...}, ...],
                     "rows":    {table: [{"op": "insert|update|delete", "key": {...}, "columns": {...}}, ...]},
                     "started": [ordered: {"handler": name, "instance": key}, ...]}}

    Its type-faithful form tells tuple, set, Enum, Decimal, UUID, datetime and bytes from what they look like
    in JSON. Paths in rules and differences (``$.inputs.job``, ``$.effects.calls[2].body.state``) are paths in it.
    """

    message: str
    handler: str
    instance: str
    """Canonical text of the declared function of the inputs; empty where a handler runs once."""
    attempt: int
    """0 for the first delivery; each retry adds one."""
    ordinal: int
    """0 for the first observation with this message, handler, instance and attempt; 1 for one done twice."""
    side: Side
    content: bytes
    duration: float
    """Seconds, by the monotonic clock."""
    ended: str = ""
    """``returned``, ``returned:failure``, ``raised`` ...; empty when it never came to run."""
    parent: str | None = None
    """The handler that started it; None for dispatch."""
    interrupted: str | None = None
    """The handler inside this one whose exception ended it, if one did."""
    undecided: str | None = None
    """Why we could not tell: our own error, truncated, not in the recording. None when we can."""
    calls_before_miss: int | None = None
    """How many calls were observed before the first miss: what came before it stands."""
