"""What is left of legacy, or of tasksplit, and what may be deleted? Looked up once, and then told by pure functions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from celery import Celery
from kombu.exceptions import ChannelError, OperationalError

from tasksplit.errors import StoreError, sentence
from tasksplit.live.parking import QUEUE, parked
from tasksplit.model.migration import Handler, Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Flags, Stage
from tasksplit.rollout.laws import said
from tasksplit.stores.claims_store import Counts
from tasksplit.worlds.references import resolve

_PAGE = 1000  # messages read at once
_QUEUE = "queue "  # before the name of a queue, where a task is not known
_MOST = 100_000  # messages looked at; of more than that their number is enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """What is still on its way?"""

    waiting: Mapping[str, int] = field(default_factory=dict)
    """Task -> how many messages are in queues; under the name of the queue where the broker does not show its tasks."""
    taken: Mapping[str, int] = field(default_factory=dict)
    """Task -> how many a worker holds: at work, or until their time has come."""
    parked: int = 0
    workers: int | None = None
    """How many said all that they hold; None where none did."""
    silent: int = 0
    """How many answered some questions and others not: what those hold is not known."""

    def of(self, names: Iterable[str]) -> int:
        """Return how many messages of these tasks are on their way."""
        return sum(self.waiting.get(name, 0) + self.taken.get(name, 0) for name in set(names))

    def beside(self, other: Drain) -> Drain:
        """Return both as one, of two applications that may share a broker: what both see is counted once."""
        return Drain(
            waiting=_larger(self.waiting, other.waiting),
            taken=_larger(self.taken, other.taken),
            parked=max(self.parked, other.parked),
            workers=max(self.workers or 0, other.workers or 0) or None,
            silent=max(self.silent, other.silent),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What do stores, broker and workers say?"""

    flags: Flags = field(default_factory=Flags)
    claims: Counts = field(default_factory=Counts)
    drained: Drain = field(default_factory=Drain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What is left, in a line?"""

    text: str
    holds: bool = False
    """Whether nothing may be deleted yet because of it."""


def drain(app: Celery, queues: Iterable[str], *, seconds: float = 2.0) -> Drain:
    """Ask broker and workers what is on its way. Raises ``StoreError`` where the broker is away.

    No message is taken out to look at it: it would come again as redelivered. With Redis tasks are counted by name,
    those that workers hold included; elsewhere queues by their length, and what workers say they hold.
    """
    waiting: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    with app.connection_for_read() as connection:
        try:
            channel = connection.default_channel
            by_name = hasattr(channel, "unacked_key")
            for queue in dict.fromkeys(queues):
                waiting += _in_redis(channel, queue) if by_name else _length(connection, queue)
            if by_name:
                taken += _held_in_redis(channel)
            workers, silent, told = _workers(app, seconds)
            return Drain(
                waiting=waiting, taken=taken if by_name else told, parked=parked(app), workers=workers, silent=silent
            )
        except (*connection.connection_errors, OperationalError) as error:
            raise StoreError(
                sentence(
                    found=f"the broker {connection.as_uri()} away ({error})",
                    expected="one that says what is on its way",
                    do="start it, or correct the URL",
                )
            ) from error


def to_retire(handler: Handler, migration: Migration, known: Found) -> tuple[Left, ...]:
    """Return what is left of one handler in legacy, and what may be deleted."""
    flags, claims, drained = known.flags, known.claims, known.drained
    flag, dispatch = flags.of(handler.name), flags.of(DISPATCH)
    found = list(_stage(flags, handler.name))
    found += _unfinished(claims, handler.name)
    found += _on_the_way(legacy_tasks(migration), drained, "messages of legacy, that may hold a route with it")
    found += _common(drained)
    if flag.stage not in (Stage.LIVE, Stage.RETIRED) or any(left.holds for left in found):
        return tuple(found)
    found.append(Left(text=f"may be deleted: what {handler.legacy} does"))
    if dispatch.stage is Stage.RETIRED:
        found.append(Left(text=f"may be deleted: {handler.legacy} itself, its view and its payload"))
    else:
        found.append(Left(text=f"keep: the name {handler.legacy}, its view and its payload, until dispatch is retired"))
    return tuple(found)


def to_retire_dispatch(migration: Migration, known: Found) -> tuple[Left, ...]:
    """Return what is left of legacy as a whole."""
    flags, claims, drained = known.flags, known.claims, known.drained
    found = [left for name in migration.names for left in _stage(flags, name)]
    found += [left for name in migration.names for left in _unfinished(claims, name)]
    found += _on_the_way(legacy_tasks(migration), drained, "messages of legacy")
    found += _common(drained)
    if not any(left.holds for left in found):
        dead = ", ".join(sorted(legacy_tasks(migration)))
        found.append(Left(text=f"nobody needs these names any more, if no producer sends them: {dead}"))
        found.append(Left(text="may be deleted: legacy, and after it what `tasksplit uninstall --check` names"))
    return tuple(found)


def to_uninstall(migration: Migration, known: Found) -> tuple[Left, ...]:
    """Return what holds tasksplit on the workers, and what of it may be deleted after.

    It may go where nobody needs routes: legacy acts for everything, or the split does and legacy is gone.
    """
    flags, claims, drained = known.flags, known.claims, known.drained
    stages = {name: flags.of(name).stage for name in migration.names}
    back = all(stage.position <= Stage.SHADOW.position for stage in stages.values())
    done = all(stage is Stage.RETIRED for stage in stages.values())
    found: list[Left] = []
    if not back and not done:
        acting = ", ".join(said(flags.of(name)) for name, s in stages.items() if s.position > Stage.SHADOW.position)
        found.append(
            Left(text=f"without tasksplit legacy would act at once for {acting}, also on messages begun", holds=True)
        )
    for name in migration.names:
        found += _unfinished(claims, name)
    names = migration.tasks | legacy_tasks(migration)
    found += _on_the_way(names, drained, "messages, that may hold a route")
    if drained.parked:
        found.append(Left(text=f"{drained.parked} messages in the queue {QUEUE}: unpark them first", holds=True))
    found += _common(drained)
    if not any(left.holds for left in found):
        found += [
            Left(text="may be deleted: tasksplit.install(...) and the key"),
            Left(text=f"may be deleted: flags, changes and claims of {migration.name!r} in the store"),
            Left(text=f"may be deleted: the queues {QUEUE} and tasksplit.shadow"),
        ]
    return tuple(found)


def legacy_tasks(migration: Migration) -> set[str]:
    """Return the names of legacy's entries."""
    return {str(resolve(entry.legacy).value.name) for entry in migration.entries if entry.legacy}


def _stage(flags: Flags, name: str) -> Iterator[Left]:
    flag = flags.of(name)
    if flag.stage is Stage.LIVE:
        yield Left(text=f"{said(flag)}: move it to retired when it has been live for long enough")
    elif flag.stage is not Stage.RETIRED:
        yield Left(text=f"{said(flag)}: legacy still acts", holds=True)


def _unfinished(claims: Counts, name: str) -> Iterator[Left]:
    for (handler, state), count in sorted(claims.unfinished.items()):
        if handler == name and count:
            yield Left(text=f"{count} runs of {name!r} are {state}", holds=True)


def _on_the_way(names: Iterable[str], drained: Drain, what: str) -> Iterator[Left]:
    for name in sorted(names):
        waiting, taken = drained.waiting.get(name, 0), drained.taken.get(name, 0)
        if waiting or taken:
            yield Left(text=f"{name}: {waiting} waiting and {taken} at workers: {what}", holds=True)


def _common(drained: Drain) -> Iterator[Left]:
    if drained.workers is None:
        yield Left(text="no worker answered: what they hold until its time has come is not known", holds=True)
    if drained.silent:
        yield Left(text=f"{drained.silent} workers did not say all that they hold: ask again", holds=True)
    for queue, count in sorted(drained.waiting.items()):
        if count and queue.startswith(_QUEUE):
            yield Left(text=f"{count} messages in the {queue}: the broker does not say of which tasks", holds=True)


def _larger(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in (*one, *other)}


def _length(connection: Any, queue: str) -> Counter[str]:
    with connection.channel() as channel:
        try:
            count = int(channel.queue_declare(queue, passive=True).message_count)
        except ChannelError:
            return Counter()  # there is no such queue
    return Counter({f"{_QUEUE}{queue}": count}) if count else Counter()


def _in_redis(channel: Any, queue: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for step in channel.priority_steps:
        key = channel._q_for_pri(queue, step)  # kombu's own name of it
        for start in range(0, _MOST, _PAGE):
            page = channel.client.lrange(key, start, start + _PAGE - 1)
            found.update(_task_of(json.loads(one)) for one in page)
            if len(page) < _PAGE:
                break
    return found


def _held_in_redis(channel: Any) -> Counter[str]:
    held: Counter[str] = Counter()
    for _, told in channel.client.hscan_iter(channel.unacked_key, count=_PAGE):
        held[_task_of(json.loads(told)[0])] += 1
    return held


def _task_of(message: Any) -> str:
    return str((message.get("headers") or {}).get("task"))


def _workers(app: Celery, seconds: float) -> tuple[int | None, int, Counter[str]]:
    """Return how many workers said all that they hold, how many only a part, and what they said."""
    found: Counter[str] = Counter()
    questions = ("active", "reserved", "scheduled")
    answers: list[dict[str, Any]] = [_asked(app, question, seconds) for question in questions]
    some = set().union(*answers)
    for question, told in zip(questions, answers, strict=True):
        if late := some - told.keys():  # a busy worker may answer one question in time and another too late
            told.update(_asked(app, question, seconds, late))
        for tasks in told.values():
            found.update(str(task.get("request", task).get("name")) for task in tasks)
    full = some.intersection(*answers)
    return len(full) or None, len(some - full), found


def _asked(app: Celery, question: str, seconds: float, workers: Iterable[str] | None = None) -> dict[str, Any]:
    """Return worker -> its list of tasks."""
    inspect = app.control.inspect(destination=None if workers is None else sorted(workers), timeout=seconds)
    return dict(getattr(inspect, question)() or {})
