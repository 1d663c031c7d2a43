"""What does a test of one difference look like that a team would keep?"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Any

from tasksplit.model.verdict import Difference, Kind
from tasksplit.report.beside.values import inline
from tasksplit.report.shown.literal import literal, text
from tasksplit.report.words import count, visible

LONGEST_NAME = 72  #: characters of a test's name
_WIDTH = 88
_SHOWN = 200  #: characters of what a side has
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """What is known of the difference that the test is of?"""

    migration: str
    """Dotted path."""
    handler: str
    difference: Difference
    """As the message of the test shows it."""
    payload: Any  # any JSON value
    message: str
    """The message that it was found on."""
    sizes: tuple[int, int]
    """Bytes of the message as it was, and as it is in the test."""
    replaced: bool = False
    """Whether texts of the same shape stand for secrets."""


def name_of(regression: Regression) -> str:
    """Return the name of the test, and of its file without ``.py``: handler, place and kind."""
    different = regression.difference
    words = f"{regression.handler} {different.shape} {'' if different.kind is Kind.VALUE else different.kind}"
    return "test_" + _NOT_A_NAME.sub("_", words.lower()).strip("_")[: LONGEST_NAME - len("test_")].strip("_")


def written(regression: Regression) -> str:
    """Return the file: formatted as formatters would, whatever the names and values in it are."""
    return f'''\
"""Legacy and the split must do the same on this message; when it was written, they did not."""

from tasksplit.testing import differences

MESSAGE = {literal(regression.payload, taken=len("MESSAGE = "))}


def {name_of(regression)}() -> None:
{_docstring(regression)}
    found = differences(
        {text(regression.migration)},
        MESSAGE,
        handler={text(regression.handler)},
    )
    said = [f"{{d.kind}} {{d.path}}: legacy {{d.legacy!r}}, split {{d.split!r}}" for d in found]
    assert not said, "\\n".join(said)
'''


def _docstring(regression: Regression) -> str:
    different = regression.difference
    before, after = map(count, regression.sizes)
    secrets = " In place of its secrets stand texts of the same shape." if regression.replaced else ""
    paragraphs = [
        f"{regression.handler}: {different.path} ({different.kind}).",
        f"Legacy: {_shown(different, Kind.EXTRA, different.legacy)}",
        f"Split: {_shown(different, Kind.MISSING, different.split)}",
        f"Difference {different.fingerprint} of {regression.message}: {after} of its {before} bytes show it.{secrets}",
    ]
    first, *others = (_wrapped(visible(each)) for each in paragraphs)
    legacy, split, last = others
    return "\n".join([f'    """{first.lstrip()}', "", legacy, split, "", last, '    """'])


def _shown(different: Difference, absent: Kind, value: Any) -> str:
    return "nothing" if different.kind is absent else inline(value, _SHOWN)


def _wrapped(paragraph: str) -> str:
    """Return lines of a docstring, of which nothing ends it or is an escape."""
    harmless = paragraph.replace("\\", "\\\\").replace('""', "''")
    lines = textwrap.wrap(harmless, _WIDTH - 8, break_long_words=False, break_on_hyphens=False) or ["-"]
    return "\n".join(f"    {'' if place == 0 else '  '}{line}" for place, line in enumerate(lines))
