"""Which difference was accepted by name, by whom, until when, and for which code?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tasksplit.errors import DeclarationError, sentence

CEILING = 0.05  #: share of pairs that may show an accepted difference, where nobody says another


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Why may one difference stand for a while? A line of ``accepted.toml``, reviewed like code."""

    handler: str
    fingerprint: str
    """12 hexadecimal digits, as reports show it."""
    because: str
    by: str
    since: date
    until: date
    """The last day on which it holds."""
    legacy: str
    """Digest of legacy's code, or its release, for which it was accepted; of other code it does not hold."""
    split: str
    ceiling: float = CEILING
    """Share of pairs (0-1) that may show it."""
    shape: str = ""
    """Where it is, for a reader."""

    def __post_init__(self) -> None:
        for name in ("handler", "fingerprint", "because", "by", "legacy", "split", "shape"):
            value = getattr(self, name)
            if not isinstance(value, str):
                self._wrong(f"an accepted difference with {name} = {value!r}", "a text", f"correct {name}")
            if name != "shape" and not value.strip():
                self._wrong(f"an accepted difference without {name}", "who accepts what, and why", f"give {name}")
        if not isinstance(self.ceiling, int | float) or isinstance(self.ceiling, bool) or not 0 < self.ceiling <= 1:
            found = f"the ceiling {self.ceiling!r} of {self.fingerprint}"
            self._wrong(found, "a share of pairs above 0, at most 1", f"write for example ceiling = {CEILING}")
        if self.until < self.since:
            found = f"{self.fingerprint} of {self.handler}, accepted on {self.since} until {self.until}"
            self._wrong(found, "a day that is not before the first", "correct the date")

    def _wrong(self, found: str, expected: str, do: str) -> None:
        raise DeclarationError(sentence(found=found, expected=expected, do=do))
