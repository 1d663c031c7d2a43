"""What do several ways to cut a task cost, side by side? The lines of a table, the same on every paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tasksplit.model.design import Design, Designs, HandlerFigures, Spread
from tasksplit.report.words import count, counted, rate, seconds

NOTHING = "–"  #: nothing of the kind was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is one figure of each design, and how is it read?"""

    name: str
    aid: str
    """One sentence: what it says, and which way is better."""
    cells: tuple[str, ...]
    """One for each design, or for each column of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What stands in one column of the table of handlers, and how is it read?"""

    name: str
    aid: str


def setting(designs: Designs) -> str:
    """Return on what the figures rest, in a line or two."""
    added = designs.call_seconds
    calls = f", {seconds(added)} added for each call of something outside" if added else ""
    return (
        f"{counted(designs.messages, 'message')}, each design run over all of them in equal worlds. "
        f"Queues are simulated from the durations seen{calls}: {counted(designs.arrivals, 'arrival')} at random, "
        f"{_rate(designs.rate)} a second, {counted(designs.workers, 'worker')} that consume every queue, "
        f"as many as legacy keeps busy for {rate(designs.busy)} of their time; seed {designs.seed}."
    )


def names(designs: Designs) -> tuple[str, ...]:
    """Return what the designs are called."""
    return tuple(one.name for one in designs.designs)


def lines(designs: Designs) -> tuple[Line, ...]:
    """Return the table of designs: a line for each figure."""
    return tuple(
        Line(name=name, aid=aid, cells=tuple(cell(one) for one in designs.designs)) for name, aid, cell in _FIGURES
    )


def columns() -> tuple[Column, ...]:
    """Return the columns of the table of handlers."""
    return tuple(Column(name=name, aid=aid) for name, aid, _cell in _COLUMNS)


def handlers(designs: Designs) -> Iterator[Line]:
    """Yield the table of handlers: of each a line for each design, so that they stand below each other."""
    found = {name: None for design in designs.designs for name in (one.handler for one in design.handlers)}
    for name in sorted(found):
        for design in designs.designs:
            for one in design.handlers:
                if one.handler == name:
                    cells = tuple(cell(one) for _name, _aid, cell in _COLUMNS)
                    yield Line(name=name, aid=design.name, cells=cells)


def ways(designs: Designs) -> Iterator[Line]:
    """Yield what each way to pass data costs: of each design that declares them a line for each way."""
    for design in designs.designs:
        by_way: dict[str, list[HandlerFigures]] = {}
        for one in design.handlers:
            if one.passes:
                by_way.setdefault(one.passes, []).append(one)
        for way in sorted(by_way):
            yield Line(name=way, aid=design.name, cells=_way(by_way[way]))


WAY_COLUMNS = (
    Column(name="handlers", aid="How many handlers get their data in this way."),
    Column(name="bytes", aid="Mean size of the messages of their tasks; the broker keeps and moves them."),
    Column(name="largest", aid="Brokers have limits, and the largest message meets them first."),
    Column(name="read again", aid="Mean reads of a run that its message had made before: the price of ids."),
    Column(name="stale", aid="Mean time between reading a table and changing its rows: the risk of values."),
)  # fmt: skip


def document(designs: Designs) -> dict[str, Any]:
    """Return all figures as plain values, for programs."""
    return {"format": "tasksplit designs", "format_version": 1, **asdict(designs)}


def _way(found: Sequence[HandlerFigures]) -> tuple[str, ...]:
    return (
        count(len(found)),
        _whole(_mean([one.size for one in found])),
        _whole(max((one.size.most or 0.0 for one in found), default=None)),
        _few(_mean([one.repeated_reads for one in found])),
        _time(_mean([one.stale for one in found])),
    )


def _mean(found: Sequence[Spread]) -> float | None:
    total = sum(one.count for one in found)
    return sum((one.mean or 0.0) * one.count for one in found) / total if total else None


def _time(value: float | None) -> str:
    return NOTHING if value is None else seconds(value)


def _few(value: float | None) -> str:
    """Return a mean of small counts; "0" only where it is exactly that."""
    if value is None:
        return NOTHING
    if 0 < value < 0.005:
        return "< 0.01"
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _whole(value: float | None) -> str:
    return NOTHING if value is None else count(round(value))


def _counts(one: Spread) -> str:
    return NOTHING if one.mean is None else f"{_few(one.mean)}, at most {_whole(one.most)}"


