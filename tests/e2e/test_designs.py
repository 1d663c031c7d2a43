"""Are ways to cut held against each other on real messages, and is one that does something else found out?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.e2e.planting import Edit, copy_of_the_example, plant

BY_HANDLER, BY_EVENT, BY_JOB = (
    f"{name}.migration:migration" for name in ("shadow", "shadow.by_event", "shadow.by_job")
)
FEW = ("copr_end-00*", "push-00*", "issue_comment-00*")


def designs(folder: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "tasksplit", "designs", "--messages", "messages", "--quiet", *options],
        cwd=folder, env={**os.environ, "COLUMNS": "160"}, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    report = folder / "reports" / "designs.json"
    return done.returncode, json.loads(report.read_text()) if report.exists() else {}, done.stdout + done.stderr


def test_three_ways_to_cut_do_the_same_and_cost_what_they_cost(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, *FEW)
    code, found, printed = designs(folder, BY_HANDLER, BY_EVENT, BY_JOB)
    assert code == 0, printed
    legacy, handler, event, job = found["designs"]
    assert legacy["name"] == "legacy"
    assert [one["mismatched"] + one["untold"] for one in (handler, event, job)] == [0, 0, 0]
    assert len(handler["tasks"]) > len(legacy["tasks"])
    assert handler["taken_down"]["most"] == 0  # each runs alone
    assert event["taken_down"]["mean"] == legacy["taken_down"]["mean"] > 0  # as many together as in legacy
    assert handler["sent"]["mean"] > event["sent"]["mean"] > legacy["sent"]["mean"] == 1
    assert handler["behind_a_name"] == 1 < legacy["behind_a_name"]
    assert all(one["begins"]["p99"] > 0 for one in found["designs"])
    assert "until a handler begins" in printed
    assert (folder / "reports" / "designs.md").read_text().count("| `") > 20


def test_a_design_that_does_something_else_is_said(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "copr_end-00*")
    told = '    checks.tell_tests(payload.chroot, "pending", "RPMs were built successfully.", url)\n'
    edit = Edit(file="shadow/services/copr.py", old=told, new="")
    plant(folder, (edit,))
    code, found, printed = designs(folder, BY_HANDLER)
    assert code == 1, printed
    assert found["designs"][1]["mismatched"] > 0


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "copr_end-000*")
    code, _, printed = designs(folder, BY_HANDLER, BY_HANDLER)
    assert code == 2
    assert "a migration twice" in printed
