"""What do the verdicts add up to, handler by handler? Constant in the number of matching pairs but for their keys."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from tasksplit.model.branches import Covered
from tasksplit.model.distinct import Distinct, hashed, insert
from tasksplit.model.evidence import Evidence, Finding, Grouped, Recent, Shape, Sides, Stratum, Tally, newest
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


class Tallying:
    """What is known of one handler so far?"""

    def __init__(self, handler: str) -> None:
        self.handler = handler
        self._verdicts: Counter[Verdict] = Counter()
        self._keys: dict[str, bool] = {}
        self._unkeyed = 0
        self._unpaired: Counter[str] = Counter()
        self._undecided: Counter[str] = Counter()
        self._groups: dict[str, tuple[Counter[str], Difference, str]] = {}  # counted by stratum
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
            self._group(difference, judged)

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

    def _group(self, difference: Difference, judged: Judged) -> None:
        first = (Counter[str](), difference, judged.message)
        self._groups.setdefault(difference.fingerprint, first)[0][judged.stratum] += 1

    @property
    def verdicts(self) -> Tally:
        """Return the counts by verdict."""
        return _tally(self._verdicts)

    def differences(self) -> tuple[Grouped, ...]:
        """Return the differences by fingerprint, most frequent first."""
        groups = sorted(self._groups.values(), key=lambda g: (-g[0].total(), g[1].fingerprint))
        return tuple(
            Grouped(
                fingerprint=example.fingerprint, shape=example.shape, kind=example.kind.value, count=strata.total(),
                example=example, example_message=message, strata={name: n for name, n in strata.items() if name},
            )
            for strata, example, message in groups
        )  # fmt: skip

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
