"""Which side acts for this message, here and now? Pinned before anyone acts, and found again by who comes later.

While no handler is beyond ``shadow``, nothing is asked and nothing waits. After that, in this order: what came with the
message, what is pinned for it, what the flags say; and the split acts on what is pinned only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery

from tasksplit.errors import MessageError
from tasksplit.live.acting import Acting
from tasksplit.live.carried import Carried, Tasks
from tasksplit.live.claiming import Claiming
from tasksplit.live.handover import Handover
from tasksplit.live.holding import LEASE, Holding
from tasksplit.live.noted import Note, Noted, Tally
from tasksplit.live.parts import Parts
from tasksplit.live.waiting import Waiting
from tasksplit.model.message import Message
from tasksplit.model.migration import Migration
from tasksplit.model.rollout import Flag, Flags, Stage
from tasksplit.model.route import Route
from tasksplit.rollout.routes import Routes, back_with, may_be_pinned, needs_pin
from tasksplit.rollout.snapshot import Local
from tasksplit.rollout.structure import Structure
from tasksplit.stores.claims_store import KEPT, ClaimStore
from tasksplit.wire.header import NAME, Headers
from tasksplit.worlds.references import resolve

# task, its id, positional and keyword arguments -> the message; None where it can be none
MessageOf = Callable[[str, str, tuple[Any, ...], Mapping[str, Any]], Message | None]

_LEGACY: AbstractContextManager[None] = nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How does a worker act on routes?"""

    settle: float = 3.0
    """Seconds for which a first flag must have been open before the split acts: three times the age of a snapshot,
    until when every worker that reads its flags knows that messages may be pinned."""
    lease: timedelta = LEASE
    kept: timedelta = KEPT
    """For how long the store keeps claims."""
    again: bool = True
    """Whether a run that began and ended nobody knows how is run again, as Celery would."""
    composed: bool = False
    """Declared: ``skipped`` may stand for a result in links, chains, groups and chords of the legacy task."""
    structure: Structure | None = None
    """With the children that were learnt; None: what the migration declares."""
    message_of: MessageOf | None = None
    """Makes the message of what is just being published, so that its route is decided there; None: workers decide."""
    waiting: Waiting | None = None


