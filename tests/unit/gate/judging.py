"""Verdicts and differences in few words."""

from __future__ import annotations

from typing import Any

from tasksplit.model.verdict import Difference, Judged, Kind, Verdict

HOUR = 3600.0
NOW = 450_000 * HOUR  #: some hour of some year


def difference(name: str) -> Difference:
    """Return a difference at ``$.name``, whose fingerprint is its name."""
    return Difference(path=f"$.{name}", shape=f"$.{name}", kind=Kind.VALUE, legacy=1, split=2, fingerprint=name)


def judged(*names: str, verdict: Verdict | None = None, **fields: Any) -> Judged:
    """Return a pair that differs at these names: a match without any, else a mismatch, if nothing else is said."""
    told = {"message": "m", "handler": "build", "instance": "", "key": "k", "stratum": "push: returned"}
    found = verdict or (Verdict.MISMATCH if names else Verdict.MATCH)
    return Judged(verdict=found, differences=tuple(map(difference, names)), **(told | fields))


def content(number: int) -> str:
    """Return the digest of a content, spread as digests are."""
    return f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}"
