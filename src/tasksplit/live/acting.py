"""Who acts at each boundary of this message? Its pinned route says; legacy hands over what is the split's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

from tasksplit.errors import StoreError
from tasksplit.live.claiming import how_ended
from tasksplit.live.holding import Run, new_holder
from tasksplit.live.noted import Noted
from tasksplit.live.parts import Parts
from tasksplit.live.waiting import Later
from tasksplit.model.message import Message, Side
from tasksplit.model.migration import Handler
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import SEPARATOR
from tasksplit.model.route import ClaimAnswer, ClaimId, ClaimState, Route


class Acting:
    """What answers at the boundaries of one delivery of one message? Implements ``capture.journal.Divert``."""

    def __init__(self, parts: Parts, task: Any, message: Message, *, wanted: Route, again: bool) -> None:
        """``wanted``: the route to be pinned if none is; ``again``: the message came before."""
        self._parts, self._task, self._message = parts, task, message
        self._wanted, self._again = wanted, again
        self._route = wanted
        self._met: Counter[ClaimId] = Counter()
        self._sent: set[ClaimId] = set()
        self._legacy: list[Run] = []
        self._later: Later | None = None
        self.handed_over = False
        """The whole message is the split's: its entry was sent, and legacy's task must not run."""

    def __enter__(self) -> Acting | None:
        """Pin the route; return who answers at the boundaries, None where legacy runs everything.

        Raises ``Reject`` or ``Ignore`` where the store is away for too long.
        """
        try:
            self._route = self._parts.waiting.ask(self._task, self._stands)
            self._parts.carried.write_down(self._task, self._route)
            if DISPATCH in self._route.split:
                self.handed_over = self._diverted(DISPATCH, "", kwargs=self._arguments())
            if self.handed_over:
                return self
            if not self._route.split and self._route == self._wanted:
                return None  # legacy's alone from its first delivery on: nothing that could be anybody else's
            self._begun(self._counted(DISPATCH, ""))
        except Later as why:
            self._parts.waiting.put_back(self._task, str(why))
        return self

    def __call__(self, handler: Handler, inputs: Mapping[str, Any] | None, instance: str) -> bool:
        """Return True where the split task of this run was sent; False: legacy runs it here.

        Raises ``Later``, which leaves legacy's task as a ``Reject``, where the message has to come again.
        """
        try:
            if self._route.side(handler.name) is Side.SPLIT and self._handed(handler, inputs, instance):
                return True
            self._begun(self._counted(handler.name, instance))
        except Later as why:
            self._later = why
            raise
        return False

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        state = ClaimState.FREE if self._later else how_ended(error)
        for run in self._legacy:
            self._parts.holding.end(run, state)
        if how_ended(error) is ClaimState.FREE:
            return  # it comes again, by the user's own doing
        if self._later is None and self._sent:
            self._given_back_meanwhile()
        if self._later is not None:  # also where the user's code caught it, or made another error of it
            self._parts.waiting.put_back(self._task, str(self._later))

    def _stands(self) -> Route:
        """Return the pinned route. One that came before and is not pinned has been begun by legacy alone."""
        claims, wanted = self._parts.claims, self._wanted
        if self._again:
            stands = claims.pinned(wanted.message)
            if stands is not None or not wanted.split:
                return stands or wanted
        self._parts.note(Noted.PINNED, wanted.message)
        return claims.pin(wanted)

    def _handed(self, handler: Handler, inputs: Mapping[str, Any] | None, instance: str) -> bool:
        payload = handler.payload
        if inputs is None or payload is None:
            return self._without_payload(handler)
        try:
            kwargs = payload(inputs)
        except Exception as error:  # noqa: BLE001  # the user's function may raise anything, and quote the message
            self._parts.note(Noted.VIEW_FAILED, f"{handler.name}: {type(error).__name__}")
            return self._without_payload(handler)
        return self._diverted(handler.name, instance, kwargs=kwargs, task=handler.split)

    def _diverted(self, name: str, instance: str, *, kwargs: Mapping[str, Any], task: str = "") -> bool:
        """Hand one run over; return False where it was given back to legacy meanwhile."""
        wanted = self._counted(name, instance)
        task = task or self._parts.handover.entry_task(self._message.entry)
        granted = self._parts.waiting.ask(self._task, lambda: self._offered(wanted, task, kwargs))
        if not granted:
            self._met[ClaimId(message=wanted.message, handler=name, instance=instance)] -= 1
            self._route = self._parts.waiting.ask(
                self._task, lambda: self._parts.claims.pinned(wanted.message) or self._route
            )
            if self._route.side(name) is Side.SPLIT:
                raise Later(f"{wanted} is the other side's by its claim, and the split's by its route")
            self._parts.note(Noted.GIVEN_BACK, str(wanted))
        return granted

    def _offered(self, wanted: ClaimId, task: str, kwargs: Mapping[str, Any]) -> bool:
        reply = self._parts.claims.offer(wanted)
        if reply.answer is ClaimAnswer.HELD_BY_SIDE:
            return False
        if reply.granted:
            self._parts.handover.send(task, kwargs, wanted, self._route)
            self._parts.note(Noted.HANDED_OVER, str(wanted))
        else:
            self._parts.note(Noted.SENT_BEFORE, str(wanted))
        self._sent.add(wanted)
        return True

    def _without_payload(self, handler: Handler) -> bool:
        """Nothing can be sent: legacy runs it, if nobody of the split has begun it or what goes with it."""
        parts, message = self._parts, self._message.id
        parts.note(Noted.VIEW_FAILED, f"{handler.name} of {message}")
        if handler.instance is None:
            before = parts.waiting.ask(self._task, lambda: parts.claims.claims(message))
            if any(c.id.handler == handler.name and c.side is Side.SPLIT and c.started for c in before):
                parts.note(Noted.SENT_BEFORE, f"{handler.name} of {message}")
                return True
        only = frozenset({handler.name})
        back = parts.waiting.ask(self._task, lambda: parts.claims.abort(message, parts.back_with, only=only))
        if back is None or back.route.side(handler.name) is Side.SPLIT:
            raise Later(f"{handler.name} of {message} has no payload, and the split has begun what goes with it")
        self._route = back.route
        if self._sent & set(back.sent):
            raise Later(f"{handler.name} of {message} went back to legacy with what had been handed over")
        parts.note(Noted.GIVEN_BACK, f"{handler.name} of {message}")
        return False

    def _begun(self, wanted: ClaimId) -> None:
        """Claim what legacy runs. It is legacy's by the pinned route, so that no answer holds it up: as without us, it
        runs again whatever ran before, and goes on while the store is away."""
        holder = new_holder()
        with suppress(StoreError):
            reply = self._parts.holding.begin(wanted, Side.LEGACY, holder)
            if reply.granted:
                self._legacy.append(Run(id=wanted, holder=holder))
            elif reply.answer is ClaimAnswer.HELD_BY_SIDE:
                raise Later(f"{wanted} is the other side's")

    def _counted(self, name: str, instance: str) -> ClaimId:
        """Return what is claimed: of several runs with one instance, each one, in their order."""
        first = ClaimId(message=self._message.id, handler=name, instance=instance)
        self._met[first] += 1
        ordinal = self._met[first]
        if ordinal == 1:
            return first
        return ClaimId(message=first.message, handler=name, instance=f"{instance}{SEPARATOR}{ordinal}")

    def _given_back_meanwhile(self) -> None:
        """Have the message come again, where legacy got back what it has passed: nobody else would act on it."""
        try:
            claims = self._parts.claims.claims(self._message.id)
        except StoreError:
            return  # whoever gives it back then, is told of what had been sent
        back = {claim.id for claim in claims if claim.side is Side.LEGACY and not claim.started}
        if self._sent & back:
            self._later = Later(f"{self._message.id} was given back to legacy while it was at work")

    def _arguments(self) -> Mapping[str, Any]:
        entry = next(e for e in self._parts.migration.entries if e.name == self._message.entry)
        return entry.arguments(self._message.payload)
