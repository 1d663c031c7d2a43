"""What does a job on GitHub show of a run? Annotations, and a summary of the step."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasksplit.model.decision import Answer
from tasksplit.model.review import Review
from tasksplit.report.cases import Suite, strictest
from tasksplit.report.escape import prose
from tasksplit.report.markdown import as_markdown
from tasksplit.report.words import clipped, counted, visible

MOST_SHOWN = 10  #: annotations of one level that GitHub shows of one step
MOST_CHARACTERS = 4_000  #: of the text of an annotation
MOST_TITLE = 200
MOST_SUMMARY = 1024 * 1024  #: bytes of a step's summary; of a longer one GitHub shows nothing
MOST_LINES = 100  #: of the answers at its top

_LEVELS = {Answer.FAIL: "error", Answer.WAIT: "warning", Answer.PASS: "notice"}
_LEFT_OUT = "(A report is left out here, since a summary may have 1 MB: see report.md.)\n"


@dataclass(frozen=True, slots=True)
class Muted:
    """How is text printed that GitHub must not obey? A payload may hold what looks like a command."""

    token: str

    @property
    def before(self) -> str:
        """Return the line after which nothing that is printed is a command."""
        return f"::stop-commands::{self.token}"

    @property
    def after(self) -> str:
        """Return the line after which commands count again."""
        return f"::{self.token}::"


def muted() -> Muted:
    """Return the two lines around what is printed, with a word that no payload can know."""
    return Muted(f"tasksplit-{secrets.token_hex(16)}")


def commands(suites: Sequence[Suite]) -> Iterator[str]:
    """Yield a workflow command for each decision that is no pass, or one for all that pass; at most ten of a level."""
    for answer in (Answer.FAIL, Answer.WAIT):
        # a stratum is told with the decision of its handler
        found = [(s, case) for s in suites for case in s.cases if case.answer is answer and not case.stratum]
        shown = found if len(found) <= MOST_SHOWN else found[: MOST_SHOWN - 1]
        for suite, case in shown:
            title = f"{case.handler or suite.migration} ({suite.form}): {answer}"
            yield command(_LEVELS[answer], title, case.text)
        if len(found) > len(shown):
            names = ", ".join(dict.fromkeys(case.handler or suite.migration for suite, case in found[len(shown) :]))
            yield command(_LEVELS[answer], f"{len(found) - len(shown)} more: {answer}", names)
    if strictest(suite.answer for suite in suites) is Answer.PASS:
        decisions = sum(bool(case.handler) and not case.stratum for suite in suites for case in suite.cases)
        yield command(_LEVELS[Answer.PASS], "tasksplit: pass", f"{counted(decisions, 'decision')}, all pass")


def command(level: str, title: str, text: str) -> str:
    """Return a workflow command on one line; ``level``: error, warning or notice."""
    # lines of a case are visible already; what else comes here is made so, but for the ends of lines
    seen = "\n".join(visible(line) for line in text.split("\n"))
    if len(seen) > MOST_CHARACTERS:
        seen = f"{seen[:MOST_CHARACTERS]} … ({counted(len(seen), 'character')})"
    return f"::{level} title={_property(clipped(title, MOST_TITLE))}::{_data(seen)}"


def summary(lines: Sequence[str], answer: Answer, reviews: Sequence[Review], *, room: int = MOST_SUMMARY) -> str:
    """Return a step's summary of at most ``room`` bytes: what the gate said, and each report that still fits.

    The reports share the room: each may take its part of what those before it left, and shows the more the more it has.
    """
    shown = [f"* {prose(line)}" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"* and {counted(len(lines) - MOST_LINES, 'more line')}")
    taken = ["\n".join([f"# tasksplit gate: {answer}", "", *shown, ""]) + "\n"]
    left = room - len(_LEFT_OUT) - len(taken[0].encode())
    if left < 0:
        return _LEFT_OUT if room >= len(_LEFT_OUT) else ""
    for number, review in enumerate(reviews):
        part = f"{as_markdown(review, room=left // (len(reviews) - number) - 1)}\n"
        left -= len(part.encode())
        if left < 0:
            return "".join(taken) + _LEFT_OUT
        taken.append(part)
    return "".join(taken)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
