"""What `tasksplit rehearse` says, how it ends, and what it keeps for the rollout to ask."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from tasksplit.cli import app
from tasksplit.errors import TasksplitError
from tasksplit.stores import open_store
from tasksplit.stores.rehearsed import latest_rehearsed
from tests.unit.replay.replayed import PATH, step


def rehearse(folder: Path, *arguments: str, **events: dict[str, Any]) -> tuple[int, str]:
    """Return the exit code and what was printed, for these messages of the toy service."""
    messages = folder / "messages"
    messages.mkdir(exist_ok=True)
    for name, event in events.items():
        (messages / f"{name}.json").write_text(json.dumps({"ref": name, **event}))
    where = ["--messages", str(messages), "--store", f"sqlite:///{folder}/e.db", "--reports", str(folder)]
    ended = CliRunner().invoke(app, ["rehearse", *arguments, *where, "--migration", PATH, "--jobs", "1"])
    if isinstance(ended.exception, TasksplitError):
        return 2, str(ended.exception)
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.output


def test_what_is_found_is_said_by_handler_and_kept(tmp_path: Path) -> None:
    events = {"a": {"steps": [step("build", ["insert"])]}, "b": {"steps": [step("report", ["get", "/x"])]}}
    code, told = rehearse(tmp_path, "build", "report", **events)
    lines = told.splitlines()
    assert code == 1, told
    assert any(line.startswith("build: tried on 1 message: twice 1, failed before 1, failed after 1") for line in lines)
    assert "  not-idempotent: inserts into builds again (failed after commit, twice); first on a.json" in lines
    assert "report: tried on 1 message: twice 1; nothing found" in lines
    assert lines[-1].replace("\n", "") == f"written: {tmp_path}/rehearsed.json"
    with closing(open_store(f"sqlite:///{tmp_path}/e.db")) as store:
        kept = latest_rehearsed(store, "toy", "build")
        assert latest_rehearsed(store, "toy", "dispatch") is None
    assert kept is not None
    document = json.loads((tmp_path / "rehearsed.json").read_text())
    assert [one["handler"] for one in document["handlers"]] == ["build", "report"]
    assert document["versions"] == dict(kept[0].versions)
    assert kept[1].findings[0].code == "not-idempotent"


def test_clean_is_code_0_and_nothing_tried_is_code_3(tmp_path: Path) -> None:
    event = {"steps": [step("report", ["get", "/x"])]}
    assert rehearse(tmp_path, "report", "-q", a=event)[0] == 0
    code, told = rehearse(tmp_path, "build", "-q")
    assert (code, "build: nothing could be tried: no message came to it" in told) == (3, True)


def test_a_handler_that_there_is_not_is_misuse(tmp_path: Path) -> None:
    assert rehearse(tmp_path, "bild") == (
        2,
        "Found the handler 'bild'. Expected one of dispatch, build, report. "
        "To mend it: name handlers that the migration declares.",
    )


def test_without_messages_nothing_can_be_tried(tmp_path: Path) -> None:
    assert rehearse(tmp_path)[0] == 3
