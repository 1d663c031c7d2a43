"""Which code blocks and tables does a page hold, and how is each block run?"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "legacy/README.md", "shadow/README.md")),
        *(ROOT / "examples").glob("*/README.md"),
        *(ROOT / "docs").rglob("*.md"),
    ]
)

_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
_EXIT = re.compile(r"\s+# exit (\d+)$")
_SET_UP = re.compile(r"^python3 -m venv \.venv && \.venv/bin/pip install [^&]+ && ")
_ONLY_IN_CI = re.compile(r"^(\.venv/bin/)?tox\b")  # a suite that ran itself would never end


@dataclass(frozen=True, slots=True)
class Block:
    """What is in one fenced block, and on which line does it begin?"""

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """Which command is shown, and how must it end?"""

    line: str
    exit: int = 0


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    return [Block(found[1].strip(), found[2], text[: found.start(2)].count("\n")) for found in _BLOCK.finditer(text)]


def script(page: Path) -> str:
    """Return the Python blocks of a page as one file in which every line has the number that it has on the page."""
    lines: list[str] = []
    for block in blocks(page):
        if block.language == "python":
            lines += [""] * (block.line - len(lines)) + block.text.splitlines()
    return "\n".join(lines) + "\n" if lines else ""


def commands(page: Path) -> list[Command]:
    """Return what the console blocks of a page run, without the set-up, which CI runs by itself."""
    shown = [b.text.replace("\\\n", " ") for b in blocks(page) if b.language == "console"]
    lines = [line[2:] for text in shown for line in text.splitlines() if line.startswith("$ ")]
    return [command for line in lines if (command := _command(line)) is not None]


def table(page: Path, first: str) -> list[list[str]]:
    """Return the cells of the table whose first heading is that one, without the headings."""
    found = re.search(rf"^\| {re.escape(first)} \|.*\n\|[-| :]+\n((?:\|.*\n)+)", page.read_text(), re.M)
    assert found is not None, f"{page.name} has no table that begins with {first!r}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]


def parse(block: Block) -> None:
    """Raise when a block of a language with a parser does not parse."""
    if block.language == "json":
        json.loads(block.text)
    elif block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "yaml":
        yaml.safe_load(block.text)


def _command(line: str) -> Command | None:
    code = _EXIT.search(line)
    line = _SET_UP.sub("", _EXIT.sub("", line)).removeprefix(".venv/bin/")
    if _ONLY_IN_CI.match(line):
        return None
    return Command(line, int(code[1]) if code else 0)
