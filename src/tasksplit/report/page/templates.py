"""How are templates filled, so that nothing of a text acts, and what may a page do?"""

from __future__ import annotations

import base64
import hashlib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tasksplit.report import exercised, sentences, strata, words
from tasksplit.report.page.scaled import scaled

MOST_CHARACTERS = 4_000  #: of one text on the page, where its place says no other limit


def policy(style: str, script: str = "") -> str:
    """Return what a page may do: these two pieces of ours by their hash, and nothing from anywhere."""
    scripts = f"'{_hash(script)}'" if script else "'none'"
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src {scripts}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def read(names: tuple[str, ...]) -> str:
    """Return files of ours, one after the other."""
    folder = files("tasksplit.report.page") / "assets"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


@cache
def environment() -> Environment:
    """Return what fills templates: whatever is put into one is a text, and what is invisible in it is spelt out."""
    made = Environment(
        loader=PackageLoader("tasksplit.report.page", "assets"), autoescape=True, undefined=StrictUndefined,
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
