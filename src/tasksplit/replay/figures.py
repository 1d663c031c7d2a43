"""What do the trips of many messages say of a way to cut?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from tasksplit.model.delivered import Delivered, Ran, Trip
from tasksplit.model.design import Design, HandlerFigures, Spread
from tasksplit.model.observation import DISPATCH
from tasksplit.replay.queueing import Load, Played, play


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Which trips are there of a design, and what else is known of it?"""

    name: str
    path: str
    trips: Sequence[Trip]
    passes: Mapping[str, str] = field(default_factory=dict)
    """Handler -> the way in which it gets its data."""
    hazards: int | None = None
    pairs: int | None = None
    mismatched: int = 0
    untold: int = 0


@dataclass(slots=True)
class _Handler:
    tasks: Counter[str] = field(default_factory=Counter)
    size: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    begins: list[float] = field(default_factory=list)
    stale: list[float] = field(default_factory=list)
    repeated_reads: list[float] = field(default_factory=list)
    taken_down: list[float] = field(default_factory=list)
    repeated_effects: list[float] = field(default_factory=list)


def design(measured: Measured, load: Load) -> Design:
    """Return the figures of a design; ``load``: of the simulation."""
    trips = [trip for trip in measured.trips if trip]
    handlers: dict[str, _Handler] = defaultdict(_Handler)
    reads: list[float] = []
    repeated: list[float] = []
    for trip in trips:
        again = _counted(trip, handlers)
        reads.append(float(sum(len(one.asked) for one in trip)))
        repeated.append(float(again))
    for played in play(trips, load) if trips else ():
        _timed(trips[played.trip], played, load, handlers)
    behind: dict[str, set[str]] = defaultdict(set)
    for name, one in handlers.items():
        for task in one.tasks:
            behind[task].add(name)
    return Design(
        name=measured.name, path=measured.path, messages=len(trips),
        tasks=_sums(one.task for trip in trips for one in trip),
        queues=_sums(one.queue for trip in trips for one in trip),
        sent=spread(float(len(trip)) for trip in trips),
        size=spread(float(sum(one.size for one in trip)) for trip in trips),
        dispatch=spread(map(_dispatch, trips)),
        work=spread(sum(one.seconds for one in trip) for trip in trips), busy=_busy(trips, load),
        reads=spread(reads), repeated_reads=spread(repeated),
        begins=_all(handlers, "begins"), stale=_all(handlers, "stale"), taken_down=_all(handlers, "taken_down"),
        repeated_effects=_all(handlers, "repeated_effects"),
        behind_a_name=max(map(len, behind.values()), default=0), hazards=measured.hazards, pairs=measured.pairs,
        mismatched=measured.mismatched, untold=measured.untold,
        handlers=tuple(_figures(name, one, measured.passes) for name, one in sorted(handlers.items())),
    )  # fmt: skip


def spread(values: Iterable[float]) -> Spread:
    """Return how values are spread, by nearest rank."""
    found = sorted(values)
    if not found:
        return Spread()
    p50, p95, p99 = (found[max(0, ceil(share * len(found)) - 1)] for share in (0.5, 0.95, 0.99))
    return Spread(count=len(found), mean=sum(found) / len(found), p50=p50, p95=p95, p99=p99, most=found[-1])


def _counted(trip: Trip, handlers: Mapping[str, _Handler]) -> int:
    """Count what does not depend on time; return how many reads of the message were made before."""
    known: set[int] = set()
    again: Counter[tuple[int, str]] = Counter()
    for place, one in enumerate(trip):
        for asked in one.asked:
            again[place, asked.handler] += asked.what in known
            known.add(asked.what)
    for place, one in enumerate(trip):
        inside = [ran for ran in one.ran if ran.handler != DISPATCH]
        for ran in inside:
            here = handlers[ran.handler]
            here.tasks[one.task] += 1
            here.size.append(float(one.size))
            here.seconds.append(ran.seconds)
            here.repeated_reads.append(float(again[place, ran.handler]))
            here.taken_down.append(float(len(inside) - 1))
            here.repeated_effects.append(float(sum(_effects_before(one, ran))))
    return sum(again.values())


def _effects_before(one: Delivered, ran: Ran) -> Iterator[int]:
    """Yield what others had done in the same task before: a retry of the task does it again."""
    for other in one.ran:
        if other is not ran and other.began <= ran.began:
            yield other.effects


def _busy(trips: Sequence[Trip], load: Load) -> float:
    """Return the share of the workers' time that the work takes, at the rate at which messages arrive."""
    work = sum(load.seconds(one) for trip in trips for one in trip)
    return load.rate * work / len(trips) / len(load.workers) if trips else 0.0


def _dispatch(trip: Trip) -> float:
    """Return the seconds of a message that were spent outside its handlers."""
    mine = [one for one in trip if any(ran.handler == DISPATCH for ran in one.ran)]
    inside = sum(ran.seconds for one in mine for ran in one.ran if ran.handler != DISPATCH and not ran.nested)
    return max(0.0, sum(one.seconds for one in mine) - inside)


def _timed(trip: Trip, played: Played, load: Load, handlers: Mapping[str, _Handler]) -> None:
    """Count when the handlers of a message would begin, and how old what they had read would be when they act."""
    seen: dict[str, float] = {}  # table -> when it was read last
    slower = [load.seconds(one) / one.seconds if one.seconds else 1.0 for one in trip]
    for place in sorted(range(len(played.began)), key=lambda each: played.began[each]):
        one, began = trip[place], played.began[place]
        reads = sorted(one.asked, key=lambda asked: asked.at)
        for ran in sorted(one.ran, key=lambda each: each.began):
            if ran.handler != DISPATCH:
                handlers[ran.handler].begins.append(began + ran.began * slower[place])
            ends = ran.began + ran.seconds
            for table in ran.changed:
                inside = [asked.at for asked in reads if table in asked.tables and asked.at <= ends]
                last = began + inside[-1] * slower[place] if inside else seen.get(table)
                if last is not None and ran.handler != DISPATCH:
                    handlers[ran.handler].stale.append(max(0.0, began + ends * slower[place] - last))
        for asked in reads:
            for table in asked.tables:
                seen[table] = began + asked.at * slower[place]


def _figures(name: str, one: _Handler, passes: Mapping[str, str]) -> HandlerFigures:
    return HandlerFigures(
        handler=name, task=", ".join(sorted(one.tasks)), passes=passes.get(name, ""), runs=len(one.seconds),
        size=spread(one.size), seconds=spread(one.seconds), begins=spread(one.begins), stale=spread(one.stale),
        repeated_reads=spread(one.repeated_reads), taken_down=spread(one.taken_down),
        repeated_effects=spread(one.repeated_effects),
    )  # fmt: skip


def _all(handlers: Mapping[str, _Handler], what: str) -> Spread:
    return spread(value for one in handlers.values() for value in getattr(one, what))


def _sums(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
