"""At which stage is each handler, who moved it there, and how old is what we know of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from tasksplit.errors import DeclarationError, sentence

SEPARATOR = "\x1f"  #: between the parts of what is hashed, see rollout.buckets


class Stage(StrEnum):
    """How far has a handler come? In this order; forward one by one, back to any earlier one."""

    OFF = "off"  #: legacy acts, nothing is recorded
    SHADOW = "shadow"  #: legacy acts, the split is replayed
    CANARY = "canary"  #: the split acts for a share of keys
    LIVE = "live"  #: the split acts
    RETIRED = "retired"  #: the split acts, and legacy's code may be deleted

    @property
    def position(self) -> int:
        """Return 0 for ``off`` to 4 for ``retired``."""
        return _ORDER[self]


_ORDER = {stage: position for position, stage in enumerate(Stage)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For which keys does the split act in a canary? Denied goes before allowed, that before the share."""

    share: float = 0.0
    """Share of keys, 0-1."""
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    salt: str = ""
    """Another salt gives another choice of keys."""
    hashed_as: str = ""
    """The name that is hashed with the key: one for all handlers that move together. Empty: the handler's own."""

    def __post_init__(self) -> None:
        if not isinstance(self.share, int | float) or not 0 <= self.share <= 1:
            raise DeclarationError(
                sentence(
                    found=f"share={self.share!r}", expected="a share from 0 to 1", do="write for example share=0.05"
                )
            )
        for name in ("allow", "deny"):
            if isinstance(keys := getattr(self, name), str) or not all(isinstance(key, str) for key in keys):
                raise DeclarationError(
                    sentence(
                        found=f"{name}={keys!r}", expected="a set of keys, each a text", do=f"write {name}={{'key'}}"
                    )
                )
            object.__setattr__(self, name, frozenset(keys))  # a list compares unequal to the set that was read back
        for name in ("salt", "hashed_as"):
            if SEPARATOR in getattr(self, name):
                raise DeclarationError(
                    sentence(
                        found=f"the character U+001F in {name}={getattr(self, name)!r}",
                        expected="a text without it, since it stands between the parts of what is hashed",
                        do="leave it out",
                    )
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """At which stage is a handler, or dispatch?"""

    handler: str
    stage: Stage = Stage.OFF
    terms: Terms = field(default_factory=Terms)
    revision: int = 0
    """Of the flags when this one was last changed; 0: never."""
    changed_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.handler or SEPARATOR in self.handler:
            raise DeclarationError(
                sentence(
                    found=f"a flag of the handler {self.handler!r}",
                    expected="a name that is not empty and has no character U+001F",
                    do="rename the handler",
                )
            )


class Source(StrEnum):
    """Where do flags come from?"""

    STORE = "store"  #: read a moment ago
    MEMORY = "memory"  #: read from the store before it went away
    FILE = "file"  #: left by a process before this one
    NEVER = "never"  #: nobody ever told: all off


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """At which stage was each handler, when it was last asked for?"""

    flags: Mapping[str, Flag] = field(default_factory=dict)
    revision: int = 0
    """Grows by one with each change, of whichever flag."""
    source: Source = Source.NEVER
    read_at: datetime | None = None

    def of(self, handler: str) -> Flag:
        """Return the flag of a handler; ``off`` where nobody ever set one."""
        return self.flags.get(handler) or Flag(handler=handler)

    def age(self, now: datetime) -> float | None:
        """Return how many seconds ago they were read; None where they never were."""
        return max(0.0, (now - self.read_at).total_seconds()) if self.read_at else None

    @property
    def changed_at(self) -> datetime | None:
        """Return when the newest flag was changed; None where none ever was."""
        return max((flag.changed_at for flag in self.flags.values() if flag.changed_at), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who moved a flag, from where to where, when, why, and what was known at the time?"""

    handler: str
    before: Flag
    after: Flag
    who: str
    why: str
    when: datetime
    evidence: Mapping[str, Any] = field(default_factory=dict)  # any JSON value
    """The decisions at the time, as they were."""
    forced: bool = False
    """Whether a reason against it was overridden; ``evidence["overridden"]`` has it in words."""

    @property
    def revision(self) -> int:
        """Return the revision of the flags that this change led to; changes of one act share it."""
        return self.after.revision
