"""What does a user see who does the right thing, and who does the wrong one?"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.planting import Edit, copy_of_the_example, plant, run

QUICK = ("--no-generate", "--form", "fixtures")


def tasksplit(folder: Path, *arguments: str) -> tuple[int, str]:
    """Return exit code and what was printed."""
    done = subprocess.run(
        [sys.executable, "-m", "tasksplit", *arguments],
        cwd=folder, env={**os.environ, "COLUMNS": "200"}, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which one run was made."""
    folder = copy_of_the_example(tmp_path_factory.mktemp("ran"), "installation-0*")
    code, _report, printed = run(folder, *QUICK)
    assert code == 3, printed
    return folder


def test_gate_gives_the_same_decision_from_what_is_kept(ran: Path) -> None:
    report = json.loads((ran / "reports" / "report.json").read_text())
    decided = next(h for h in report["handlers"] if h["name"] == "installation")
    code, printed = tasksplit(ran, "gate", "installation")
    assert code == 3
    assert f"wait installation: {decided['reason']}" in printed


def test_gate_waits_when_the_code_is_not_that_of_the_evidence(ran: Path, tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "installation-00*")
    shutil.copytree(ran / "reports", folder / "reports")
    code, printed = tasksplit(folder, "gate", "installation")
    assert "clean keys" in printed
    touched = folder / "shadow" / "outbox.py"
    touched.write_text(touched.read_text() + "\n# touched\n")
    code, printed = tasksplit(folder, "gate", "installation")
    assert code == 3
    assert "wait: the split's code changed since run" in printed


def test_gate_of_an_unknown_handler_is_misuse_and_names_those_there_are(ran: Path) -> None:
    code, printed = tasksplit(ran, "gate", "instalation")
    assert code == 2
    assert "Found the handler name 'instalation'. Expected one of dispatch, release_copr_build" in printed


def test_report_draws_what_is_kept_and_writes_the_same_papers(ran: Path) -> None:
    code, printed = tasksplit(ran, "report", "--reports", "again")
    assert code == 0, printed
    assert "process_message: wait" in printed
    first, again = (json.loads((ran / f / "report.json").read_text()) for f in ("reports", "again"))
    assert again == first
    code, printed = tasksplit(ran, "report", "--runs")
    assert printed.strip().endswith("-fixtures")


def test_report_explains_one_difference_in_words(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "copr_end-00*")
    edit = Edit(file="shadow/wire.py", old="return lambda value: origin(", new="return lambda value: list(")
    plant(folder, (edit,))
    code, report, printed = run(folder, *QUICK)
    assert code == 1, printed
    handler = next(h for h in report["handlers"] if h["differences"])
    code, printed = tasksplit(folder, "report", "--explain", handler["differences"][0]["fingerprint"])
    assert code == 0, printed
    assert "Type of root changed from dict to list" in printed
    code, printed = tasksplit(folder, "report", "--explain", "0123456789ab")
    assert code == 2
    assert "Expected a fingerprint that the report shows" in printed


