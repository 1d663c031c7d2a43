"""Where does each handler stand, as a page that opens from disk? One file; nothing in it acts but what is ours."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tasksplit.model.decision import Answer
from tasksplit.model.review import Review
from tasksplit.report import drawn, exercised, sentences, strata, words
from tasksplit.report.parts import parts
from tasksplit.report.questions import answers
from tasksplit.report.scaled import scaled
from tasksplit.report.table import Row, rows

MOST_BYTES = 1_000_000  #: of the page: mail and artefact viewers show it whole
MOST_CHARACTERS = 4_000  #: of one text on the page, where its place says no other limit

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
    return (before + parts(review, table[: detail.handlers], room, _environment()) + after).encode()


def _around(told: Mapping[str, Any], table: Sequence[tuple[int, Row]], detail: _Detail) -> str:
    """Return the page with a mark where the handlers' parts go."""
    style, script = _read(_STYLES), _read(_SCRIPTS)
    limits = {row.limit.text for _, row in table}
    return _environment().get_template("page.html.jinja").render(
        **told, detail=detail, rows=table[: detail.handlers], left_out=len(table) - len(table[: detail.handlers]),
        limit=limits.pop() if len(limits) == 1 else "", measured=any(row.branches is not None for _, row in table),
        stages=sorted({row.stage for _, row in table})[:20],
        answered={answer.value: sum(row.decision is answer for _, row in table) for answer in Answer},
        map=drawn.drawn(told["review"]) if len(table) <= detail.boxes else None,
        style=Markup(style), script=Markup(script), parts=Markup(_PARTS),  # noqa: S704 - ours, from the package
        policy=_policy(style, script),
    )  # fmt: skip


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
    made.filters |= {
        "cut": _cut, "dependency": sentences.dependency, "acceptance": sentences.acceptance,
        "step": sentences.step,
    }  # fmt: skip
    made.globals |= {
        "words": words, "sentences": sentences, "strata": strata, "exercised": exercised, "scaled": scaled,
    }  # fmt: skip
    return made


@lru_cache(maxsize=2_000)
def _cut(text: str, most: int) -> Markup:
    """Return a text that may be long as the page shows it; many of them stand in several places."""
    return escape(words.clipped(text, most))


def _final(value: Any) -> Any:
    """Return what is put into the page: every text with what is invisible in it spelt out, and nothing that acts."""
    return _cut(value, MOST_CHARACTERS) if isinstance(value, str) and not isinstance(value, Markup) else value
