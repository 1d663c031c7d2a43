"""What has a watch seen of each handler up to its last look, and what follows from what came since? Pure.

Two detectors look at each handler. One counts *pairs*: quick, and blind to who sent them. The other counts *keys*: a
pair that differs only where its key had not differed before, since the messages of one project fail together. Which of
them steps a handler back follows from the bar: as long as it allows no key of those seen to differ
(``limit * keys < 1``) each pair counts; from then on a key counts once, and where one key alone differs on and on
somebody is told, and nothing is moved.

Between two looks the evidence tells sums: how many pairs matched and differed, and how many keys differ by now. They
are one batch, see ``gate.watch``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tasksplit.gate.watch import Detector
from tasksplit.gate.words import count, many, of, share
from tasksplit.model.evidence import Evidence
from tasksplit.model.rollout import Flag, Stage
from tasksplit.stores.archive import Run
from tasksplit.stores.run_names import worker_of

VERSION = 1  #: of ``State`` as it is kept; another one is as if nothing was


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """How many pairs of one handler are evidence, of one shadow worker or since the last look?"""

    match: int = 0
    mismatch: int = 0

    def __add__(self, other: Pairs) -> Pairs:
        return Pairs(match=self.match + other.match, mismatch=self.mismatch + other.mismatch)

    def since(self, before: Pairs) -> Pairs:
        """Return what came after ``before``; nothing where there is less, since the evidence was taken away."""
        return Pairs(match=max(0, self.match - before.match), mismatch=max(0, self.mismatch - before.mismatch))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is known of one handler?"""

    pairs: Detector
    keys: Detector
    differing: int = 0
    """Keys that differed by the last look."""
    acting: bool = False
    """Whether the split acted for some key at the last look: canary or live."""
    revision: int = 0
    """Of its flag then."""
    heard: float = 0.0
    """When the last pair was seen since it acts, or when it began to: seconds since the epoch."""

    @classmethod
    def fresh(cls, limit: float, arl: float) -> Watched:
        """Return what is known at first: nothing."""
        return cls(pairs=Detector.fresh(limit, arl), keys=Detector.fresh(limit, arl))


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Up to where has the watch looked? All of it is kept after each look."""

    code: Mapping[str, str] = field(default_factory=dict)
    """Versions that the evidence is of; other code is other evidence, and everything begins anew."""
    seen: Mapping[str, Mapping[str, Pairs]] = field(default_factory=dict)
    """Shadow worker -> handler -> what it had shown."""
    handlers: Mapping[str, Watched] = field(default_factory=dict)
    version: int = VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What does one look say of a handler for which the split acts?"""

    handler: str
    stage: Stage
    new: int
    """Pairs since the last look."""
    silent: float = 0.0
    """Seconds since a look last saw a pair of it, or since it began to act."""
    why: str = ""
    """In words and numbers why it is to step back; empty: it is not."""
    doubt: str = ""
    """What somebody should look at; empty: nothing."""


def came(runs: Sequence[Run]) -> dict[str, dict[str, Pairs]]:
    """Return shadow worker -> handler -> how many pairs it has compared so far."""
    return {
        worker_of(run.run): {e.handler: Pairs(match=e.tally.match, mismatch=e.tally.mismatch) for e in run.evidence}
        for run in runs
    }


def new_pairs(state: State, shown: Mapping[str, Mapping[str, Pairs]], handler: str) -> Pairs:
    """Return the pairs of a handler that came since, of all shadow workers."""
    nothing = Pairs()
    return sum(
        (
            handlers.get(handler, nothing).since(state.seen.get(worker, {}).get(handler, nothing))
            for worker, handlers in shown.items()
        ),
        nothing,
    )


def looked(before: Watched, flag: Flag, evidence: Evidence, *, new: Pairs, at: float = 0.0) -> Watched:
    """Return what is known after a look: of the flag, of all evidence there is, and of the pairs that are new.

    ``at``: the time of the look, seconds since the epoch.

    It begins anew when the split comes to act, and when somebody moved the flag after an alarm: that was an answer.
    """
    acting = flag.stage in (Stage.CANARY, Stage.LIVE)
    pairs, keys = before.pairs, before.keys
    answered = (pairs.alarmed or keys.alarmed) and flag.revision != before.revision
    if not acting or not before.acting or answered:
        pairs, keys = pairs.restarted(), keys.restarted()
    if acting:
        differing = min(new.mismatch, max(0, evidence.keys_mismatched - before.differing))
        pairs = pairs.batch(mismatched=new.mismatch, clean=new.match)
        keys = keys.batch(mismatched=differing, clean=new.match)
    heard = at if acting and (new != Pairs() or not before.acting) else before.heard
    return Watched(
        pairs=pairs, keys=keys, differing=evidence.keys_mismatched, acting=acting, revision=flag.revision, heard=heard
    )  # fmt: skip


def sight(watched: Watched, flag: Flag, evidence: Evidence, *, new: Pairs, at: float = 0.0) -> Sight:
    """Return what is to be said and done about a handler for which the split acts."""
    pairs, keys = watched.pairs, watched.keys
    allowed = int(pairs.limit * evidence.keys_seen)
    why = doubt = ""
    if (keys if allowed else pairs).alarmed:
        why = _why(keys if allowed else pairs, "a key counted once, " if allowed else "")
    elif pairs.alarmed:
        ever = of(evidence.keys_mismatched, evidence.keys_seen, "key")
        doubt = (
            f"{_why(pairs)}; but of too few keys to say so of the handler: {ever} ever differed, "
            f"and the bar allows {count(allowed)}"
        )
    elif not evidence.tally.pairs:
        doubt = "no pair was ever compared of the code that the shadow workers run: nothing of it can be watched"
    return Sight(
        handler=flag.handler, stage=flag.stage, new=new.match + new.mismatch, silent=max(0.0, at - watched.heard),
        why=why, doubt=doubt,
    )  # fmt: skip


def _why(detector: Detector, how: str = "") -> str:
    differ = f"{count(detector.mismatched)} of the latest {many(detector.pairs, 'pair')} differ"
    return (
        f"{differ if detector.pairs else 'pairs differ'}, {how}more often than {share(detector.limit)} "
        f"(by chance once in {count(round(detector.arl))} pairs at most, on average)"
    )
