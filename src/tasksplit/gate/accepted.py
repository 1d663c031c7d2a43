"""Which differences may stand for a while, and which acceptances are in the way?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from tasksplit.gate.words import many, of, share
from tasksplit.model.accepted import Acceptance
from tasksplit.model.evidence import Finding, Tally
from tasksplit.model.verdict import Difference

MOST = 3  #: that one handler may have within ``WITHIN``; more are a handler that is not ready
WITHIN = timedelta(days=30)


class Accepted:
    """Which differences were accepted by name, and hold today for this code?"""

    def __init__(self, entries: Iterable[Acceptance], *, today: date, legacy: str, split: str) -> None:
        """``legacy`` and ``split``: digests or releases of the code that is judged now."""
        self._today, self._code = today, (legacy, split)
        self._entries: dict[str, dict[str, Acceptance]] = defaultdict(dict)
        for one in entries:
            self._entries[one.handler][one.fingerprint] = one
        self._holding = {
            handler: {f for f, one in entries.items() if not self._why_not(one)}
            for handler, entries in self._entries.items()
        }

    def of(self, handler: str, differences: Sequence[Difference]) -> str:
        """Return why a pair with exactly these differences is accepted, in words; empty where it is not."""
        holding = self._holding.get(handler)
        if not holding or not differences or any(d.fingerprint not in holding for d in differences):
            return ""
        entries = self._entries[handler]
        names = dict.fromkeys(d.fingerprint for d in differences)
        return "; ".join(f"accepted by {entries[f].by} until {entries[f].until}: {entries[f].because}" for f in names)

    def entries(self, handler: str) -> tuple[Acceptance, ...]:
        """Return all that was accepted of a handler, whether it holds today or not."""
        return tuple(self._entries.get(handler, {}).values())

    def findings(self, handler: str, tally: Tally, seen: Mapping[str, int]) -> Iterator[Finding]:
        """Yield what a reviewer must know of what is accepted; ``seen``: fingerprint -> pairs that show it."""
        yield from self.over(handler)
        entries = self._entries.get(handler, {})
        pairs = tally.pairs + tally.accepted
        for fingerprint, one in entries.items():
            what = _named(one)
            if one.until < self._today:
                continue
            if why := self._why_not(one):
                yield Finding(code="accepted-of-other-code", text=f"{what} does not hold: {why}; accept it anew")
            elif not seen.get(fingerprint):
                text = f"{what} was accepted, and no pair shows it: take it out of accepted.toml"
                yield Finding(code="accepted-never-seen", text=text)
            elif seen[fingerprint] > one.ceiling * pairs:
                text = (
                    f"{what} shows in {of(seen[fingerprint], pairs, 'pair')}, above its ceiling of {share(one.ceiling)}"
                )
                yield Finding(code="accepted-over-ceiling", text=text, blocks=True)
        recent = [one for one in entries.values() if self._today - one.since < WITHIN]
        if len(recent) > MOST:
            text = f"{many(len(recent), 'difference')} accepted within {WITHIN.days} days: is this handler ready?"
            yield Finding(code="accepted-too-many", text=text)

    def over(self, handler: str) -> Iterator[Finding]:
        """Yield which acceptances of a handler are over: of kept evidence too, which was decided while they held."""
        for one in self._entries.get(handler, {}).values():
            if one.until < self._today:
                text = f"{_named(one)} was accepted until {one.until}: mend it, or accept it anew"
                yield Finding(code="accepted-expired", text=text, blocks=True)

    def _why_not(self, one: Acceptance) -> str:
        if one.until < self._today:
            return f"it held until {one.until}"
        changed = [
            f"{side} was {then}, and is {now}"
            for side, then, now in zip(("legacy", "split"), (one.legacy, one.split), self._code, strict=True)
            if then != now
        ]
        return "it was accepted for other code: " + "; ".join(changed) if changed else ""


def _named(one: Acceptance) -> str:
    return f"{one.fingerprint} ({one.shape or 'accepted by ' + one.by})"


NONE_ACCEPTED = Accepted((), today=date.min, legacy="", split="")
"""Where nothing is accepted."""
