"""What do the verdicts add up to, handler by handler? Constant in the number of matching pairs but for their keys."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from tasksplit.gate.showing import Showing, kept
from tasksplit.model.branches import Covered
from tasksplit.model.distinct import Distinct, hashed, insert
from tasksplit.model.evidence import (
    Evidence,
    Finding,
    Grouped,
    Recent,
    Shape,
    ShownPair,
    Sides,
    Stratum,
    Tally,
    newest,
)
from tasksplit.model.sketch import Sketch, bucket
from tasksplit.model.verdict import Difference, Judged, Verdict

_HOUR = 3600.0


class _Stratum:
    """What is known of one stratum so far?"""

    def __init__(self) -> None:
        self.verdicts: Counter[Verdict] = Counter()
        self.keys: dict[str, bool] = {}
        self.clean: list[int] = []

    def frozen(self) -> Stratum:
        return Stratum(tally=_tally(self.verdicts), keys=dict(self.keys), clean=Distinct(tuple(self.clean)))


class _Group:
    """What is known of the differences of one fingerprint so far?"""

    def __init__(self) -> None:
        self.strata: Counter[str] = Counter()
        self._example: tuple[Difference, str] | None = None
        self._least: tuple[int, str, str] = (0, "", "")
        self._at: list[float] = []  # the first and the last

    def add(self, difference: Difference, judged: Judged) -> None:
        self.strata[judged.stratum] += 1
        # of the smallest pair, so that no order of arrival shows
        rank = (sum(map(len, judged.contents or ())), judged.message, difference.path)
        if self._example is None or rank < self._least:
            self._example, self._least = (difference, judged.message), rank
        if judged.at:
            self._at = [min([*self._at, judged.at]), max([*self._at, judged.at])]

    def frozen(self, fingerprint: str, pairs: tuple[ShownPair, ...]) -> Grouped:
        assert self._example is not None  # a group begins with a difference
        example, message = self._example
        return Grouped(
            fingerprint=fingerprint, shape=example.shape, kind=example.kind.value, count=self.strata.total(),
            example=example, example_message=message, strata={name: n for name, n in self.strata.items() if name},
            pairs=tuple(pair.id for pair in pairs), first_seen=min(self._at, default=0.0),
            last_seen=max(self._at, default=0.0),
        )  # fmt: skip


class Tallying:
    """What is known of one handler so far?"""

    def __init__(self, handler: str) -> None:
        self.handler = handler
        self._verdicts: Counter[Verdict] = Counter()
        self._keys: dict[str, bool] = {}
        self._unkeyed = 0
        self._unpaired: Counter[str] = Counter()
        self._undecided: Counter[str] = Counter()
        self._groups: dict[str, _Group] = {}
        self._showing = Showing()
        self._strata: dict[str, _Stratum] = defaultdict(_Stratum)
        self._recent: dict[int, Recent] = {}
        self._seconds: tuple[Counter[int], Counter[int]] = (Counter(), Counter())
        self._wire: Counter[int] = Counter()
        self._accepted: Counter[str] = Counter()
        self._between: Counter[str] = Counter()
        self._shape: dict[str, str] = {}
        self._itself: Counter[str] = Counter()
        self._looked_at = 0  # pairs of legacy and its own replay
        self.touched: Counter[str] = Counter()
        """Name of a rule -> how often it touched something."""

    def add(self, judged: Judged) -> None:
        """Count one verdict; a key contributes once, and as differing if any of its pairs differed."""
        self._verdicts[judged.verdict] += 1
        self.touched.update(judged.touched)
        if judged.verdict is Verdict.UNPAIRED:
            self._unpaired[judged.reason] += 1
        elif judged.verdict is Verdict.UNDECIDED:
            self._undecided[judged.reason] += 1
        elif judged.verdict is Verdict.ACCEPTED:
            self._accepted.update({difference.fingerprint for difference in judged.differences})
        else:
            self._evidence(judged)
        if judged.seconds is not None:
            for counter, seconds in zip(self._seconds, judged.seconds, strict=True):
                counter[bucket(seconds)] += 1
        if judged.stratum:
            self._strata[judged.stratum].verdicts[judged.verdict] += 1
        self._between.update({difference.fingerprint for difference in judged.differences})
        self._shape.update({difference.fingerprint: difference.shape for difference in judged.differences})
        for difference in judged.differences:
            self._groups.setdefault(difference.fingerprint, _Group()).add(difference, judged)
        self._showing.add(judged)

    def sent(self, size: int) -> None:
        """Count the bytes of one message of the split's task."""
        self._wire[bucket(float(size))] += 1

    def same(self, judged: Judged) -> None:
        """Count how legacy compares with its own replay (A/A)."""
        self._looked_at += judged.verdict in (Verdict.MATCH, Verdict.MISMATCH)
        self._itself.update({difference.fingerprint for difference in judged.differences})
        self._shape.update({difference.fingerprint: difference.shape for difference in judged.differences})

    def _evidence(self, judged: Judged) -> None:
        differs = judged.verdict is Verdict.MISMATCH
        self._unkeyed += differs and judged.key is None
        if judged.key is not None:
            self._keys[judged.key] = self._keys.get(judged.key, False) or differs
        if judged.stratum:
            here = self._strata[judged.stratum]
            if judged.key is not None:
                here.keys[judged.key] = here.keys.get(judged.key, False) or differs
            if not differs and judged.content:
                insert(here.clean, hashed(judged.content))
        if judged.at:
            hour = int(judged.at // _HOUR)
            if hour not in self._recent:
                self._recent = newest({**self._recent, hour: Recent()})
            if hour in self._recent:
                self._recent[hour] += Recent(pairs=1, mismatched=int(differs))

    @property
    def verdicts(self) -> Tally:
        """Return the counts by verdict."""
        return _tally(self._verdicts)

    def differences(self) -> tuple[Grouped, ...]:
        """Return the differences by fingerprint, most frequent first."""
        shown = self._shown()
        groups = (group.frozen(fingerprint, shown[fingerprint]) for fingerprint, group in self._groups.items())
        return tuple(sorted(groups, key=lambda group: (-group.count, group.fingerprint)))

    def pairs(self) -> tuple[ShownPair, ...]:
        """Return the pairs that the differences name, each once."""
        return tuple({pair.id: pair for pairs in self._shown().values() for pair in pairs}.values())

    def _shown(self) -> dict[str, tuple[ShownPair, ...]]:
        frequent = sorted(self._groups, key=lambda name: (-self._groups[name].strata.total(), name))
        return kept({fingerprint: self._showing.of(fingerprint) for fingerprint in frequent})

    def evidence(
        self, *, capture: bool | None, note: str, findings: Iterable[Finding], covered: Covered | None = None
    ) -> Evidence:
        """Return what is known, together with what A/A, the run and coverage found."""
        return Evidence(
            handler=self.handler, tally=self.verdicts, keys=dict(self._keys), unkeyed=self._unkeyed,
            unpaired_reasons=dict(self._unpaired), undecided_reasons=dict(self._undecided),
            capture_complete=capture, capture_note=note, findings=tuple(findings),
            strata={name: one.frozen() for name, one in sorted(self._strata.items())}, recent=dict(self._recent),
            sides=self._sides(), shapes=self._shapes(), itself=self._looked_at, accepted=dict(self._accepted),
            covered=covered,
        )  # fmt: skip

    def _sides(self) -> Sides:
        legacy, split = (Sketch(dict(counter)) for counter in self._seconds)
        return Sides(legacy=legacy, split=split, wire=Sketch(dict(self._wire)))

    def _shapes(self) -> dict[str, Shape]:
        return {
            fingerprint: Shape(
                shape=self._shape.get(fingerprint, ""),
                between=self._between[fingerprint],
                itself=self._itself[fingerprint],
            )
            for fingerprint in sorted({*self._between, *self._itself})
        }


def _tally(verdicts: Counter[Verdict]) -> Tally:
    return Tally(**{v.value: verdicts[v] for v in Verdict})
