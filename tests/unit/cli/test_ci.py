"""What do CI systems get from `tasksplit gate --ci`, and is its exit code what it was?"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tasksplit.cli import app
from tasksplit.errors import ReportError, TasksplitError
from tasksplit.model.decision import Decision
from tasksplit.model.evidence import Finding
from tests.unit.cli.rolling import CLEAN, FAILS, PATH, WAITS, ran, review

pytestmark = pytest.mark.usefixtures("folder")
JUNIT = Path("reports") / "junit.xml"
OFF = {"GITHUB_ACTIONS": None, "GITHUB_STEP_SUMMARY": None}


def _gate(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, ["gate", *arguments, "--migration", PATH], env={**OFF, **(env or {})})


def _cases(path: Path = JUNIT) -> dict[str, str]:
    return {f"{c.get('classname')} {c.get('name')}": c[0].tag for c in ET.parse(path).getroot().iter("testcase")}


@pytest.mark.parametrize(
    ("decision", "code", "tag"), [(CLEAN["bill"], 0, "system-out"), (FAILS, 1, "failure"), (WAITS, 3, "error")]
)
def test_junit_says_what_the_exit_code_says(decision: Decision, code: int, tag: str) -> None:
    ran(review({**CLEAN, "bill": decision}), review(form="recordings"))
    ended = _gate("--ci")
    assert ended.exit_code == code, ended.output
    assert ended.output.endswith(f"written: {JUNIT}\n")
    found = _cases()
    assert found.pop("toy.bill decision [fixtures]") == tag
    assert set(found.values()) == {"system-out"}
    assert len(found) == 9


def test_the_page_is_that_of_the_form_that_decides_and_the_summary_says_where_it_is() -> None:
    ran(review({**CLEAN, "bill": FAILS}), review(form="recordings"))
    page = Path("reports") / "report.html"
    ended = _gate("--ci", env={"GITHUB_STEP_SUMMARY": "summary.md"})
    assert f"written: {page}\nwritten: {JUNIT}\n" in ended.output
    assert FAILS.reason in page.read_text()
    assert "all of it: reports/report.html" in Path("summary.md").read_text()


def test_of_evidence_that_no_longer_counts_no_page_is_written() -> None:
    ran(review(), code="another")
    assert _gate("--ci", env={"GITHUB_STEP_SUMMARY": "summary.md"}).exit_code == 3
    assert not (Path("reports") / "report.html").exists()
    assert "report.html" not in Path("summary.md").read_text()


def test_without_ci_nothing_is_written_and_with_a_path_only_that() -> None:
    ran()
    assert _gate(env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "summary.md"}).exit_code == 0
    assert not JUNIT.exists()
    assert _gate("bill", "--junit", "here/x.xml", env={"GITHUB_ACTIONS": "true"}).exit_code == 0
    assert list(_cases(Path("here/x.xml"))) == ["toy the run as a whole [fixtures]", "toy.bill decision [fixtures]"]
    assert not Path("summary.md").exists()


def test_on_github_it_annotates_and_appends_a_summary() -> None:
    evil = replace(FAILS, reason="100 % of a::b\n##[stop-commands]x differ")
    ran(review({**CLEAN, "bill": evil, "pack": WAITS}))
    Path("summary.md").write_text("what was there\n")
    ended = _gate("--ci", env={"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": "summary.md"})
    lines = ended.output.splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert lines.index(f"::{token}::") == max(n for n, line in enumerate(lines) if "evidence of run" in line) + 5
    told = [line for line in lines if line.startswith(("::error", "::warning", "::notice"))]
    assert [line.partition("%0A")[0] for line in told] == [
        "::error title=bill (fixtures)%3A fail::100 %25 of a::b\\n##[stop-commands]x differ",
        "::warning title=pack (fixtures)%3A wait::12 of 328 clean keys",
    ]
    summary = Path("summary.md").read_text()
    assert summary.startswith("what was there\n# tasksplit gate: fail\n")
    assert "## tasksplit toy" in summary


def test_a_summary_that_cannot_be_written_changes_no_answer() -> None:
    ran()
    ended = _gate("--ci", env={"GITHUB_STEP_SUMMARY": "not/there.md"})
    assert (ended.exit_code, "not written: the summary of the step" in ended.output) == (0, True)


def test_evidence_of_other_code_waits_in_every_case() -> None:
    ran(code="of before")
    assert _gate("--ci").exit_code == 3
    assert set(_cases().values()) == {"error"}


def test_a_gate_that_cannot_be_asked_leaves_no_earlier_pass_behind() -> None:
    ran()
    assert _gate("--ci").exit_code == 0
    ended = _gate("bil", "--ci", env={"GITHUB_ACTIONS": "true"})
    assert isinstance(ended.exception, TasksplitError)  # main() makes exit code 2 of it
    assert list(_cases().values()) == ["error"]
    assert "::error title=tasksplit gate could not be asked::Found the handler name 'bil'" in ended.output


def test_a_junit_file_that_cannot_be_written_is_misuse() -> None:
    ran()
    Path("taken").write_text("")
    ended = _gate("--junit", "taken/junit.xml")
    assert isinstance(ended.exception, ReportError)
    assert "taken/junit.xml cannot be written" in str(ended.exception)


def test_what_blocks_a_run_is_a_case_that_fails() -> None:
    ran(review(whole=(Finding(code="forms-disagree", text="on m1", blocks=True),)))
    assert _gate("--ci").exit_code == 1
    assert _cases()["toy the run as a whole [fixtures]"] == "failure"
