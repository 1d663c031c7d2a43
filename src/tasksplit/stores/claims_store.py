"""Who may begin, across processes? Routes are pinned and runs are claimed here; the law is ``rollout.claims``."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.route import Aborted, Claim, ClaimId, ClaimState, Reply, Route
from tasksplit.rollout import claims as law
from tasksplit.rollout.claims import Asked, Held
from tasksplit.rollout.claims_written import read_held, write_held
from tasksplit.stores.claims_protocol import ClaimRecords, Record, crowded, key_of, open_claim_records

T = TypeVar("T")
_Step = Callable[[Held | None, datetime], tuple[Held | None, T]]

KEPT = timedelta(days=7)  #: after the last change of a message of which nothing is unfinished
_PAGE = 500  # records forgotten at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many runs are in which state, of the messages that are kept?"""

    unfinished: Mapping[tuple[str, ClaimState], int] = field(default_factory=dict)
    """By handler, of messages of which anything is unfinished. One whose lease ran out counts as unknown."""
    done: int = 0
    """Of all messages."""

    def of(self, state: ClaimState) -> int:
        """Return how many there are in a state, of all handlers."""
        if state is ClaimState.DONE:
            return self.done
        return sum(count for (_, each), count in self.unfinished.items() if each is state)


class ClaimStore:
    """Who may begin? Every answer holds for all processes; every failure is a ``StoreError`` that changed nothing,
    or after which asking again under the same name finds what was done."""

    def __init__(
        self, records: ClaimRecords, *, kept: timedelta = KEPT, redelivery: timedelta, patience: float = 5.0
    ) -> None:
        """Name where records are kept, and for how long after the last change.

        ``redelivery``: after how long the broker delivers a message again that nobody acknowledged; with Redis the
        visibility timeout. A message whose claims are forgotten acts anew, so ``kept`` must be twice that at least.
        ``patience``: for how many seconds to try while others change the same message.
        """
        if kept < 2 * redelivery:
            raise DeclarationError(
                sentence(
                    found=f"claims kept for {kept} with a broker that delivers again after {redelivery}",
                    expected=f"{2 * redelivery} at least: a message that comes when its claims are gone acts twice",
                    do="keep claims longer, or shorten the broker's visibility timeout",
                )
            )
        self._records, self._kept, self._patience = records, kept, patience

    def pin(self, route: Route) -> Route:
        """Pin the route of a message if none is; return the one that stands."""
        return self._change(route.message, lambda held, _now: law.pinned(held, route))

    def pinned(self, message: str) -> Route | None:
        """Return the route of a message as it stands; None where none is pinned."""
        _, held, _ = self._look(message)
        return held.route if held else None

    def offer(self, wanted: ClaimId) -> Reply:
        """Note that legacy hands a run to the split, before its task is sent; granted if it must be sent."""
        return self._change(wanted.message, lambda held, _now: law.offered(held, wanted))

    def claim(self, asked: Asked) -> Reply:
        """Begin a run, if granted; until the lease ends, nobody else is."""
        return self._change(asked.id.message, lambda held, now: law.claimed(held, asked, now))

    def heartbeat(self, wanted: ClaimId, holder: str, lease: timedelta) -> bool:
        """Lengthen the lease from now on; return False where it is another's, or ended: then stop if you can."""
        return self._change(
            wanted.message, lambda held, now: law.renewed(held, wanted, holder=holder, until=now + lease)
        )

    def finish(self, wanted: ClaimId, holder: str) -> bool:
        """End a run, however it ended, if nothing of it will run again; return False where it is another's by now."""
        return self._end(wanted, holder, ClaimState.DONE)

    def release(self, wanted: ClaimId, holder: str) -> bool:
        """Leave a run to a later attempt of the same side: it is to be retried, or was handed back to the broker."""
        return self._end(wanted, holder, ClaimState.FREE)

    def leave_unknown(self, wanted: ClaimId, holder: str) -> bool:
        """Say that a holder died, without waiting for its lease to run out."""
        return self._end(wanted, holder, ClaimState.UNKNOWN)

    def abort(
        self, message: str, back_with: Mapping[str, frozenset[str]], *, only: frozenset[str] | None = None
    ) -> Aborted | None:
        """Give back to legacy what nobody of the split has started; None where no route is pinned.

        ``back_with``: what can go back only together, see ``rollout.routes.back_with``. ``only``: these handlers, with
        all that must go back with them; None: all.
        """
        return self._change(message, lambda held, _now: law.aborted(held, back_with, only))

    def claims(self, message: str) -> tuple[Claim, ...]:
        """Return the claims of a message, those of the split that wait included."""
        _, held, _ = self._look(message)
        return tuple(held.claims.values()) if held else ()

    def counts(self) -> Counts:
        """Return how many runs are in which state; for people, while others go on."""
        _, now = self._records.read("")  # no message has this id; the time is the store's
        found: Counter[tuple[str, ClaimState]] = Counter()
        for body in self._records.unfinished():
            for claim in read_held(body).claims.values():
                if claim.state is not ClaimState.DONE:
                    found[claim.id.handler, ClaimState.UNKNOWN if claim.lapsed(now) else claim.state] += 1
        return Counts(unfinished=dict(found), done=self._records.done())

    def forget(self, limit: int = _PAGE) -> int:
        """Remove messages of which nothing is unfinished, and that nobody changed for as long as they are kept.

        To be called now and then, off the messages' path; returns how many it removed.
        """
        return self._records.forget(self._kept, limit)

    def problems(self) -> tuple[str, ...]:
        """Return why claims are not safe with this store, in sentences; none where they are."""
        return self._records.problems()

    def close(self) -> None:
        """Let go of files and connections; a second time changes nothing."""
        self._records.close()

    def _end(self, wanted: ClaimId, holder: str, state: ClaimState) -> bool:
        return self._change(wanted.message, lambda held, _now: law.ended(held, wanted, holder=holder, state=state))

    def _look(self, message: str) -> tuple[str | None, Held | None, datetime]:
        body, now = self._records.read(key_of(message))
        return body, (read_held(body) if body is not None else None), now

    def _change(self, message: str, step: _Step[T]) -> T:
        """Look, apply the law, and write if it is still as it was; else look again. One of all that try always wins."""
        began = time.monotonic()
        while True:
            body, held, now = self._look(message)
            after, answer = step(held, now)
            if after is held or after is None:
                return answer
            if self._records.write(key_of(message), _record(after), before=body):
                return answer
            if time.monotonic() - began >= self._patience:
                raise crowded(message, self._patience)


def open_claim_store(url: str, migration: str, *, redelivery: timedelta, kept: timedelta = KEPT) -> ClaimStore:
    """Return the claims of a migration behind a URL, as of ``open_claim_records``."""
    return ClaimStore(open_claim_records(url, migration), kept=kept, redelivery=redelivery)


def _record(held: Held) -> Record:
    states = [claim.state for claim in held.claims.values()]
    return Record(
        body=write_held(held),
        unfinished=any(state is not ClaimState.DONE for state in states),
        done=states.count(ClaimState.DONE),
    )
