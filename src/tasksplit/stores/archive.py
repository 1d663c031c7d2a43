"""Which runs were there, and what did each of them show?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import reduce
from typing import Any, Protocol, Self, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from tasksplit.errors import StoreError, sentence
from tasksplit.model.branches import Covered
from tasksplit.model.evidence import Evidence, Ledger, Recent, Shape, Sides, Stratum, Tally, either, newest
from tasksplit.model.review import Review
from tasksplit.stores.protocol import Store

VERSION = 1  #: of the documents below; another one is refused

_INDEX = "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What did one run show?"""

    run: str
    evidence: tuple[Evidence, ...]
    ledger: Ledger
    meta: Mapping[str, Any] = field(default_factory=dict)  # any JSON value of the caller's
    version: int = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    """Which review closed a run?"""

    run: str
    review: Review
    version: int = VERSION


class _Adds(Protocol):
    def __add__(self, other: Self, /) -> Self: ...


_A = TypeVar("_A", bound=_Adds)
_K = TypeVar("_K", str, int)
_T = TypeVar("_T", Run, _Paper)
_RUN, _PAPER = TypeAdapter(Run), TypeAdapter(_Paper)


class Archive:
    """Which runs were there? Evidence, recordings and reviews by run id; a run that is saved is whole or absent."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save_run(
        self, run_id: str, evidence: Sequence[Evidence], ledger: Ledger, meta: Mapping[str, Any] | None = None
    ) -> None:
        """Keep what one run showed. Raises ``StoreError`` where that id is taken: runs are never mixed in passing."""
        if run_id in self.runs():
            raise StoreError(
                sentence(
                    found=f"a run {run_id!r} in the store",
                    expected="a new id for each run",
                    do="choose another id, or forget that run first",
                )
            )
        run = Run(run=run_id, evidence=tuple(evidence), ledger=ledger, meta=dict(meta or {}))
        self._store.forget(f"run/{run_id}")  # what a run left that died before it was listed
        self._store.append(f"run/{run_id}", [_written(run)])
        self._store.append(_INDEX, [run_id.encode()])

    def load_run(self, run_id: str | None = None) -> Run:
        """Return what a run showed; the latest by default. Raises ``StoreError`` where there is none."""
        run_id = run_id if run_id is not None else self._latest()
        return self._document(f"run/{run_id}", _RUN)

    def runs(self) -> tuple[str, ...]:
        """Return the ids of the runs that are kept, oldest first."""
        kept = set(self._store.streams("run/"))
        listed = dict.fromkeys(item.decode() for item in reversed([*self._store.read(_INDEX)]))
        return tuple(run_id for run_id in reversed(listed) if f"run/{run_id}" in kept)

    def forget_run(self, run_id: str) -> None:
        """Remove all that is kept of a run, recordings first."""
        for kind in ("recordings", "review", "run"):
            self._store.forget(f"{kind}/{run_id}")

    def save_recordings(self, run_id: str, recordings: Iterable[bytes]) -> None:
        """Keep recordings as they are given, beside those that the run already has."""
        self._store.append(f"recordings/{run_id}", recordings)

    def recordings(self, run_id: str) -> Iterator[bytes]:
        """Yield the recordings of a run in the order in which they were saved."""
        return self._store.read(f"recordings/{run_id}")

    def save_review(self, run_id: str, review: Review) -> None:
        """Keep the review that closed a run; a later one takes its place."""
        self._store.append(f"review/{run_id}", [_written(_Paper(run=run_id, review=review))])

    def load_review(self, run_id: str | None = None) -> Review:
        """Return the review of a run; of the latest by default."""
        run_id = run_id if run_id is not None else self._latest()
        return self._document(f"review/{run_id}", _PAPER).review

    def _latest(self) -> str:
        runs = self.runs()
        if not runs:
            raise StoreError(
                sentence(found="no run in the store", expected="at least one", do="call 'tasksplit run' first")
            )
        return runs[-1]

    def _document(self, stream: str, kind: TypeAdapter[_T]) -> _T:
        items = list(self._store.read(stream))
        if not items:
            known = ", ".join(self.runs()[-5:]) or "none"
            raise StoreError(
                sentence(
                    found=f"nothing under {stream!r} in the store",
                    expected=f"a run that was saved; the latest: {known}",
                    do="name one of these",
                )
            )
        return _loaded(stream, items[-1], kind)


def merge(runs: Sequence[Run]) -> Run:
    """Return several runs as one, only where asked: tallies add, a key counts once, the weaker capture holds.

    Raises ``StoreError`` for no run, one given twice, or runs of several versions (``meta["versions"]``), since
    evidence of other code is other evidence.
    """
    if not runs or len({run.run for run in runs}) < len(runs):
        raise _unmergeable(f"{len(runs)} runs, {len({run.run for run in runs})} of them distinct", "each run once")
    if any(run.meta.get("versions") != runs[0].meta.get("versions") for run in runs):
        raise _unmergeable("runs of several versions", "one version of both sides, of the migration and of tasksplit")
    by_handler: dict[str, list[Evidence]] = {}
    for run in runs:
        for evidence in run.evidence:
            by_handler.setdefault(evidence.handler, []).append(evidence)
    return Run(
        run="+".join(run.run for run in runs),
        evidence=tuple(_added(found) for found in by_handler.values()),
        ledger=sum((run.ledger for run in runs), Ledger()),
        meta=runs[-1].meta,
    )


def added(run: Run, evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence of a run with more of the same code added to it."""
    return merge([run, Run(run="", evidence=tuple(evidence), ledger=Ledger(), meta=run.meta)]).evidence


