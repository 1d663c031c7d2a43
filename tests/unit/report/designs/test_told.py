"""Do designs stand side by side with the same words on every paper, and does nothing of a name act?"""

from __future__ import annotations

import json
from dataclasses import replace

import orjson
from markdown_it import MarkdownIt

from tasksplit.model.design import Design, Designs, HandlerFigures, Spread
from tasksplit.report.designs import told
from tasksplit.report.designs.markdown import as_markdown

HALF = Spread(count=4, mean=0.5, p50=0.0, p95=1.0, p99=1.0, most=1.0)
NONE = Spread()


def handler(name: str, passes: str = "", size: float = 100.0) -> HandlerFigures:
    return HandlerFigures(
        handler=name, task=f"task.{name}", passes=passes, runs=4, repeated_reads=HALF,
        size=Spread(count=4, mean=size, p50=size, p95=size, p99=size, most=size),
    )  # fmt: skip


def design(name: str, *handlers: HandlerFigures, pairs: int | None = 4) -> Design:
    return Design(
        name=name, path="m:x", messages=4, tasks={"t": 4}, queues={"a": 2, "b": 2}, sent=HALF, size=HALF,
        dispatch=HALF, work=HALF, reads=HALF, busy=0.7, repeated_reads=HALF, begins=NONE, stale=NONE, taken_down=HALF,
        repeated_effects=HALF, behind_a_name=1, hazards=None if pairs is None else 2, pairs=pairs, handlers=handlers,
    )  # fmt: skip


def designs(*found: Design) -> Designs:
    return Designs(
        messages=4, workers=4, busy=0.7, rate=12.5, call_seconds=0.0, arrivals=100, seed=3, designs=found
    )  # fmt: skip


LEGACY, SPLIT = design("legacy", pairs=None), design("split", handler("build", "ids"), handler("tell", "values", 900.0))


def cells(name: str, found: Designs) -> tuple[str, ...]:
    return next(line.cells for line in told.lines(found) if line.name.startswith(name))


def test_a_line_for_each_figure_and_a_cell_for_each_design() -> None:
    found = designs(LEGACY, SPLIT)
    assert cells("does the same", found) == ("is legacy", "0 of 4 pairs differ")
    assert cells("hazards", found) == ("one order", "2")
    assert cells("queues", found) == ("2 queues", "2 queues")
    assert cells("until a handler begins", found) == ("– / –", "– / –")
    assert all(line.aid.endswith(".") for line in told.lines(found))


def test_what_could_not_be_told_is_no_agreement() -> None:
    assert cells("does the same", designs(replace(SPLIT, mismatched=1, untold=2))) == (
        "1 of 4 pairs differ; 2 could not be told",
    )


def test_times_of_workers_that_do_not_keep_up_are_no_times() -> None:
    late = replace(SPLIT, busy=1.2, begins=HALF)
    assert cells("until a handler begins", designs(late)) == ("does not keep up",)
    assert cells("workers busy", designs(SPLIT, late)) == ("70 %", "120 %")


def test_a_mean_reads_as_nothing_only_where_it_is() -> None:
    rare = replace(SPLIT, taken_down=replace(HALF, mean=0.0001))
    assert cells("taken down", designs(rare)) == ("< 0.01, at most 1",)
    assert cells("taken down", designs(replace(SPLIT, taken_down=Spread(count=1, mean=0.0, most=0.0)))) == (
        "0, at most 0",
    )


def test_ways_to_pass_data_are_held_against_each_other() -> None:
    found = [(line.name, line.aid, line.cells[:3]) for line in told.ways(designs(LEGACY, SPLIT))]
    assert found == [("ids", "split", ("1", "100", "100")), ("values", "split", ("1", "900", "900"))]


def test_the_designs_of_a_handler_stand_below_each_other() -> None:
    other = design("other", handler("build"))
    assert [(line.name, line.aid) for line in told.handlers(designs(SPLIT, other))] == [
        ("build", "split"), ("build", "other"), ("tell", "split"),
    ]  # fmt: skip


def test_markdown_holds_every_figure_and_obeys_no_name() -> None:
    evil = "<script>x()</script>|[a](b)\n@all `"
    found = designs(LEGACY, design(evil, handler(evil, evil)))
    text = as_markdown(found)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<script" not in html
    assert "<a " not in html
    assert html.count("<tr>") == 1 + len(told.lines(found)) + 1 + 1 + 1 + 1
    for line in told.lines(designs(LEGACY, SPLIT)):
        assert all(cell in as_markdown(designs(LEGACY, SPLIT)) for cell in line.cells)


def test_programs_get_all_of_it() -> None:
    document = json.loads(orjson.dumps(told.document(designs(LEGACY, SPLIT))))
    assert document["designs"][1]["handlers"][0]["size"]["p50"] == 100