def _middle(one: Spread) -> str:
    return " / ".join(_whole(value) for value in (one.p50, one.p95, one.most))


def _times(one: Spread) -> str:
    return f"{_time(one.p50)} / {_time(one.p99)}"


def _waited(one: Design, waited: Spread) -> str:
    """Return simulated times; where the workers cannot keep up they say how long was simulated, and nothing else."""
    return _times(waited) if one.busy < 1 else "does not keep up"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _named(found: Mapping[str, int], noun: str) -> str:
    return counted(len(found), noun)


def _same(one: Design) -> str:
    if one.pairs is None:
        return "is legacy"
    parts = [f"{count(one.mismatched)} of {counted(one.pairs, 'pair')} differ"]
    return "; ".join([*parts, *([f"{count(one.untold)} could not be told"] if one.untold else [])])


def _hazards(one: Design) -> str:
    return "one order" if one.hazards is None else count(one.hazards)


_FIGURES: tuple[tuple[str, str, Callable[[Design], str]], ...] = (
    ("does the same as legacy", "Figures of a design that does something else are worth nothing.", _same),
    ("tasks", "Names that workers must know, and that retries, limits and priorities can be set for.",
     lambda one: _named(one.tasks, "task")),
    ("queues", "Queues that the tasks went through; each can have workers of its own.",
     lambda one: _named(one.queues, "queue")),
    ("messages for one (p50 / p95 / most)", "How many messages the broker moves for each that comes in.",
     lambda one: _middle(one.sent)),
    ("bytes for one (p50 / p95 / most)", "Bytes of all these messages; what is carried is not read again.",
     lambda one: _middle(one.size)),
    ("dispatch (p50 / p99)", "Time outside the handlers: parsing, checks, choice, sending. Less is better.",
     lambda one: _times(one.dispatch)),
    ("work (p50 / p99)", "Time of all tasks of a message together; what a cut adds is its price in workers.",
     lambda one: _times(one.work)),
    ("workers busy", "Share of the simulated workers' time that this takes at the same rate; from 100 % on queues grow "
     "for ever.", lambda one: f"{one.busy * 100:.0f} %"),
    ("until a handler begins (p50 / p99)", "From the arrival of the message, with all that waits in queues or in the "
     "same task before it; simulated.", lambda one: _waited(one, one.begins)),
    ("taken down with it", "Other handlers that are lost where the worker of one dies, in the mean: 0 means that each "
     "fails alone.", lambda one: _counts(one.taken_down)),
    ("effects that a retry repeats", "Effects that others had done in the same task before, in the mean: a retry does "
     "them again.", lambda one: _counts(one.repeated_effects)),
    ("reads for one", "Reads of rows and services for each message that comes in.", lambda one: _counts(one.reads)),
    ("of these made before", "Reads that the same message had made already: tasks that look things up again.",
     lambda one: _counts(one.repeated_reads)),
    ("stale (p50 / p99)", "Time between reading a table and changing rows of it, queues included: for so long others "
     "can change it unseen; simulated.", lambda one: _waited(one, one.stale)),
    ("hazards", "Handlers of which one changes what another uses later, in an order that nothing declares.", _hazards),
    ("handlers behind a name", "The most handlers that one name of a task stands for: error trackers group by names.",
     lambda one: count(one.behind_a_name)),
)  # fmt: skip

_COLUMNS: tuple[tuple[str, str, Callable[[HandlerFigures], str]], ...] = (
    ("task", "Which task runs it: its name in the error tracker.", lambda one: one.task),
    ("passes", "In which way it gets its data, as it is declared.", lambda one: one.passes or NOTHING),
    ("runs", "How often it ran on these messages.", lambda one: count(one.runs)),
    ("bytes (p50 / p95 / most)", "Size of the message that its task came as.", lambda one: _middle(one.size)),
    ("begins after (p50 / p99)", "As for the design, of this handler alone.", lambda one: _times(one.begins)),
    ("stale (p50 / p99)", "As for the design, of this handler alone.", lambda one: _times(one.stale)),
    ("read again", "Mean reads of a run that its message had made before.", lambda one: _few(one.repeated_reads.mean)),
    ("taken down", "Mean number of others lost with it.", lambda one: _few(one.taken_down.mean)),
    ("repeats", "Mean number of effects of others that its retry repeats.",
     lambda one: _few(one.repeated_effects.mean)),
)  # fmt: skip
