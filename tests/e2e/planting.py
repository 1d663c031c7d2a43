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


def change(file: str, old: str, new: str, *, times: int = 1) -> Edit:
    """The same in one line, for a file of the split."""
    return Edit(file=f"shadow/{file}", old=old, new=new, times=times)


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


def copy_of_the_example(folder: Path, *messages: str) -> Path:
    """Return a folder with legacy, shadow and the messages of these globs; the committed code is not touched."""
    for name in ("legacy", "shadow"):
        ignored = shutil.ignore_patterns("__pycache__", "messages")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / "messages").mkdir()
    for glob in messages or ("*",):
        chosen = list((ROOT / "legacy" / "messages").glob(glob))
        assert chosen, f"no shipped message matches {glob}"
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


def run(folder: Path, *options: str, seconds: float = 240) -> tuple[int, dict[str, Any], str]:
    """Run the gate in the folder, for at most so many seconds; return exit code, report and what was printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tasksplit", "run", "--messages", "messages", "--quiet", *options],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=seconds,
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


def assert_found(folder: Path, defects: tuple[Defect, ...]) -> None:
    """Plant the defects into one copy, run it, and find each of them on its own handler.

    They share a copy where they are in different places and none hides another: a run costs more than a defect.
    """
    copy_of_the_example(folder, *sorted({defect.messages for defect in defects}))
    for defect in defects:
        plant(folder, defect.edits)
    code, report, printed = run(folder, "--no-generate", "--form", "fixtures")
    assert code == 1, printed
    unfound = [defect.name for defect in defects if not found(report, defect)]
    assert not unfound, f"not found: {unfound}\n{printed}"
    decided = {handler["name"]: handler["decision"] for handler in report["handlers"]}
    assert {decided[defect.handler] for defect in defects} == {"fail"}, printed
