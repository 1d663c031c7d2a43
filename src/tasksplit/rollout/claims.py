"""Who may begin? The law of claims, in one place: for one run of a handler never two sides. Pure, for every store.

Each function takes all that is known of one message and returns it anew with an answer; the very same object where
nothing changes. A store applies it by compare-and-set, so that what was looked at is still so when it is written. No
clock has a say in which side acts: the time of a lease only decides who of one side does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tasksplit.model.message import Side
from tasksplit.model.route import Aborted, Claim, ClaimAnswer, ClaimId, ClaimState, Reply, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is known of one message?"""

    route: Route
    claims: Mapping[ClaimId, Claim] = field(default_factory=dict)

    def with_claim(self, claim: Claim) -> Held:
        """Return it with this claim instead of what it was before."""
        return self if self.claims.get(claim.id) == claim else replace(self, claims={**self.claims, claim.id: claim})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who wants to begin?"""

    id: ClaimId
    side: Side
    holder: str
    """One attempt of one process: two that may run at once have two names."""
    lease: timedelta
    again: bool = True
    """The policy where somebody of this side began and nobody knows how it ended: run again, as Celery would? If not,
    a person is to look."""
    take: bool = False
    """Whether to take a run over from whoever of this side is at it: where that side runs in any case, and only the
    books are to say by whom."""


def pinned(held: Held | None, route: Route) -> tuple[Held, Route]:
    """Pin a route; the answer is the one that stands, ours or an earlier one."""
    held = held or Held(route=route)
    return held, held.route


def offered(held: Held | None, wanted: ClaimId) -> tuple[Held | None, Reply]:
    """Note that legacy hands this to the split: granted if its task must be sent, also when it was sent before."""
    if held is None:
        return None, Reply(answer=ClaimAnswer.UNPINNED)
    claim = _claim(held, wanted)
    if claim.side is Side.LEGACY:
        return held, Reply(answer=ClaimAnswer.HELD_BY_SIDE, claim=claim)
    if claim.started:
        return held, Reply(answer=_ANSWERS[claim.state], claim=claim)
    return held.with_claim(claim), Reply(answer=ClaimAnswer.GRANTED, claim=claim)


def claimed(held: Held | None, asked: Asked, now: datetime) -> tuple[Held | None, Reply]:
    """Let one begin, or say why not. The holder that asks again goes on, and has not begun twice."""
    if held is None:
        return None, Reply(answer=ClaimAnswer.UNPINNED)
    claim = _claim(held, asked.id)
    if claim.side is not asked.side:
        return held, Reply(answer=ClaimAnswer.HELD_BY_SIDE, claim=claim)
    ours = claim.state is ClaimState.RUNNING and claim.holder == asked.holder
    doubtful = claim.state is ClaimState.UNKNOWN or (claim.lapsed(now) and not ours)
    if doubtful and not asked.again:
        claim = replace(claim, state=ClaimState.UNKNOWN, until=None)
        return held.with_claim(claim), Reply(answer=ClaimAnswer.UNKNOWN, claim=claim)
    taken = asked.take and claim.state is ClaimState.RUNNING
    if ours or doubtful or taken or claim.state is ClaimState.FREE:
        begun = replace(
            claim,
            state=ClaimState.RUNNING,
            holder=asked.holder,
            until=now + asked.lease,
            started=claim.started + (not ours),
        )
        return held.with_claim(begun), Reply(answer=ClaimAnswer.GRANTED, claim=begun)
    return held, Reply(answer=_ANSWERS[claim.state], claim=claim)


def renewed(held: Held | None, wanted: ClaimId, *, holder: str, until: datetime) -> tuple[Held | None, bool]:
    """Lengthen a lease; the answer is whether it is still this holder's, also where it ran out and nobody came."""
    claim = _of(holder, held, wanted)
    if held is None or claim is None or claim.state is not ClaimState.RUNNING:
        return held, False
    return held.with_claim(replace(claim, until=until)), True


def ended(held: Held | None, wanted: ClaimId, *, holder: str, state: ClaimState) -> tuple[Held | None, bool]:
    """End a run: done, unknown, or free for its own side to begin again. The answer is whether it was this holder's.

    Ending twice in the same way is ending once. Who comes so late that it was called unknown still knows how it ended.
    """
    claim = _of(holder, held, wanted)
    if held is None or claim is None or claim.state not in (ClaimState.RUNNING, ClaimState.UNKNOWN, state):
        return held, False
    return held.with_claim(replace(claim, state=state, until=None)), True


def aborted(
    held: Held | None, back_with: Mapping[str, frozenset[str]], only: frozenset[str] | None = None
) -> tuple[Held | None, Aborted | None]:
    """Give back to legacy what nobody started; None where no route is pinned.

    ``back_with``: for each handler all that must go back with it; where one of those was started, it stays.
    ``only``: of these handlers and all that must go back with them; None: of all.
    """
    if held is None:
        return None, None
    route = held.route
    begun = {claim.id.handler for claim in held.claims.values() if claim.started and claim.side is Side.SPLIT}
    moved = frozenset(name for name in route.split if not begun & (back_with.get(name, frozenset()) | {name}))
    if only is not None:
        moved &= only.union(*(back_with.get(name, frozenset()) for name in only))
    if moved:
        claims = {
            of: replace(claim, side=Side.LEGACY) if of.handler in moved else claim for of, claim in held.claims.items()
        }
        held = Held(route=replace(route, split=route.split - moved), claims=claims)
    # legacy never offers what is its own: an unstarted claim of legacy is one that was given back
    sent = tuple(c.id for c in held.claims.values() if c.side is Side.LEGACY and not c.started)
    return held, Aborted(route=held.route, moved=moved, kept=held.route.split, sent=sent)


_ANSWERS = {
    ClaimState.FREE: ClaimAnswer.HELD_BY_OTHER,  # to be begun again, by a message that is on its way
    ClaimState.RUNNING: ClaimAnswer.HELD_BY_OTHER,
    ClaimState.DONE: ClaimAnswer.ALREADY_DONE,
    ClaimState.UNKNOWN: ClaimAnswer.UNKNOWN,
}


def _claim(held: Held, wanted: ClaimId) -> Claim:
    """Return the claim; where nobody came yet, a free one of the side that the route names."""
    return held.claims.get(wanted) or Claim(id=wanted, side=held.route.side(wanted.handler))


def _of(holder: str, held: Held | None, wanted: ClaimId) -> Claim | None:
    """Return the claim that this holder began, and nobody after it."""
    claim = held.claims.get(wanted) if held else None
    return claim if claim is not None and claim.started and claim.holder == holder else None