def _added(found: Sequence[Evidence]) -> Evidence:
    # where a handler never ran there was nothing to look at
    complete = [e.capture_complete for e in found if e.capture_complete is not None or e.tally != Tally()]
    covered = [e.covered for e in found if e.covered is not None]
    return Evidence(
        handler=found[0].handler,
        tally=sum((e.tally for e in found), Tally()),
        keys=reduce(either, (e.keys for e in found)),
        unkeyed=sum(e.unkeyed for e in found),
        unpaired_reasons=_summed(evidence.unpaired_reasons for evidence in found),
        undecided_reasons=_summed(evidence.undecided_reasons for evidence in found),
        capture_complete=False if False in complete else None if None in complete or not complete else True,
        capture_note="; ".join(dict.fromkeys(n for e in found for n in e.capture_note.split("; ") if n)),
        findings=tuple(dict.fromkeys(finding for evidence in found for finding in evidence.findings)),
        strata=_merged((e.strata for e in found), Stratum()),
        recent=newest(_merged((e.recent for e in found), Recent())),
        sides=sum((e.sides for e in found), Sides()),
        shapes=_merged((e.shapes for e in found), Shape()),
        itself=sum(e.itself for e in found),
        accepted=_summed(e.accepted for e in found),
        covered=sum(covered, Covered()) if covered else None,
    )


def _merged(found: Iterable[Mapping[_K, _A]], nothing: _A) -> dict[_K, _A]:
    total: dict[_K, _A] = {}
    for each in found:
        for name, one in each.items():
            total[name] = total.get(name, nothing) + one
    return total


def _summed(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return dict(total)


def _unmergeable(found: str, expected: str) -> StoreError:
    return StoreError(sentence(found=found, expected=expected, do="name the runs to merge again"))


def _written(document: Run | _Paper) -> bytes:
    try:
        return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)  # hours and buckets are numbers
    except TypeError:
        # orjson stops at 64 bits; a user's integer in a difference need not
        return json.dumps(asdict(document), default=str).encode()  # days of acceptances


def _loaded(stream: str, item: bytes, kind: TypeAdapter[_T]) -> _T:
    try:
        told = orjson.loads(item).get("version")
        if told == VERSION:
            return kind.validate_json(item)
        found, expected = f"{stream!r} of version {told}", f"version {VERSION}"
    except (ValueError, AttributeError, ValidationError) as error:
        found, expected = f"{stream!r} that cannot be read ({str(error).splitlines()[0]})", "what tasksplit wrote"
    raise StoreError(
        sentence(found=found, expected=expected, do="use the tasksplit that wrote it; it was left as it is")
    )
