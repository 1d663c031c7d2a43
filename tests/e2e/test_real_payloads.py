"""Do both sides do the same on payloads that somebody really sent?"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.planting import ROOT, copy_of_the_example
from tests.e2e.test_command_line import tasksplit


def test_real_payloads_get_the_same_verdicts_on_both_sides(tmp_path: Path) -> None:
    corpus = ROOT.parent / "shared" / "corpus"
    if not corpus.is_dir():
        pytest.skip("the real payloads are not beside this checkout")
    folder = copy_of_the_example(tmp_path, "installation-00*")
    messages = folder / "real"
    for part in ("monolith-2020-06", "fedmsg-consumer", "octokit"):
        shutil.copytree(corpus / part, messages / part)
    code, printed = tasksplit(folder, "run", "--messages", "real", "--no-generate", "--form", "both")
    assert code == 3, printed
    report = json.loads((folder / "reports" / "report.json").read_text())
    assert report["ledger"]["expected"] == report["ledger"]["paired"] == 139
    assert report["refused"] == {"the same content as a message before it": 1}
    nothing_made = report["unwanted"]  # by reasons: a kind that nobody knows, an action that nobody wants
    assert nothing_made.pop("no kind of event that is known") == 56
    assert sum(nothing_made.values()) == 30
    assert all(": action " in reason for reason in nothing_made)
    for handler in report["handlers"]:
        assert handler["evidence"]["mismatch"] == handler["evidence"]["undecided"] == 0, printed
    exercised = {h["name"] for h in report["handlers"] if h["evidence"]["match"]}
    assert {"dispatch", "pr_copr_build", "testing_farm_results", "installation"} <= exercised
