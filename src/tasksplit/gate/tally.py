"""What do the verdicts add up to, handler by handler? Constant in the number of matching pairs but for their keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tasksplit.model.evidence import Evidence, Finding, Grouped, Tally
from tasksplit.model.verdict import Difference, Judged, Verdict


class Tallying:
    """What is known of one handler so far?"""

    def __init__(self, handler: str) -> None:
        self.handler = handler
        self._verdicts: Counter[Verdict] = Counter()
        self._keys: dict[str, bool] = {}
        self._unpaired: Counter[str] = Counter()
        self._undecided: Counter[str] = Counter()
        self._groups: dict[str, tuple[int, Difference, str]] = {}
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
        elif judged.verdict in (Verdict.MATCH, Verdict.MISMATCH) and judged.key is not None:
            self._keys[judged.key] = self._keys.get(judged.key, False) or judged.verdict is Verdict.MISMATCH
        for difference in judged.differences:
            self._group(difference, judged.message)

    def _group(self, difference: Difference, message: str) -> None:
        count, example, where = self._groups.get(difference.fingerprint, (0, difference, message))
        self._groups[difference.fingerprint] = (count + 1, example, where)

    @property
    def verdicts(self) -> Tally:
        """Return the counts by verdict."""
        return Tally(**{v.value: self._verdicts[v] for v in Verdict})

    def differences(self) -> tuple[Grouped, ...]:
        """Return the differences by fingerprint, most frequent first."""
        groups = sorted(self._groups.values(), key=lambda g: (-g[0], g[1].fingerprint))
        return tuple(
            Grouped(
                fingerprint=example.fingerprint, shape=example.shape, kind=example.kind.value, count=count,
                example=example, example_message=message,
            )
            for count, example, message in groups
        )  # fmt: skip

    def evidence(self, *, capture: bool | None, note: str, findings: Iterable[Finding]) -> Evidence:
        """Return what is known, together with what A/A and the run found."""
        return Evidence(
            handler=self.handler, tally=self.verdicts, keys=dict(self._keys), unpaired_reasons=dict(self._unpaired),
            undecided_reasons=dict(self._undecided), capture_complete=capture, capture_note=note,
            findings=tuple(findings),
        )  # fmt: skip
