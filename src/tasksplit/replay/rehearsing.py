"""What becomes of the world when the split's tasks are delivered twice, fail, are killed, or come in other orders?

Not the skip rehearsal (``rehearsal``), in which legacy runs without a handler: here the split itself is tried, in
fixture worlds, as brokers and workers will try it.
"""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message, Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rehearsed import LOST, NOT_IDEMPOTENT, ORDER, RACE, UNTOLD, HandlerRehearsed
from tasksplit.replay.circumstances import PLAIN, Circumstance, How
from tasksplit.replay.done import Done, shaped
from tasksplit.replay.process import Job, SideProcess, together
from tasksplit.replay.process import Lost as LostMessage
from tasksplit.replay.shortfall import Path, Shortfall, Way, drawn, shortfalls
from tasksplit.replay.side import Replayed

PER_HANDLER = 16  #: messages on which everything is tried; more only where they end otherwise, or with other effects
MOST_EFFECTS = 6  #: of one task, at which it fails or is killed
MOST_MOMENTS = 8  #: of one task, at which it is overtaken
ORDERS = 2  #: drawn from the seed, beside the reverse
MOST_SAID = 3  #: circumstances that a finding names

_STRUCK = (How.FAILED_BEFORE, How.FAILED_AFTER, How.KILLED_AFTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be rehearsed?"""

    migration: Migration
    path: str
    """Dotted path of the migration: every process loads it for itself."""
    messages: Sequence[Message]
    handlers: frozenset[str] = frozenset()
    """Whose tasks; empty: all, and dispatch."""
    per_handler: int = PER_HANDLER
    seed: int = 0
    """Of which messages are taken, and of the orders."""
    at_once: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Processes at the same time."""
    seconds_per_message: float = 60.0
    progress: Callable[[int], None] = lambda _done: None


@dataclass(slots=True)
class _Plain:
    """What is known of a message on which something is tried?"""

    replayed: Replayed
    done: Done
    noise: frozenset[Path] = frozenset()
    twice: dict[str, Done] = field(default_factory=dict)  # handler -> the world after one delivery and another


class Rehearsing:
    """What befell whom, and what came of it? Used once."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        # nothing can befall a handler that has no task: it is tried with the one that it runs in
        self._names = (wanted.handlers or frozenset(wanted.migration.names)) - frozenset(wanted.migration.inside)
        self._kept: dict[str, _Plain] = {}
        self._ways: dict[str, set[tuple[object, ...]]] = defaultdict(set)
        self._taken: dict[str, list[tuple[object, ...]]] = defaultdict(list)
        self._tried: dict[str, Counter[str]] = defaultdict(Counter)
        self._messages: dict[str, set[str]] = defaultdict(set)
        self._notes: dict[str, dict[tuple[str, str], _Note]] = defaultdict(dict)
        self.untold: Counter[str] = Counter()
        """Why a plain run of a message came to nothing, so that nothing was tried on it."""

    def run(self) -> tuple[HandlerRehearsed, ...]:
        """Run the split plainly on all messages, and under each circumstance on a sample; return what was found."""
        messages = list(self._wanted.messages)
        random.Random(self._wanted.seed).shuffle(messages)  # noqa: S311  # a choice that can be made again
        sides = self._processes(messages)
        for side in sides if messages else ():
            side.keep_open()
        plain: dict[str, tuple[SideProcess, Replayed | LostMessage]] = {}
        waiting = deque(messages)
        with closing(together(sides, at_once=len(sides))) as results:
            for side, result in results:
                if result.circumstance != PLAIN:
                    self.lost(result) if isinstance(result, LostMessage) else self.came(result)
                    continue
                self._wanted.progress(1)
                plain[result.message] = (side, result)
                while waiting and waiting[0].id in plain:  # in their order: which are taken is no matter of speed
                    message = waiting.popleft()
                    self._plainly(message, *plain.pop(message.id))
                if not waiting:
                    for each in sides:
                        each.close()
        return self.found()

    def found(self) -> tuple[HandlerRehearsed, ...]:
        """Return what was found so far, for each handler that is asked for."""
        return tuple(self._of(name) for name in self._wanted.migration.names if name in self._names)

    def _plainly(self, message: Message, side: SideProcess, result: Replayed | LostMessage) -> None:
        """Take the plain run of a message, and ask for what is tried on it."""
        if isinstance(result, LostMessage):
            self.lost(result)
            return
        for circumstance in self.circumstances(result):
            side.add(message, None, circumstance=circumstance)

    def _processes(self, messages: Sequence[Message]) -> list[SideProcess]:
        shards = max(1, min(self._wanted.at_once, len(messages)))
        key = secrets.token_bytes(32)
        sides = []
        for shard in range(shards):
            job = Job(name=f"split-{shard}", migration=self._wanted.path, side=Side.SPLIT, token_key=key)
            side = SideProcess(job, (), seconds=self._wanted.seconds_per_message)
            for message in messages[shard::shards]:
                side.add(message, None, circumstance=PLAIN)
            sides.append(side)
        return sides

    # --- what is tried ------------------------------------------------------------------------------------------

    def circumstances(self, replayed: Replayed) -> Iterator[Circumstance]:
        """Yield what is tried on a message: nothing where there are enough of its kind."""
        done = replayed.done
        assert done is not None
        if done.undecided:
            self.untold[done.undecided] += 1
            return
        ran = {(run.handler, run.ended) for run in replayed.runs if run.ended and run.handler in self._names}
        rare = sorted({name for name, ended in ran if self._is_new(name, ended, done)})
        if not rare:
            return
        self._kept[replayed.message] = _Plain(replayed, done)
        yield Circumstance(how=How.OTHER_DRAWS)
        for handler in rare:
            yield from _befalls(handler, done)
        if sum(bool(run.before) for run in replayed.runs) > 1:
            yield Circumstance(how=How.BACKWARDS)
            for number in range(ORDERS):
                yield Circumstance(how=How.SHUFFLED, seed=self._wanted.seed + number)

    def _is_new(self, handler: str, ended: str, done: Done) -> bool:
        """Return whether a message shows of a handler what none before did; then it counts as taken.

        Each way of ending with each set of effects is one; as many statements as none before is one more, while they
        are few.
        """
        effects = frozenset(map(shaped, done.effects.get(handler, ())))
        coarse, fine = (ended, effects), (ended, effects, done.moments.get(handler, 0))
        ways = self._ways[handler]
        few = len(self._taken[handler]) < self._wanted.per_handler
        if fine in ways or (coarse in ways and not few):
            return False
        ways.update([coarse, fine])
        self._taken[handler].append(fine)
        return True

    # --- what came of it ----------------------------------------------------------------------------------------

    def came(self, result: Replayed) -> None:
        """Hold a replay under a circumstance against the plain run of its message."""
        circumstance, done, plain = result.circumstance, result.done, self._kept[result.message]
        assert circumstance is not None
        assert done is not None
        if circumstance.how is How.OTHER_DRAWS:
            plain.noise = drawn(plain.done, done)
            return
        if circumstance.how is How.TWICE and not done.undecided:
            plain.twice[circumstance.handler] = done
        whose = self._ordered(plain) if circumstance.how.orders else [circumstance.handler]
        if not circumstance.how.orders and not done.struck:
            return  # its way led elsewhere: the circumstance never came about
        for handler in whose:
            self._messages[handler].add(result.message)
            if done.waited:  # the lock of the first one holds: it is as one after the other
                self._tried[handler][circumstance.said] += 1
            elif done.undecided:
                self._untold(handler, circumstance, done.undecided, result.message)
            else:
                self._tried[handler][circumstance.said] += 1
                self._hold(handler, result, done, plain)

    def _hold(self, handler: str, result: Replayed, done: Done, plain: _Plain) -> None:
        circumstance = result.circumstance
        assert circumstance is not None
        found = list(shortfalls(plain.done, done, plain.noise))
        where = f"{circumstance.said} {shaped(done.struck)}" if circumstance.how in _STRUCK else circumstance.said
        if circumstance.how is How.AT_ONCE:
            serial = plain.twice.get(handler)
            if serial is None:
                self._untold(handler, circumstance, "its second delivery came to no result", result.message)
                return
            found = _unlike_serial(found, list(shortfalls(serial, done, plain.noise)))
        for code, text in _judged(handler, circumstance, found, done, result):
            self._note(handler, code, text, where, result.message)

    def lost(self, lost: LostMessage) -> None:
        """Note that a replay never came back: what it would have shown is not known."""
        if lost.circumstance is None or lost.circumstance == PLAIN:
            self.untold[lost.reason] += 1
            return
        if lost.circumstance.how is How.OTHER_DRAWS:
            return  # then every value counts
        whose = [lost.circumstance.handler]
        if lost.circumstance.how.orders:
            whose = self._ordered(self._kept[lost.message])
        for handler in whose:
            self._messages[handler].add(lost.message)
            self._untold(handler, lost.circumstance, lost.reason, lost.message)

    def _ordered(self, plain: _Plain) -> list[str]:
        """Return whose tasks change places in another order."""
        return sorted({run.handler for run in plain.replayed.runs if run.before} & self._names - {DISPATCH})

    def _untold(self, handler: str, circumstance: Circumstance, why: str, message: str) -> None:
        self._note(handler, UNTOLD, f"a replay came to no result: {why}", circumstance.said, message)

    def _note(self, handler: str, code: str, text: str, where: str, message: str) -> None:
        note = self._notes[handler].setdefault((code, text), _Note(message))
        note.messages.add(message)
        note.where[where] += 1

    def _of(self, name: str) -> HandlerRehearsed:
        findings = tuple(
            Finding(code=code, text=note.said(text), blocks=True)
            for (code, text), note in sorted(self._notes[name].items())
        )
        tried = {how.value: self._tried[name][how.value] for how in How if self._tried[name][how.value]}
        return HandlerRehearsed(handler=name, tried=tried, messages=len(self._messages[name]), findings=findings)


@dataclass(slots=True)
class _Note:
    """Under which circumstances was something found, and on which messages?"""

    first: str
    messages: set[str] = field(default_factory=set)
    where: Counter[str] = field(default_factory=Counter)

    def said(self, text: str) -> str:
        """Return a finding's text: what, when, and where first."""
        named = sorted(self.where)[:MOST_SAID]
        more = len(self.where) - len(named)
        when = ", ".join(named) + (f" and {more} more" if more else "")
        first = f"first on {min(self.messages)}" + (f" ({len(self.messages)} messages)" * (len(self.messages) > 1))
        return f"{text} ({when}); {first}"


def _befalls(handler: str, done: Done) -> Iterator[Circumstance]:
    """Yield what is tried on a handler's tasks, from what its first task does in the plain run."""
    yield Circumstance(how=How.TWICE, handler=handler)
    for step in _spread(len(done.effects.get(handler, ())), MOST_EFFECTS):
        for how in _STRUCK:
            yield Circumstance(how=how, handler=handler, step=step)
    for moment in _spread(done.moments.get(handler, 0), MOST_MOMENTS):
        yield Circumstance(how=How.AT_ONCE, handler=handler, step=moment)


def _spread(count: int, most: int) -> Sequence[int]:
    """Return 1 to ``count``; where these are too many, some of them: the first, the last, and evenly between."""
    if count <= most:
        return range(1, count + 1)
    return sorted({1 + round(place * (count - 1) / (most - 1)) for place in range(most)})


def _judged(
    handler: str, circumstance: Circumstance, found: Sequence[Shortfall], done: Done, result: Replayed
) -> Iterator[tuple[str, str]]:
    """Yield code and text of what a circumstance shows of a handler."""
    again = {one.starts for one in found if one.starts}
    for one in found:
        own = one.handler == handler or (not one.handler and one.table in _changed(result, handler))
        if again and not own and not one.starts and not circumstance.how.orders:
            continue  # others were started again, or not at all, which is said; what they then do is their own matter
        if circumstance.how is How.AT_ONCE:
            yield RACE, f"unlike one after the other, two at once: {one.text}"
        elif circumstance.how.orders:
            if own:
                yield ORDER, f"{one.text}; chain the tasks, or declare after="
        elif one.way is Way.LESS and circumstance.how in _STRUCK:
            yield LOST, f"{_why_lost(circumstance, done)}{one.text}"
        elif circumstance.how is How.TWICE or (done.redelivered and one.way is not Way.NEW):
            yield NOT_IDEMPOTENT, one.text


def _changed(result: Replayed, handler: str) -> set[str]:
    return {table for run in result.runs if run.handler == handler for table, _key in run.rows}


def _unlike_serial(plain: Sequence[Shortfall], serial: Sequence[Shortfall]) -> list[Shortfall]:
    """Return what two deliveries at once do other than one after the other.

    Where the second one came to nothing, and the world is as after one delivery, that is as it should be; but for a
    value that both of two should have changed, and one overwrote: these two stand for any two tasks on one key.
    """
    return [one for one in serial if plain or (one.table and one.way is Way.OTHER)]


def _why_lost(circumstance: Circumstance, done: Done) -> str:
    """Return why nobody does it again, where that is not the task's own doing at its second delivery."""
    if done.redelivered:
        return ""
    if circumstance.how is How.KILLED_AFTER:
        return "it is acknowledged before it runs, so nobody delivers it again, and "
    return "it takes the failure for an answer and ends, and "
