"""Where did each handler stand in the runs before, and since when is each of its differences known?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tasksplit.errors import StoreError
from tasksplit.model.evidence import Finding, Grouped
from tasksplit.model.message import Origin
from tasksplit.model.review import HandlerReview, Past, Review
from tasksplit.stores import Archive
from tasksplit.stores.run_names import form_of, is_live, when_of, worker_of

MOST = 10  #: earlier runs that are shown, and that are read at most

Times = Mapping[str, Mapping[str, float]]
"""Handler -> fingerprint -> when it was first seen, seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What do the runs before say of each handler?"""

    code: Mapping[str, str] = field(default_factory=dict)
    """Versions that the newest of them is of."""
    trend: Mapping[str, Sequence[Past]] = field(default_factory=dict)
    """Handler -> where it stood, oldest first; ``same_code``: as that of the newest."""
    first: Times = field(default_factory=dict)
    problem: str = ""
    """Why nothing is known, as a sentence."""


NOTHING = Earlier()


def before(archive: Archive, form: str, run: str = "") -> list[str]:
    """Return the runs of that form that are kept, oldest first; with the name of a run, only those before it.

    What the shadow worker of that run saved is its own, and no earlier one.
    """
    names = archive.runs()
    if run in names:
        names = names[: names.index(run)]
    mine = worker_of(run) if is_live(run) else ""
    return [name for name in names if form_of(name) == form and not (mine and worker_of(name) == mine)]


def earlier(
    archive: Archive, names: Sequence[str], *, migration: str, wanted: Mapping[str, set[str]] | None
) -> Earlier:
    """Return what those runs say of a migration; ``wanted``: handler -> fingerprints whose first time is asked for.

    The newest review knows the trend before it, and the times of what it shows. Older ones are read only for what it
    does not show: a difference that was gone and came back. None: of all.
    """
    found = Earlier()
    problem = ""
    for name in reversed(names[-MOST:]):
        try:
            review = archive.load_review(name)
        except StoreError as error:  # one that died before it was whole, or of another version
            problem = problem or str(error)
            continue
        if review.migration != migration:
            continue
        newest = not found.trend
        found = Earlier(
            code=dict(review.versions or {}) if newest else found.code,
            trend={one.name: (*one.trend, _past(name, review, one)) for one in review.handlers}
            if newest
            else found.trend,
            first=_either(found.first, _times(name, review)),
        )
        if wanted is not None and all(each <= found.first.get(one, {}).keys() for one, each in wanted.items()):
            break
    return found if found.trend else Earlier(problem=problem)


def known(review: Review, found: Earlier) -> Review:
    """Return a review with what the runs before say; that they cannot be read is a finding."""
    same = dict(review.versions or {}) == dict(found.code)
    handlers = tuple(
        replace(
            one, trend=_trend(one, found.trend.get(one.name, ()), review, same=same),
            differences=tuple(_seen(each, found.first.get(one.name, {}), review.at) for each in one.differences),
        )
        for one in review.handlers
    )  # fmt: skip
    away = (Finding(code="earlier-unknown", text=found.problem),) if found.problem else ()
    return replace(review, handlers=handlers, findings=(*review.findings, *away))


def with_earlier(review: Review, archive: Archive, run: str = "") -> Review:
    """Return a review with what the kept runs before it say; ``run``: its own name, where it is kept already.

    One that was kept with it is left as it is: it knows what was there at its time.
    """
    if any(one.trend for one in review.handlers):
        return review
    wanted = {one.name: {each.fingerprint for each in one.differences} for one in review.handlers}
    try:
        names = before(archive, review.form, run)
        return known(review, earlier(archive, names, migration=review.migration, wanted=wanted))
    except StoreError as error:
        return known(review, Earlier(problem=str(error)))


def _past(name: str, review: Review, one: HandlerReview) -> Past:
    return Past(
        run=name, at=_at(name, review), answer=one.decision.answer, tally=one.evidence.tally,
        keys=one.evidence.keys_seen, keys_mismatched=one.evidence.keys_mismatched,
    )  # fmt: skip


def _trend(one: HandlerReview, past: Sequence[Past], review: Review, *, same: bool) -> tuple[Past, ...]:
    if same and review.origin is Origin.LIVE:
        past = past[:-1]  # shadow workers of the same code are summed: the newest is part of this one
    if not past:
        return one.trend
    return tuple(replace(each, same_code=each.same_code and same) for each in past[-MOST:])


def _seen(group: Grouped, first: Mapping[str, float], at: float) -> Grouped:
    """Of live messages their own time counts, of others that of the run."""
    times = [time for time in (first.get(group.fingerprint, 0.0), group.first_seen or at) if time]
    return replace(group, first_seen=min(times, default=0.0), last_seen=group.last_seen or at)


def _times(name: str, review: Review) -> Times:
    at = _at(name, review)
    return {
        one.name: {each.fingerprint: time for each in one.differences if (time := each.first_seen or at)}
        for one in review.handlers
    }


def _either(one: Times, other: Times) -> Times:
    return {name: dict(_first(one.get(name, {}), other.get(name, {}))) for name in {**one, **other}}


def _first(one: Mapping[str, float], other: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    for fingerprint in {**one, **other}:
        yield fingerprint, min(each[fingerprint] for each in (one, other) if fingerprint in each)


def _at(name: str, review: Review) -> float:
    ended = when_of(name)
    return review.at or (ended.timestamp() if ended else 0.0)
