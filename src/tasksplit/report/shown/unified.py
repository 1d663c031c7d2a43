"""How is one pair printed in full, marked so that it can be read without colour?

``-`` is what legacy has and the split has not, ``+`` the other way round; ``~`` is what differs and counts as no
difference; ``>`` is what stands elsewhere. Behind what a difference is about stands its fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tasksplit.model.evidence import ShownPair
from tasksplit.report.beside.lines import Fold, Heading, Line, Mark, Section, Shown
from tasksplit.report.beside.sides import sides
from tasksplit.report.words import count, visible

_STEP = "  "
_UNSURE = (Mark.RULED, Mark.UNCOUNTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What stands on one line, and what is it?"""

    sign: str
    """``-``, ``+``, ``~``, ``>``, a blank where both sides agree, and nothing before a heading."""
    text: str

    @property
    def whole(self) -> str:
        """Return the line with its sign: nothing in it acts."""
        return visible(f"{self.sign} {self.text}" if self.sign else self.text)


def unified(pair: ShownPair) -> Iterator[Printed]:
    """Yield both observations of a pair as lines; where they were too long to keep, what differs and a word on it."""
    if not (pair.legacy and pair.split):
        size = f"{count(pair.size)} bytes of both sides were" if pair.size else "What both sides did was"
        yield Printed(sign="", text=f"{size} not kept: here is where they differ.")
    for section in sides(pair):
        yield from _section(section)


def _section(section: Section) -> Iterator[Printed]:
    yield Printed(sign="", text="")
    yield Printed(sign="", text=section.name)
    for block in section.blocks:
        if isinstance(block, Fold):
            yield from _lines(" ", block.depth, block.lines)
        elif isinstance(block, Heading):
            yield from _lines(" ", block.depth, [f"{block.label} {block.title}".rstrip()])
        else:
            yield from _line(block)
    if section.left_out:
        yield Printed(sign="~", text=f"{count(section.left_out)} more lines that differ and count as no difference")


def _line(line: Line) -> Iterator[Printed]:
    if line.mark is Mark.MOVED:
        yield from _side(">", line, line.legacy or line.split)
    elif line.mark in _UNSURE:
        yield from _side("~-", line, line.legacy)
        yield from _side("~+", line, line.split)
    else:
        yield from _side("-", line, line.legacy)
        yield from _side("+", line, line.split)


def _side(sign: str, line: Line, shown: Shown | None) -> Iterator[Printed]:
    if shown is None:
        return
    about = [f"<- {', '.join(line.fingerprints)}"] if line.fingerprints else []
    about += [f"({note})" for note in (line.note, str(line.mark) if line.mark in _UNSURE else "") if note]
    before = f"{line.label}: " if line.label else ""
    first = before + (shown.text if not shown.more else "")
    yield from _lines(sign, line.depth, [f"{first}{'  ' if about else ''}{' '.join(about)}"])
    yield from _lines(sign, line.depth + 1, shown.more)


def _lines(sign: str, depth: int, texts: Iterable[str]) -> Iterator[Printed]:
    for text in texts:
        yield Printed(sign=sign, text=_STEP * depth + text)
