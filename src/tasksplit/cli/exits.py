"""Which exit code does an answer have? 0 pass, 1 fail, 3 wait; 2 stays misuse."""

from __future__ import annotations

from collections.abc import Iterable

from tasksplit.model.decision import Answer

_STRICTEST = (Answer.FAIL, Answer.WAIT, Answer.PASS)
_CODES = {Answer.PASS: 0, Answer.FAIL: 1, Answer.WAIT: 3}


def code_of(answer: Answer) -> int:
    """Return the exit code."""
    return _CODES[answer]


def strictest(answers: Iterable[Answer]) -> Answer:
    """Return fail before wait before pass; of nothing, wait."""
    given = set(answers) or {Answer.WAIT}
    return next(answer for answer in _STRICTEST if answer in given)
