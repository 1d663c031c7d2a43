"""Do two forms of a run agree: both sides in fixture worlds, and the split replayed from recordings?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Finding
from tasksplit.model.review import Review
from tasksplit.model.verdict import Verdict

Verdicts = Mapping[tuple[str, str, str], Verdict]
_EVIDENCE = (Verdict.MATCH, Verdict.MISMATCH)


def compared(fixtures: Verdicts, recordings: Verdicts) -> Finding:
    """Return what a reviewer must know of the two forms; a pair that is evidence in both and differs blocks."""
    both = fixtures.keys() & recordings.keys()
    told = [name for name in both if fixtures[name] in _EVIDENCE and recordings[name] in _EVIDENCE]
    differ = sorted(name for name in told if fixtures[name] is not recordings[name])
    undecided = sum(recordings[name] is Verdict.UNDECIDED for name in both)
    text = f"the two forms agree on {len(told) - len(differ)} of {len(told)} pairs that are evidence in both"
    if undecided:
        text += f"; {undecided} are undecided in recordings: add what they miss to the fixture"
    if differ:
        text += f"; they differ first on {', '.join(differ[0])}"
    return Finding(code="forms-disagree" if differ else "forms-agree", text=text, blocks=bool(differ))


def joined(fixtures: Review, finding: Finding) -> Review:
    """Return the review of the fixture worlds with what the recordings say of it; it fails where that blocks."""
    answer = Answer.FAIL if finding.blocks else fixtures.answer
    return replace(fixtures, answer=answer, findings=(finding, *fixtures.findings))
