"""Which part of a long text differs? What both sides begin and end with is told apart from what stands between."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from tasksplit.report.beside.values import escaped
from tasksplit.report.words import count

CONTEXT = 60  #: characters that stay of what is equal, before and after
MOST_MARKED = 300  #: characters that stay of what differs
_FEW = 4  # characters that are spelt out where two texts only look alike


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What is equal at the beginning of a text, what differs, and what is equal at its end? All of it visible."""

    before: str
    marked: str
    after: str
    cut: bool = False
    """Whether some of it is left out."""


def marked(legacy: str, split: str) -> tuple[Marked, Marked]:
    """Return both texts, in quotes, with what differs apart from what they share."""
    begin = _common(legacy, split)
    rest, other = legacy[begin:], split[begin:]
    end = _common(rest[::-1], other[::-1])
    return _side(legacy, begin, end), _side(split, begin, end)


def look_alike(legacy: str, split: str) -> str:
    """Return the code points of what differs where the eye cannot tell it; else nothing."""
    if legacy == split:
        return ""
    begin = _common(legacy, split)
    ours, theirs = legacy[begin:], split[begin:]
    end = _common(ours[::-1], theirs[::-1])
    ours, theirs = ours[: len(ours) - end], theirs[: len(theirs) - end]
    strange = not (ours + theirs).isascii() and len(ours) <= _FEW and len(theirs) <= _FEW
    if not strange and unicodedata.normalize("NFKC", legacy[:10_000]) != unicodedata.normalize("NFKC", split[:10_000]):
        return ""
    return f"{_points(ours)} in legacy, {_points(theirs)} in the split"


def _points(text: str) -> str:
    shown = " ".join(f"U+{ord(sign):04X}" for sign in text[:_FEW])
    return (shown or "nothing") + (" …" if len(text) > _FEW else "")


def _common(one: str, other: str) -> int:
    """Return how many characters both begin with: halved again and again, since slices compare quickly."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _side(text: str, begin: int, end: int) -> Marked:
    before, middle, after = text[:begin], text[begin : len(text) - end], text[len(text) - end :]
    cut = len(before) > CONTEXT or len(after) > CONTEXT or len(middle) > MOST_MARKED
    head = f'"… {escaped(before[-CONTEXT:])}' if len(before) > CONTEXT else f'"{escaped(before)}'
    if len(middle) > MOST_MARKED:
        differing = f"{escaped(middle[:MOST_MARKED])}… ({count(len(middle))} characters)"
    else:
        differing = escaped(middle)
    tail = f'{escaped(after[:CONTEXT])} …"' if len(after) > CONTEXT else f'{escaped(after)}"'
    return Marked(before=head, marked=differing, after=tail, cut=cut)
