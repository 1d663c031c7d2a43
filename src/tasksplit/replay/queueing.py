"""When would each task begin, if so many workers shared the work? A simulation, from durations that were observed.

Messages arrive at random and independently (a Poisson process), in an order drawn from a seed: the same for every
design, so that what differs between two is theirs. A worker takes the task that waits longest of the queues that it
consumes. Retries with a countdown wait outside the queues, as they do at a worker.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tasksplit.model.delivered import Delivered, Trip

ARRIVALS = 5_000  #: messages that are simulated, drawn again and again from those that were run
SETTLING = 0.1  #: share of them, at the beginning, that is left out: the queues are empty then


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much work comes, and who does it?"""

    rate: float
    """Messages a second."""
    workers: Sequence[frozenset[str]] = (frozenset(),)
    """The queues that each of them consumes; an empty set: all."""
    call_seconds: float = 0.0
    """Added for each call of something outside the process: stand-ins answer at once, services do not."""
    arrivals: int = ARRIVALS
    seed: int = 0

    def seconds(self, one: Delivered) -> float:
        """Return how long a delivery keeps its worker."""
        return one.seconds + one.calls * self.call_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """When did the deliveries of one message begin?"""

    trip: int
    """Which of the trips."""
    began: tuple[float, ...]
    """Seconds after the message arrived, by delivery."""


@dataclass(slots=True)
class _Message:
    trip: int
    arrived: float
    began: dict[int, float] = field(default_factory=dict)


def play(trips: Sequence[Trip], load: Load) -> Iterator[Played]:
    """Yield when everything began, of messages that came after the queues had settled. Every trip has a delivery."""
    draw = random.Random(load.seed)  # noqa: S311  # a simulation, repeatable
    at = 0.0
    arrivals: list[_Message] = []
    for _ in range(load.arrivals):
        at += draw.expovariate(load.rate)
        arrivals.append(_Message(trip=draw.randrange(len(trips)), arrived=at))
    _Workers(trips, load).run(arrivals)
    for message in arrivals[int(SETTLING * len(arrivals)) :]:
        began = message.began
        yield Played(trip=message.trip, began=tuple(began[place] - message.arrived for place in sorted(began)))


def rate_for(trips: Sequence[Trip], workers: int, share: float, load: Load) -> float:
    """Return the messages a second that keep so many workers busy for ``share`` (0-1) of their time."""
    work = sum(load.seconds(one) for trip in trips for one in trip) / len(trips)
    return share * workers / work if work else 1.0


class _Workers:
    """Who does what when? Events in the order of time; ties in the order in which they were made."""

    def __init__(self, trips: Sequence[Trip], load: Load) -> None:
        self._trips, self._load = trips, load
        self._events: list[tuple[float, int, _Message | None, int]] = []  # with None: a worker is free, by number
        self._made = 0
        self._queues: dict[str, deque[tuple[int, _Message, int]]] = defaultdict(deque)
        self._free = set(range(len(load.workers)))

    def run(self, arrivals: Sequence[_Message]) -> None:
        for arrival in arrivals:
            self._event(arrival.arrived, arrival, 0)
        while self._events:
            now, number, message, place = heapq.heappop(self._events)
            if message is None:
                self._free.add(place)
            else:
                queue = self._trips[message.trip][place].queue
                self._queues[queue].append((number, message, place))
            self._hand_out(now)

    def _event(self, at: float, message: _Message | None, place: int) -> None:
        self._made += 1
        heapq.heappush(self._events, (at, self._made, message, place))

    def _hand_out(self, now: float) -> None:
        for worker in sorted(self._free):
            taken = self._next(self._load.workers[worker])
            if taken is not None:
                self._free.discard(worker)
                self._begin(now, worker, *taken)

    def _next(self, consumed: frozenset[str]) -> tuple[_Message, int] | None:
        names = [name for name, queue in self._queues.items() if queue and (not consumed or name in consumed)]
        if not names:
            return None
        _number, message, place = self._queues[min(names, key=lambda name: self._queues[name][0][0])].popleft()
        return message, place

    def _begin(self, now: float, worker: int, message: _Message, place: int) -> None:
        message.began[place] = now
        one = self._trips[message.trip][place]
        seconds = self._load.seconds(one)
        for later, other in enumerate(self._trips[message.trip]):
            if other.sender == place:
                slower = seconds / one.seconds if one.seconds else 1.0  # what it sends comes later by as much
                self._event(now + min(other.sent * slower, seconds) + other.countdown, message, later)
        self._event(now + seconds, None, worker)