class Cutover:
    """Which side acts, on this worker?"""

    def __init__(  # noqa: PLR0913  # one place where the parts meet, each by its name
        self,
        migration: Migration,
        app: Celery,
        *,
        flags: Local,
        claims: ClaimStore,
        headers: Headers,
        settings: Settings | None = None,
        note: Note | None = None,
    ) -> None:
        """Wire the parts; nothing is asked, read or started yet."""
        self._settings = settings = settings or Settings()
        self._flags, self._note = flags, note or Tally()
        self.structure = settings.structure or Structure.of(migration)
        self._routes = Routes(self.structure)
        self.tasks = Tasks(
            legacy=frozenset(_task(entry.legacy) for entry in migration.entries if entry.legacy),
            split=frozenset(_task(entry.split) for entry in migration.entries if entry.split),
            handlers={
                task: frozenset(handler.name for handler in migration.handlers if handler.split == task)
                for task in migration.tasks
            },
            taken_by=migration.taken_by,
        )
        carried = Carried(headers, self._note, tasks=self.tasks, at_publish=settings.message_of and self._published)
        self.parts = Parts(
            migration=migration,
            claims=claims,
            holding=Holding(claims, self._note, lease=settings.lease, again=settings.again),
            carried=carried,
            tasks=self.tasks,
            handover=Handover(migration, app, carried),
            waiting=settings.waiting or Waiting(self._note),
            note=self._note,
            back_with=back_with(self.structure),
        )
        self.claiming = Claiming(self.parts)
        self._legacy_apps = [resolve(entry.legacy).value.app for entry in migration.entries if entry.legacy]
        self._beyond_of: tuple[Mapping[str, Flag], bool] = ({}, False)
        self._open_since: float | None = None

    def message(self, task: Any, message: Message | Callable[[], Message]) -> AbstractContextManager[Acting | None]:
        """Return what is to be entered around the run of an entry's task, of either side, with its request current.

        It yields what answers at the boundaries, or None where legacy runs everything. Where ``Acting.handed_over`` is
        true, the whole message is the split's: do not run legacy's task, it returns None. Entering and leaving may
        raise ``Reject`` or ``Ignore``: to be passed on to Celery as they are. ``message``: what makes it is called only
        where a route is needed; with ``MessageError`` the message is legacy's.
        """
        if self._is_splits(task):
            return self.claiming.around(task)
        flags, request = self._flags.flags(), task.request
        carries = NAME in (request.headers or ())
        beyond, again = self._beyond(flags), _came_before(request)
        if not (beyond or carries or again):
            return _LEGACY
        came = self.parts.carried.read(task) if carries else None
        if isinstance(came, Route) and self.claiming.handed_over(task):
            return self.claiming.elsewhere(task)  # both entries have one name, and take from one queue
        routed = isinstance(came, Route) and bool(came.split)
        if not beyond and not routed and not (again and may_be_pinned(flags, datetime.now(UTC), self._settings.kept)):
            return _LEGACY
        try:
            known = message() if callable(message) else message
        except MessageError as error:
            self._note(Noted.NO_MESSAGE, str(error))
            return _LEGACY
        header = came if isinstance(came, Route) and came.message == known.id else None
        wanted = self._decided(flags, known, again=True) if again else self._wanted(flags, task, known, header)
        return Acting(self.parts, task, known, wanted=wanted, again=again)

    def at_publish(self, message: Message) -> Route | None:
        """Return the route that a message takes along where it is published; None while none is needed."""
        flags = self._flags.flags()
        if not self._beyond(flags):
            return None
        return self._decided(flags, message, again=not self._settled(flags))

    def decide(self, key: str | None) -> frozenset[str]:
        """Return for which handlers the split acts on messages of this key, by the flags of now: no I/O."""
        return self._routes.split_for(self._flags.flags(), key)

    def install(self) -> None:
        """Have routes travel with what this process publishes."""
        self.parts.carried.install()

    def uninstall(self) -> None:
        """Let go: what is held is told to the store once more."""
        self.parts.carried.uninstall()
        self.parts.holding.close()

    def _is_splits(self, task: Any) -> bool:
        """Return whether it is the split's entry; where both have one name, the application tells."""
        if task.name not in self.tasks.split:
            return False
        return task.name not in self.tasks.legacy or task.app not in self._legacy_apps

    def _published(self, name: str, task_id: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Route | None:
        if self._settings.message_of is None or not self._beyond(self._flags.flags()):
            return None
        message = self._settings.message_of(name, task_id, args, kwargs)
        return None if message is None else self.at_publish(message)

    def _wanted(self, flags: Flags, task: Any, message: Message, header: Route | None) -> Route:
        """Return the route of a message that nobody has begun; ``header``: as it came with the message."""
        reason = self._legacys(flags, task, message)
        if header is not None and reason not in (Noted.EARLY_ACK, Noted.COMPOSED):
            return header
        if reason is None:
            return self._decided(flags, message, again=False)
        self._note(reason, message.id)
        return self._decided(flags, message, again=reason is not Noted.NO_KEY)

    def _legacys(self, flags: Flags, task: Any, message: Message) -> Noted | None:
        """Return why legacy acts whatever the flags say, but for what is retired; None where they decide."""
        request = task.request
        if not task.acks_late:
            return Noted.EARLY_ACK
        composed = request.callbacks or request.chain or request.chord or request.group
        if composed and not self._settings.composed:
            return Noted.COMPOSED
        if not self._settled(flags):
            return Noted.SETTLING
        return Noted.NO_KEY if message.key is None else None

    def _decided(self, flags: Flags, message: Message, *, again: bool) -> Route:
        """Return the route by the flags; ``again``: of a message that legacy alone can have begun."""
        return self._routes.decide(flags, message.id, message.key, at=datetime.now(UTC), again=again)

    def _beyond(self, flags: Flags) -> bool:
        known, answer = self._beyond_of
        if flags.flags is not known:
            answer = needs_pin(flags)
            self._beyond_of = flags.flags, answer
            if not answer and not may_be_pinned(flags, datetime.now(UTC), self._settings.kept):
                self._open_since = None
        return answer

    def _settled(self, flags: Flags) -> bool:
        """Return whether every worker that reads its flags knows by now that messages may be pinned.

        A worker that does not know would let legacy act on a redelivered message that the split has begun. Each that
        ever saw an open flag asks the store; so only the first opening has to be waited for.
        """
        if self._open_since is None:
            self._open_since = time.monotonic()
        if time.monotonic() - self._open_since >= self._settings.settle:
            return True
        last = datetime.now(UTC) - timedelta(seconds=self._settings.settle)
        return any(
            flag.changed_at is not None and flag.changed_at <= last
            for flag in flags.flags.values()
            if flag.terms.hashed_as or flag.stage in (Stage.CANARY, Stage.LIVE, Stage.RETIRED)
        )


def _came_before(request: Any) -> bool:
    """Return whether somebody may have begun this message."""
    return bool(request.retries or (request.delivery_info or {}).get("redelivered"))


def _task(path: str) -> str:
    return str(resolve(path).value.name)
