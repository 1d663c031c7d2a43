"""Where does each handler stand, as a page that opens from disk? One file; nothing in it acts but what is ours."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tasksplit.model.decision import Answer
from tasksplit.model.review import Review
from tasksplit.report import drawn, exercised, sentences, strata, words
from tasksplit.report.questions import answers
from tasksplit.report.scaled import scaled
from tasksplit.report.table import rows

MOST_CHARACTERS = 4_000  #: of one text on the page, where its place says no other limit

_ORDER = (Answer.FAIL, Answer.WAIT, Answer.PASS)
_STYLES = ("page.css", "handler.css")
_SCRIPTS = ("page.js", "handler.js")


def as_html(review: Review, *, others: Sequence[Review] = (), run: str = "") -> bytes:
    """Return the review as one HTML file, at most 1 MB. It needs no network, and works without JavaScript.

    ``others``: other forms of the same run, which are told in short. ``run``: its name, to find it again.
    """
    style, script = _read(_STYLES), _read(_SCRIPTS)
    page = _environment().get_template("page.html.jinja")
    return page.render(
        review=review, others=others, run=run, map=drawn.drawn(review), questions=answers(review), **_table(review),
        style=Markup(style), script=Markup(script),  # noqa: S704 - ours, from the package
        policy=_policy(style, script),
    ).encode()  # fmt: skip


def _table(review: Review) -> dict[str, Any]:
    """Return what the table is drawn from: its rows with their place in the declaration, those that fail first."""
    table = rows(review)
    ranked = sorted(enumerate(table, 1), key=lambda item: _ORDER.index(item[1].decision))
    limits = {row.limit.text for row in table}
    return {
        "rows": ranked,
        "limit": limits.pop() if len(limits) == 1 else "",
        "measured": any(row.branches is not None for row in table),
        "stages": sorted({row.stage for row in table}),
        "answered": {answer.value: sum(row.decision is answer for row in table) for answer in Answer},
    }


def _policy(style: str, script: str) -> str:
    """Return what the page may do: these two pieces of ours by their hash, and nothing from anywhere."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _read(names: tuple[str, ...]) -> str:
    folder = files("tasksplit.report") / "page"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("tasksplit.report", "page"), autoescape=True, undefined=StrictUndefined,
        finalize=_final, trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.do"],
    )  # fmt: skip
    made.filters |= {"cut": words.clipped, "dependency": sentences.dependency}
    made.globals |= {"words": words, "sentences": sentences, "strata": strata, "exercised": exercised, "scaled": scaled}
    return made


def _final(value: Any) -> Any:
    """Return what is put into the page, before it is escaped: every text with what is invisible in it spelt out."""
    if isinstance(value, Markup):
        return value
    return words.clipped(value, MOST_CHARACTERS) if isinstance(value, str) else value
