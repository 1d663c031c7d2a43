"""What does each paper say of each handler? Read back by the paper's structure, never by searching for a number."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from rich.console import Console

from tasksplit.model.review import Review
from tasksplit.report import words
from tasksplit.report.terminal import draw

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_SILENT = re.compile(r"^Of every handler: (.*)\.$", re.M)
_STANDING = re.compile(
    r"keys (\S+), of which differ (\S+); match (\S+), mismatch (\S+), accepted (\S+), unpaired (\S+), undecided (\S+)\n"
)
_BAR = re.compile(
    r"asked: fewer than (\S+ %|[<>] \S+ %) of keys differ, at confidence (\S+ %); "
    r"(?:shown: below (.+)|no evidence yet)\n"
)

Cells = dict[str, str]


def terminal(review: Review, width: int, *, verbose: bool = False, colour: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, color_system="truecolor" if colour else None)
    draw(review, console, verbose=verbose)
    return out.getvalue()


def silent(paper: str) -> Cells:
    """Read the line that says what the columns that are left out hold."""
    found = _SILENT.search(paper)
    said = [part.rpartition(": ") for part in found[1].split("; ")] if found else []
    return {name: text for names, _, text in said for name in names.split(", ")}


def of_terminal(paper: str) -> list[Cells]:
    """Read the table of a terminal that is wide enough for all columns."""
    section = paper.partition("\nHandlers\n")[2].partition("\n\n")[0]
    head, *lines = [re.split(r" {2,}", line.strip()) for line in section.splitlines() if "Of every" not in line]
    return [dict(zip(head, line, strict=True)) | silent(section) for line in lines]


def of_markdown(paper: str) -> list[Cells]:
    """Read the first table of Markdown as a host renders it."""
    tokens = PARSER.parse(paper)
    start = next(n for n, token in enumerate(tokens) if token.type == "table_open")
    end = next(n for n, token in enumerate(tokens) if token.type == "table_close")
    rows: list[list[str]] = []
    for token in tokens[start:end]:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append("".join(one.content for one in token.children or () if one.type != "html_inline"))
    return [dict(zip(rows[0], row, strict=True)) | silent(paper) for row in rows[1:]]


def of_junit(paper: bytes) -> list[Cells]:
    """Read what the decision of each handler says of keys, verdicts and the bar."""
    names = ("keys", "differ", "match", "mismatch", "accepted", "unpaired", "undecided")
    kinds = {"system-out": "pass", "failure": "fail", "error": "wait"}
    found: list[Cells] = []
    for case in ET.fromstring(paper).iter("testcase"):
        if not str(case.get("name")).startswith("decision ["):
            continue
        text = f"{case[0].text}\n"
        standing, bar = _STANDING.findall(text)[-1], _BAR.findall(text)[-1]
        cells = dict(zip(names, standing, strict=True))
        cells |= {"limit": bar[0], "bound": bar[2] or "no evidence", "decision": kinds[case[0].tag]}
        found.append(cells)
    return found


class _Rows(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.head = ""
        self.rows: dict[int, Cells] = {}
        self._row = 0
        self._cell = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        known: Mapping[str, str | None] = dict(attrs)
        if tag == "tr":
            number = re.fullmatch(r"row-(\d+)", known.get("id") or "")
            self._row = int(number[1]) if number else 0
            self.rows |= {self._row: {}} if self._row else {}
        elif tag in ("td", "th"):
            self._cell = known.get("data-label") or known.get("class") or ("head" if tag == "th" else "")

    def handle_data(self, data: str) -> None:
        if self._row and self._cell:
            self.rows[self._row][self._cell] = self.rows[self._row].get(self._cell, "") + data
        elif self._cell == "head" and "limit" in data:
            self.head = data


def of_page(paper: bytes) -> list[Cells]:
    """Read the rows of the page's table, in the order of the declaration."""
    page = _Rows()
    page.feed(paper.decode())
    shared = re.search(r"\(limit (.*)\)", page.head)
    return [_of_row(cells, shared[1] if shared else "") for _, cells in sorted(page.rows.items())]


def _of_row(cells: Cells, limit: str) -> Cells:
    rated = re.fullmatch(r"\s*(.*?)(?:, below (.*?))?(?:\s*\(limit (.*)\))?\s*", cells["rate"])
    assert rated is not None
    told = {name: cells[name].strip() for name in ("pairs", "strata", "branches", "p99") if name in cells}
    return told | {
        "rate": rated[1], "bound": rated[2] or "no evidence", "limit": rated[3] or limit,
        "decision": re.findall("pass|fail|wait", cells["decision"])[0],
    }  # fmt: skip


def expected(handler: Mapping[str, Any]) -> Cells:
    """Return what every paper must say of a handler, from what ``report.json`` holds of it."""
    evidence, keys, bound = handler["evidence"], handler["keys"], handler["upper_bound"]
    times = [handler["seconds"][side]["p99"] for side in ("legacy", "split")]
    branches = handler["branches"] and [handler["branches"][side] for side in ("legacy", "split")]
    return {
        "decision": handler["decision"],
        "pairs": words.count(evidence["match"] + evidence["mismatch"]),
        "keys": words.count(keys),
        "differ": words.count(handler["keys_mismatched"]),
        "rate": words.share(handler["keys_mismatched"], keys) if keys else "no evidence",
        "bound": "no evidence" if bound is None else words.rate(bound),
        "limit": words.rate(handler["bar"]["max_mismatch_rate"]),
        "branches": " → ".join(map(_taken, branches)) if branches else "not measured",
        "p99": "not measured" if None in times else " → ".join(map(words.seconds, times)),
        "groups": words.count(len(handler["differences"])),
        **{name: words.count(number) for name, number in evidence.items()},
    }


def _taken(side: Mapping[str, Any]) -> str:
    return words.share(side["taken"], side["known"]) if side["known"] else "no branch known"
