"""Which exit code does an answer have? 0 pass, 1 fail, 3 wait; 2 stays misuse."""

from __future__ import annotations

from tasksplit.model.decision import Answer

_CODES = {Answer.PASS: 0, Answer.FAIL: 1, Answer.WAIT: 3}


def code_of(answer: Answer) -> int:
    """Return the exit code."""
    return _CODES[answer]
