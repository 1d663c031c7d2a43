"""Where does each handler stand, as a page that opens from disk? One file; nothing in it acts but what is ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from tasksplit.model.decision import Answer
from tasksplit.model.review import Review
from tasksplit.report.page import drawn
from tasksplit.report.page.parts import parts
from tasksplit.report.page.templates import environment, policy, read
from tasksplit.report.questions import answers
from tasksplit.report.table import Row, rows

MOST_BYTES = 1_000_000  #: of the page: mail and artefact viewers show it whole

_AROUND = 500_000  # bytes of all but the handlers' parts
_PARTS = "<!-- parts -->"  # where these go; a text of somebody else never looks like this: it is escaped
_ORDER = (Answer.FAIL, Answer.WAIT, Answer.PASS)
_STYLES = ("page.css", "handler.css")
_SCRIPTS = ("page.js", "handler.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Detail:
    """How much is shown around the handlers' parts before something is left out?"""

    handlers: int
    boxes: int
    """Handlers up to which there is a map."""
    characters: int
    """Of a reason or a sentence."""
    items: int
    """Rules, findings, errors ..., of each."""


_DETAILS = (
    _Detail(handlers=150, boxes=100, characters=1_000, items=60),
    _Detail(handlers=100, boxes=60, characters=200, items=20),
    _Detail(handlers=60, boxes=40, characters=80, items=10),
    _Detail(handlers=30, boxes=0, characters=30, items=4),
)


def as_html(review: Review, *, others: Sequence[Review] = (), run: str = "") -> bytes:
    """Return the review as one HTML file, at most 1 MB. It needs no network, and works without JavaScript.

    ``others``: other forms of the same run, which are told in short. ``run``: its name, to find it again.
    """
    table = tuple(sorted(enumerate(rows(review), 1), key=lambda item: _ORDER.index(item[1].decision)))
    told = {"review": review, "others": others, "run": run, "questions": answers(review)}
    for detail in _DETAILS:
        before, _, after = _around(told, table, detail).partition(_PARTS)
        room = MOST_BYTES - len((before + after).encode())
        if room >= MOST_BYTES - _AROUND:
            break
    return (before + parts(review, table[: detail.handlers], room, environment()) + after).encode()


def _around(told: Mapping[str, Any], table: Sequence[tuple[int, Row]], detail: _Detail) -> str:
    """Return the page with a mark where the handlers' parts go."""
    style, script = read(_STYLES), read(_SCRIPTS)
    limits = {row.limit.text for _, row in table}
    return environment().get_template("page.html.jinja").render(
        **told, detail=detail, rows=table[: detail.handlers], left_out=len(table) - len(table[: detail.handlers]),
        limit=limits.pop() if len(limits) == 1 else "", measured=any(row.branches is not None for _, row in table),
        stages=sorted({row.stage for _, row in table})[:20],
        answered={answer.value: sum(row.decision is answer for _, row in table) for answer in Answer},
        map=drawn.drawn(told["review"]) if len(table) <= detail.boxes else None,
        style=Markup(style), script=Markup(script), parts=Markup(_PARTS),  # noqa: S704 - ours, from the package
        policy=policy(style, script),
    )  # fmt: skip
