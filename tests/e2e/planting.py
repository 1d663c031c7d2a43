"""How is a defect planted into a copy of the split, and what did the gate say of it?"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Which text of which file becomes which? It must stand there exactly ``times``."""

    file: str
    old: str
    new: str
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Defect:
    """What is planted, and where must the gate find it?"""

    name: str
    edits: tuple[Edit, ...]
    handler: str
    where: str
    """A regular expression for a difference's path, a reason or a finding of that handler."""
    messages: str
    """Glob of the shipped messages that are enough to see it."""


def copy_of_the_example(folder: Path, messages: str = "*") -> Path:
    """Return a folder with legacy, shadow and some of the messages; the committed code is not touched."""
    for name in ("legacy", "shadow"):
        ignored = shutil.ignore_patterns("__pycache__", "messages")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    chosen = sorted((ROOT / "legacy" / "messages").glob(messages))
    assert chosen, f"no shipped message matches {messages}"
    (folder / "messages").mkdir()
    for path in chosen:
        shutil.copy(path, folder / "messages")
    return folder


def plant(folder: Path, edits: tuple[Edit, ...]) -> None:
    """Change the copy; an edit that no longer fits the code is an error of the test, never a pass."""
    for edit in edits:
        path = folder / edit.file
        text = path.read_text()
        assert text.count(edit.old) == edit.times, f"{edit.file} has {text.count(edit.old)} x {edit.old!r}"
        path.write_text(text.replace(edit.old, edit.new))


def run(folder: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Run the gate in the folder; return exit code, report and what was printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tasksplit", "run", "--messages", "messages", "--quiet", *options],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    report = folder / "reports" / "report.json"
    return done.returncode, json.loads(report.read_text()) if report.exists() else {}, done.stdout + done.stderr


def found(report: dict[str, Any], defect: Defect) -> list[str]:
    """Return all that the report says of the defect's handler and that fits where it must be found."""
    handler = next(h for h in report["handlers"] if h["name"] == defect.handler)
    said = [d["path"] for d in handler["differences"]]
    said += [f"{f['code']}: {f['text']}" for f in handler["findings"]]
    said += list(handler["unpaired_reasons"])
    return [text for text in said if re.search(defect.where, text)]