def test_what_cannot_be_used_is_named_and_counted_and_the_run_goes_on(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "installation-00*")
    bad = {
        "a-not-json.json": b"{not json",
        "b-empty.json": b"  \n",
        "c-large.json": json.dumps({"x": "y" * 5_000_000}).encode(),
        "d-deep.json": b"[" * 150 + b"]" * 150,
        "e-type.json": b'{"a": [{"__type__": "datetime", "__value__": "2020-01-01"}]}',
        "f-event.json": b'{"zen": "of no known event"}',
    }
    for name, content in bad.items():
        (folder / "messages" / name).write_bytes(content)
    code, printed = tasksplit(folder, "run", "--messages", "messages", *QUICK)
    assert code == 3, printed
    for name, reason in (
        ("a-not-json.json", "it is not JSON"),
        ("b-empty.json", "it is empty"),
        ("c-large.json", "it has more than 4,194,304 bytes"),
        ("d-deep.json", "nested more than 100 levels"),
        ("e-type.json", "__type__ and __value__"),
    ):
        line = next(line for line in printed.splitlines() if line.startswith(f"not used: {name}"))
        assert reason in line
    assert "of no known event: f-event.json: legacy started nothing and returned nothing" in printed
    report = json.loads((folder / "reports" / "report.json").read_text())
    assert sum(report["refused"].values()) == 5
    assert report["ledger"]["expected"] == report["ledger"]["paired"] == 11


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            Edit(
                file="shadow/migration.py",
                old='"CoprBuildEndHandler"',
                new='"CoprBuildEnd"',
            ),
            "has no 'CoprBuildEnd'",
        ),
        (
            Edit(
                file="shadow/tasks/installation.py",
                old="name=Installation.task",
                new="name='task.nobody'",
            ),
            "the split task 'task.run_installation_handler' of handler 'installation', which no worker knows",
        ),
        (
            Edit(
                file="shadow/migration.py",
                old="payloads.PushCoprBuild,",
                new="payloads.ReleaseCoprBuild,",
            ),
            "the handler 'release_copr_build' declared 2 times",
        ),
        (
            Edit(
                file="shadow/migration.py",
                old='Database("legacy.database:engine")',
                new='Database("legacy.database:motor")',
            ),
            "has no 'motor'",
        ),
        (
            Edit(file="shadow/migration.py", old='at=["legacy.srpm:build"', new='at=["legacy.srpm:make"'),
            "has no 'make'",
        ),
        (
            Edit(
                file="shadow/celery_app.py",
                old='"task.run_pagure_pr_label_handler": SHORT',
                new='"task.run_pagure_pr_label_handler": "short"',
            ),
            "'short'",
        ),
    ],
    ids=["boundary", "task", "twice", "database", "effect", "queue"],
)
def test_a_wrong_declaration_is_a_sentence_and_exit_code_2(edit: Edit, said: str, tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "installation-00*")
    plant(folder, (edit,))
    code, _report, printed = run(folder, *QUICK)
    assert code == 2, printed
    assert said in printed
    assert "Expected" in printed
    assert "To mend it" in printed
    assert "Traceback" not in printed


def test_a_folder_or_a_migration_that_is_not_there(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "installation-00*")
    code, printed = tasksplit(folder, "run", "--messages", "nowhere")
    assert code == 2
    assert "no folder 'nowhere'" in printed
    code, printed = tasksplit(folder, "run", "--messages", "messages", "--migration", "shadow.nothing:migration")
    assert code == 2
    assert "'shadow.nothing' cannot be imported" in printed


def test_a_store_that_cannot_be_used_is_said_before_anything_runs(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "installation-00*")
    (folder / "garbage.db").write_bytes(b"this is no database, and stays as it is" * 50)
    before = (folder / "garbage.db").read_bytes()
    code, _report, printed = run(folder, *QUICK, "--store", "sqlite:///garbage.db")
    assert code == 2, printed
    assert "To mend it" in printed
    assert (folder / "garbage.db").read_bytes() == before


def test_a_store_that_another_process_holds_is_a_sentence_and_loses_nothing(ran: Path, tmp_path: Path) -> None:
    shutil.copy(ran / "reports" / "evidence.db", tmp_path / "held.db")
    holder = sqlite3.connect(tmp_path / "held.db", isolation_level=None)
    holder.execute("PRAGMA locking_mode=EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        code, printed = tasksplit(ran, "gate", "--store", f"sqlite:///{tmp_path / 'held.db'}")
    finally:
        holder.close()
    assert code == 2, printed
    assert "Traceback" not in printed
    code, _printed = tasksplit(ran, "gate", "--store", f"sqlite:///{tmp_path / 'held.db'}")
    assert code == 3


def test_a_handler_that_ends_its_process_is_lost_and_never_a_pass(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "installation-00*")
    old = '    """Remember the account and its repositories; ask a person to approve it where that cannot be told."""\n'
    end = "    import os\n\n    if 'solo' in str(payload.account_login):\n        os._exit(3)\n"
    plant(folder, (Edit(file="shadow/services/installation.py", old=old, new=old + end),))
    code, report, printed = run(folder, *QUICK)
    assert code == 3, printed
    assert report["ledger"]["lost"] > 0
    assert report["ledger"]["expected"] == report["ledger"]["paired"] + report["ledger"]["lost"]
    assert any("its process died" in error for error in report["harness_errors"])


def test_discover_prints_a_declaration_ready_to_paste(tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "*-00*")
    code, printed = tasksplit(
        folder, "discover", "legacy.tasks:process_message", "--messages", "messages",
        "--fixture", "legacy.standin.fixture:prepare", "--limit", "30",
    )  # fmt: skip
    assert code == 0, printed
    for expected in (
        'Database("legacy.database:engine"', '"legacy.clients.transport:session"', "CoprBuildEndHandler.run", "uuid4",
    ):  # fmt: skip
        assert expected in printed
