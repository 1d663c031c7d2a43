"""How are designs drawn as Markdown?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tasksplit.model.design import Designs
from tasksplit.report.designs import told
from tasksplit.report.designs.told import Line
from tasksplit.report.escape import cell, prose

MOST_CHARACTERS = 120  #: of one cell


def as_markdown(designs: Designs) -> str:
    """Return the tables of designs, of ways and of handlers as Markdown."""
    return "\n".join(_page(designs)) + "\n"


def _page(designs: Designs) -> Iterator[str]:
    names = told.names(designs)
    yield "## tasksplit designs"
    yield ""
    yield f"On what it rests: {prose(told.setting(designs), 1_000)}"
    yield ""
    yield from _markdown(["figure", *names], told.lines(designs))
    yield ""
    yield from (f"* **{prose(line.name)}**: {prose(line.aid)}" for line in told.lines(designs))
    yield ""
    ways = list(told.ways(designs))
    if ways:
        yield "### Ways to pass data"
        yield ""
        yield from _markdown(["way", "design", *(column.name for column in told.WAY_COLUMNS)], ways, second=True)
        yield ""
        yield from (f"* **{prose(column.name)}**: {prose(column.aid)}" for column in told.WAY_COLUMNS)
        yield ""
    yield "### Handlers"
    yield ""
    heads = ["handler", "design", *(column.name for column in told.columns())]
    yield from _markdown(heads, list(told.handlers(designs)), second=True)
    yield ""
    yield from (f"* **{prose(column.name)}**: {prose(column.aid)}" for column in told.columns())


def _markdown(heads: Sequence[str], lines: Sequence[Line], *, second: bool = False) -> Iterator[str]:
    yield f"| {' | '.join(prose(head) if head else ' ' for head in heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    for line in lines:
        cells = [line.name, *([line.aid] if second else []), *line.cells]
        yield f"| {' | '.join(cell(text, MOST_CHARACTERS) for text in cells)} |"
