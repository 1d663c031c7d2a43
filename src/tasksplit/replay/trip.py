"""What does one side do on one message, from its entry through every task that it sends?"""

from __future__ import annotations

import heapq
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tasksplit.capture.journal import Frame, Journal, Sent
from tasksplit.capture.outcomes import raised, returned
from tasksplit.errors import TasksplitError
from tasksplit.model.message import Message, Origin, Side
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH, OutcomeKind
from tasksplit.replay.broker import Broker, Delivery, Ended, Published
from tasksplit.replay.circumstances import Course, How, order_of
from tasksplit.replay.deliveries import Deliveries
from tasksplit.replay.entries import entry_task
from tasksplit.replay.queues import may_not_come, sent_with
from tasksplit.wire.moments import seconds_until
from tasksplit.worlds.sessions import between_tasks
from tasksplit.worlds.sink import Missed, Refused
from tasksplit.worlds.steps import Abandoned

MOST_DELIVERIES = 500  #: of one message: more is a loop, and undecided

THREAD_SECONDS = 2.0  #: that a thread of the user's may take to end after the task that started it


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What must be known of the process that plays all workers?"""

    uncommitted: Callable[[], bool]
    """Whether some session has changes that it did not commit."""
    forget: Callable[[], None] = lambda: None
    """Take away what one task left in the process for the next."""
    deliveries: Deliveries | None = None
    """Who is told of each delivery, where that is wanted."""
    arrived: Callable[[Frame, Delivery, Mapping[str, Any]], None] = lambda _frame, _delivery, _options: None
    """The task of a handler came to a worker for the first time: its boundary, and what it was sent with beside
    its arguments and its queue."""


class Trip:
    """What does one side do on one message? Used once."""

    def __init__(self, migration: Migration, side: Side, broker: Broker, journal: Journal, *, worker: Worker) -> None:
        self._uncommitted = worker.uncommitted
        self._forget = worker.forget
        self._arrived = worker.arrived
        self._deliveries = worker.deliveries
        self._options: dict[str, dict[str, Any]] = {}  # id of a handler's task that was not seen to arrive
        self._migration = migration
        self._side = side
        self._broker = broker
        self._journal = journal
        self._entries = {e.name: e for e in migration.entries}
        self._entry_names = {e.name: entry_task(migration, e.name, side).name for e in migration.entries}
        split = side is Side.SPLIT
        self._tasks = migration.tasks if split else frozenset()
        self._goes_on = frozenset(migration.dispatch.goes_on) if split else frozenset()
        self._hands_on = frozenset(h.name for h in migration.handlers if split and h.hands_on)
        self._own: set[str] = set()  # ids of tasks that are a handler's
        self._gone_on = False
        self._sent: dict[str, Sent] = {}
        self._frames: dict[str, Frame] = {}  # id of a task -> the boundary that it runs in
        self._senders: dict[str, Frame] = {}  # id of a task that Celery will send -> who asked for it
        self._chained: dict[str, list[Frame]] = {}  # id of a task that Celery will send -> after which boundaries
        self._start = ""
        self._live = False
        self._running: str | None = None
        self._due: list[tuple[float, float, Delivery]] = []
        self._count = 0
        self._course: Course | None = None
        self._place: Callable[[int], float] = float
        self._times: Counter[str] = Counter()  # id of a task -> how often it was sent
        self._coming: dict[str, deque[int]] = {}  # id of a task -> the numbers of those that were not drained yet
        self._numbers: dict[str, int] = {}  # id of a task -> the number of the one that ran last
        self._held: set[str] = set()  # ids of tasks that a circumstance made retry: time does not go on for them
        self.ways: Counter[tuple[str, str, str, str]] = Counter()
        """Who sent which task over which queue, and which handler it runs: how often."""
        self.uncommitted: list[str] = []
        """Handlers whose task was sent while its sender had changes that were not committed."""

    def run(self, message: Message, *, backwards: bool = False, course: Course | None = None) -> None:
        """Run the whole trip; ``backwards``: of tasks due at the same time the last sent runs first.

        ``course``: what befalls the tasks on their way; None: nothing, and nobody listens.
        """
        self._course = course
        self._place = order_of(course, backwards)
        entry = self._entries[message.entry]
        self._broker.clear()
        self._live = message.origin is Origin.LIVE
        self._start = message.id if self._live else f"message:{message.id}"  # a worker's task keeps the id it had
        self._broker.send(self._entry_names[message.entry], entry.arguments(message.payload), self._start)
        self._take()
        while self._due:
            _due, _order, delivery = heapq.heappop(self._due)
            self._count += 1
            if self._count > MOST_DELIVERIES:
                self._journal.failed("following the tasks", TasksplitError(f"more than {MOST_DELIVERIES} deliveries"))
                break
            threads = set(threading.enumerate())
            self._forget()  # another task is another process
            again = self._deliver(delivery)
            for thread in set(threading.enumerate()) - threads:
                thread.join(THREAD_SECONDS)  # what it still does belongs to this message
                if thread.is_alive():
                    late = TasksplitError(f"{thread.name} goes on after its task, and what it does then is not seen")
                    self._journal.failed("waiting for a thread", late)
            between_tasks()
            self._take()
            if again:
                self._redeliver(delivery)

    def published(self, published: Published) -> None:
        """Note what is published, in the boundary that publishes it."""
        task, queue, headers = published.task, published.queue, published.headers
        task_id = str(headers["id"])
        now = datetime.now(UTC)
        if not self._journal.stack:
            if task_id == self._start:
                self.ways["", task, queue, DISPATCH] += 1
            return
        asked = self._senders.pop(task_id, self._journal.stack[-1])
        if self._deliveries is not None:
            self._deliveries.sent(task_id, seconds_until(headers.get("eta"), now))
        if task_id == self._running:  # its own retry
            return
        handler = self._taken_by(published)
        self.ways[asked.handler, task, queue, handler or (DISPATCH if task in self._goes_on else "")] += 1
        if self._course is not None:
            task_id = self._numbered(task_id)
        options = sent_with(published, now)
        sender = self._started_by(asked)
        # with a payload= its options are held against those that a route sends it with
        alone = self._migration.handler(handler).payload is None if handler else task in self._goes_on
        if alone and may_not_come(self._broker.app, published, options, self._migration.queues):
            self._journal.call({"call": "task", "task": task, "queue": queue, **options})
        if handler:
            frame = self._frames[task_id] = self._journal.reserve(handler, sender)
            if sender is not asked:
                frame.chained.append(asked)
                frame.base += asked.waited
                frame.waited = asked.waited
            self._own.add(task_id)
            self._options[task_id] = options
            frame.chained.extend(self._chained.pop(task_id, ()))
            if self._uncommitted():
                self.uncommitted.append(handler)
            return
        if task in self._migration.plumbing or task in self._goes_on:
            self._frames[task_id] = sender
            return
        sent = Sent(id=task_id, entry={"call": "task", "task": task, "queue": queue, **options})
        self._sent[task_id] = sent
        sender.calls.append(sent)
        self._frames[task_id] = sender

    def _started_by(self, asked: Frame) -> Frame:
        """Return who starts what a boundary sends: what it hands on, once it has ended, whoever started it."""
        hands_on = asked.acted and asked.parent is not None and asked.handler in self._hands_on
        return asked.parent if hands_on and asked.parent is not None else asked

    def _taken_by(self, published: Published) -> str:
        """Return whose task is published; "" where it is no handler's, or one that no handler takes."""
        if published.task not in self._tasks:
            return ""
        try:
            return self._migration.taken_by(published.task, published.kwargs)
        except Exception as error:  # noqa: BLE001  # takes= is the user's and may raise anything
            self._journal.failed(f"takes= of {published.task}", error)
            return ""

    def _numbered(self, task_id: str) -> str:
        """Return under which name what is sent now is known: one of its own where that id was sent before."""
        number = self._times[task_id]
        self._times[task_id] += 1
        self._coming.setdefault(task_id, deque()).append(number)
        return f"{task_id}#{number}" if number else task_id

    def _known(self, delivery: Delivery) -> Delivery:
        """Return a delivery with its number, see ``_numbered``; a retry has that of whom it retries."""
        coming = self._coming.get(delivery.id)
        if delivery.retries or not coming:
            return replace(delivery, number=self._numbers.get(delivery.id, 0))
        return replace(delivery, number=coming.popleft())

    def _take(self) -> None:
        now = datetime.now(UTC)
        for each in self._broker.drain():
            delivery = each if self._course is None else self._known(each)
            frame = self._frames.get(delivery.name)
            sent = self._sent.get(delivery.name)
            if sent is not None and not sent.arrived:
                sent.arrived = True
                sent.entry.update(args=delivery.args, kwargs=delivery.kwargs)
                if delivery.error:
                    sent.entry["lost"] = delivery.error
            options = self._options.pop(delivery.name, None)
            if options is not None and frame is not None and not delivery.error:
                self._arrived(frame, delivery, options)
            if frame is not None:
                self._expect(delivery, frame)
            if delivery.error or not self._follows(delivery):
                continue
            order = len(self._frames) + self._count * 1000 + len(self._due)
            due = seconds_until(delivery.headers.get("eta"), now) or 0.0
            heapq.heappush(self._due, (self._now(delivery) + due, self._place(order), delivery))

    def _expect(self, delivery: Delivery, frame: Frame) -> None:
        """Note who asked for what Celery will send when this one has ended."""
        for later in delivery.later:
            self._senders[later] = frame.parent or frame if delivery.name in self._own else frame
            self._chained.setdefault(later, []).append(frame)

    def _redeliver(self, delivery: Delivery) -> None:
        """Deliver a task again, before all that waits: it is as if it had come to another worker."""
        self._expect(delivery, self._frames[delivery.name])
        heapq.heappush(self._due, (-1.0, -self._count, replace(delivery, redelivered=True)))

    def _now(self, delivery: Delivery) -> float:
        frame = self._frames.get(delivery.name)
        return 0.0 if frame is None else round(frame.base, 0) if delivery.retries else 0.0

    def _follows(self, delivery: Delivery) -> bool:
        if self._live and delivery.retries:  # on a worker a retry is a delivery of its own, and no recording has it
            return False
        if delivery.id == self._start:
            return True
        if self._live:  # what else a task starts ran elsewhere and later: it is a recording of its own, or none
            plumbing = delivery.task in self._migration.plumbing or delivery.task in self._goes_on
            return delivery.name in self._own or plumbing
        return delivery.task not in self._entry_names.values() and self._broker.knows(delivery.task)

    def _deliver(self, delivery: Delivery) -> bool:
        """Run one delivery; return whether the task is to be delivered again."""
        self._journal.since = len(self._journal.frames)
        own = delivery.id == self._start or delivery.name in self._own or self._is_dispatch(delivery)
        frame = self._opened(delivery) if own else self._lent(self._frames[delivery.name])
        course = self._course
        if course is None:
            self._watched(delivery, frame, own=own)
            return False
        course.begin(frame.handler if own else "", on=self._first_on(delivery))
        course.overtake = lambda: self._overtaken(delivery)
        struck = course.struck
        try:
            ended = self._attempt(delivery, frame, own=own)
            if own and not struck and course.struck and ended is not None and ended.state == "RETRY":
                self._held.add(delivery.name)
                course.redelivered = True
            return own and self._again(delivery, frame, ended, struck=not struck and bool(course.struck))
        finally:
            course.end()

    def _first_on(self, delivery: Delivery) -> bool:
        """Return whether dispatch goes on here for the first time: its entry and this are one course of effects."""
        first = not self._gone_on and self._is_dispatch(delivery)
        self._gone_on = self._gone_on or first
        return first

    def _again(self, delivery: Delivery, frame: Frame, ended: Ended | None, *, struck: bool) -> bool:
        """Return whether its broker would deliver a task again, or in ``TWICE`` did."""
        course = self._course
        if course is None or delivery.redelivered or (ended is not None and ended.state == "RETRY"):
            return False
        circumstance = course.circumstance
        if circumstance.how is How.TWICE:
            again = frame.handler == circumstance.handler and not course.struck
            course.struck = course.struck or ("its end" if again else "")
        elif circumstance.how is How.KILLED_AFTER:
            again = struck and self._broker.late(delivery.task)
        else:  # what failed for good is sent again by people, or by whoever sent it
            failed = circumstance.how in (How.FAILED_BEFORE, How.FAILED_AFTER)
            again = failed and struck and ended is not None and ended.state == "FAILURE"
        course.redelivered = course.redelivered or again
        return again

    def _overtaken(self, delivery: Delivery) -> None:
        """Run a second delivery of the task that runs, on another worker: another thread, with sessions of its own."""
        stack, self._journal.stack = self._journal.stack, []
        again = replace(delivery, redelivered=True)

        def run() -> None:
            try:
                self._expect(again, self._frames[again.name])
                self._attempt(again, self._opened(again), own=True)
            except BaseException as error:  # noqa: BLE001  # in a thread nobody else would see it
                self._journal.failed("a second delivery at once", error)

        thread = threading.Thread(target=run, name="another worker")
        thread.start()
        thread.join()
        self._journal.stack = stack
        self._journal.back()
        self._running = delivery.id
        self._expect(delivery, self._frames[delivery.name])

    def _watched(self, delivery: Delivery, frame: Frame, *, own: bool) -> None:
        """Run one delivery, and tell whoever wants to know what happens in it."""
        if self._deliveries is None:
            self._attempt(delivery, frame, own=own)
            return
        ended: Ended | None = None
        self._deliveries.begin(delivery, frame)
        try:
            ended = self._attempt(delivery, frame, own=own)
        finally:
            self._deliveries.end(ended.state if ended is not None else "")

    def _attempt(self, delivery: Delivery, frame: Frame, *, own: bool) -> Ended | None:
        """Run one delivery in its boundary; None: it did not come to an end."""
        self._running = delivery.id
        self._numbers[delivery.id] = delivery.number
        try:
            ended = self._broker.run(delivery)
        except (Refused, Missed, Abandoned, SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            if own:
                self._journal.close(frame, raised(error), error)
            else:
                self._journal.stack.clear()
            return None
        finally:
            self._running = None
        if not own:  # plumbing, or a task of the user's beside the handlers: it belongs to its sender
            self._journal.stack.clear()
            return ended
        if ended.state == "RETRY":
            self._frames[delivery.name] = frame
        raised_ = ended.value if isinstance(ended.value, BaseException) else None
        self._journal.close(frame, self._outcome(frame, ended), raised_)
        return ended

    def _is_dispatch(self, delivery: Delivery) -> bool:
        """Return whether dispatch goes on in it: what a handler sends under such a name belongs to the handler."""
        return delivery.task in self._goes_on and self._frames[delivery.name].handler == DISPATCH

    def _opened(self, delivery: Delivery) -> Frame:
        frame = self._frames.get(delivery.name)
        if frame is None:  # the message itself
            frame = self._journal.open(DISPATCH, parent=None)
            self._journal.enter(frame, None, "")
            self._frames[delivery.name] = frame
            return frame
        if self._is_dispatch(delivery) and not (delivery.redelivered or delivery.retries):
            return self._journal.further(frame)
        if delivery.redelivered or (self._course is not None and frame.outcome and not delivery.retries):
            again = self._journal.open(frame.handler, parent=frame.parent, attempt=frame.attempt)
            if frame.handler == DISPATCH:
                self._journal.enter(again, None, "")
            self._frames[delivery.name] = again
            return again
        if delivery.retries and frame.outcome:
            by_a_handler = frame.handler == DISPATCH and frame.interrupted  # then dispatch itself goes on
            since = datetime.fromtimestamp(frame.now if by_a_handler else frame.base, UTC)
            delay = seconds_until(delivery.headers.get("eta"), since) or 0.0
            waited = 0.0 if delivery.name in self._held else max(delay, 0.0)
            if by_a_handler:
                return self._journal.again(frame, waited)
            again = self._journal.open(frame.handler, parent=frame.parent, attempt=delivery.retries)
            again.waited = frame.waited + waited
            again.base += again.waited
            if frame.handler == DISPATCH:
                self._journal.enter(again, None, "")
            self._frames[delivery.name] = again
            return again
        return self._journal.resume(frame)

    def _lent(self, frame: Frame) -> Frame:
        """What a task beside the handlers does belongs to its sender: its boundary is open again for so long."""
        self._journal.stack.append(frame)
        return frame

    def _outcome(self, frame: Frame, ended: Ended) -> dict[str, Any]:
        if ended.state == "SUCCESS":
            value = frame.value if frame.acted else ended.value
            if frame.handler == DISPATCH and self._migration.dispatch.outcome is not None:
                return self._viewed(ended.value)
            return returned(value)
        if ended.state == "IGNORED":
            return {"kind": OutcomeKind.IGNORED.value}
        if ended.state == "REJECTED":
            return {"kind": OutcomeKind.REJECTED.value}
        return raised(ended.value)

    def _viewed(self, value: Any) -> dict[str, Any]:
        assert self._migration.dispatch.outcome is not None
        try:
            return returned(self._migration.dispatch.outcome(value))
        except Exception as error:  # noqa: BLE001  # the user's function may raise anything: ours to say, not a mismatch
            self._journal.failed("Dispatch.outcome", error)
            return returned(None)
