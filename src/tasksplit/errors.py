"""What can go wrong, in one family: every error says what was found, what was expected and what to do."""

from __future__ import annotations

from datetime import datetime


class TasksplitError(Exception):
    """The root of every error that tasksplit raises on purpose. Do not raise directly."""


class DeclarationError(TasksplitError):
    """A migration that cannot be: raised when it is built, never in the middle of a run. CLI exit code 2."""


class MessageError(TasksplitError):
    """A payload that cannot be used: it is named, counted by its reason, and survived.

    ``detail`` is what only this payload has to say (sizes, positions): it is shown, and not counted by.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class StoreError(TasksplitError):
    """A store that is locked, read-only, of another version or away. Nothing that it held is lost."""


class FlagConflict(StoreError):  # noqa: N818  # what happened, as in RuleFailed
    """Somebody else changed a flag after it was read: nothing was applied. It names the newest change."""

    def __init__(self, found: str, *, who: str, when: datetime | None) -> None:
        super().__init__(
            sentence(found=found, expected="the flags as they were read", do="look at them again, then decide anew")
        )
        self.who = who
        self.when = when


class ReplayError(TasksplitError):
    """Our own failure while a side was replayed: its pair is undecided, never a mismatch."""


class ReportError(TasksplitError):
    """A report that cannot be written or read."""


def sentence(*, found: str, expected: str, do: str) -> str:
    """Return one message of three parts, in the order in which a reader needs them."""
    return f"Found {found}. Expected {expected}. To mend it: {do}."
