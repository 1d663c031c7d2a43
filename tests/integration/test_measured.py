"""Which branches of a handler the paired messages took is told on both sides, and measuring changes no verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from tasksplit.capture.arrival import message
from tasksplit.cli import app
from tasksplit.model.message import Message
from tasksplit.model.review import Review
from tasksplit.replay.measured import MeasuredRun
from tasksplit.replay.run import Plan, Run
from tests.unit.replay.choosy.marks import called, way
from tests.unit.replay.choosy.migration import migration
from tests.unit.replay.replayed import PATH as TOY

PATH = "tests.unit.replay.choosy.migration:migration"


def measured(*payloads: dict[str, Any]) -> MeasuredRun:
    run = MeasuredRun(Plan(migration=migration, path=PATH, messages=messages(*payloads)))
    run.run()
    return run


def messages(*payloads: dict[str, Any]) -> list[Message]:
    return [message(migration, f"m{n}", {"do": ["greet"], **payload}) for n, payload in enumerate(payloads)]


@pytest.fixture(scope="module")
def quiet() -> MeasuredRun:
    """Nobody is loud, and nobody parts."""
    return measured({"name": "ann"}, {"name": "bartholomew"})


def test_a_branch_that_no_message_takes_is_untouched_and_one_that_is_taken_is_not(quiet: MeasuredRun) -> None:
    covered = quiet.coverage.covered("greet")
    for side, file in ((covered.legacy, "legacy"), (covered.split, "split")):
        assert way(file, "loud?", "loud") in side.untouched
        assert way(file, "loud?", "quiet") in side.touched
        assert way(file, "no name?", "no name") in side.untouched
        assert {way("shared", "long?", "long"), way("shared", "long?", "short")} <= set(side.touched)
        assert side.share is not None
        assert 0 < side.share < 1


def test_a_handler_that_never_ran_is_known_by_its_own_code_and_all_of_it_untouched(quiet: MeasuredRun) -> None:
    covered = quiet.coverage.covered("part")
    assert called("legacy", "polite") in covered.legacy.untouched  # its module's function, which it names
    assert called("split", "part_service") in covered.split.untouched
    assert (covered.legacy.share, covered.split.share) == (0, 0)
    assert called("legacy", "never") not in covered.legacy.known
    assert all("shared" not in one for one in covered.legacy.known)


def test_what_declares_is_no_code_of_a_side(quiet: MeasuredRun) -> None:
    for name in migration.names:
        covered = quiet.coverage.covered(name)
        assert all("migration.py" not in one for one in covered.legacy.known + covered.split.known)


def test_the_review_carries_what_was_covered(quiet: MeasuredRun) -> None:
    assert {h.name: h.evidence.covered for h in quiet.review.handlers} == {
        name: quiet.coverage.covered(name) for name in migration.names
    }


def test_measuring_changes_nothing_else_in_the_review(quiet: MeasuredRun) -> None:
    bare = Run(quiet.plan)
    bare.run()
    assert bare.verdicts == quiet.verdicts
    assert bare.review.harness_errors == quiet.review.harness_errors == {}
    assert _but_coverage(quiet.review) == _but_coverage(bare.review)
    assert all(h.evidence.covered is None for h in bare.review.handlers)


def _but_coverage(review: Review) -> list[Any]:
    return [
        (h.name, h.decision, h.evidence.tally, h.evidence.findings, h.differences, h.exercised)
        for h in review.handlers
    ]  # fmt: skip


def test_minimise_keeps_what_shows_something_and_says_what_is_lost(tmp_path: Path) -> None:
    folder, out = tmp_path / "all", tmp_path / "few"
    names = ["ann", "bob", "cyd", "dan", "bartholomew"]
    payloads = {f"deep/{name}.json": {"name": name, "do": ["greet"]} for name in names}
    payloads["loud.json"] = {"name": "eve", "do": ["greet"], "loud": True}
    for name, payload in payloads.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(orjson.dumps(payload))
    (folder / "broken.json").write_text("{")
    ended = CliRunner().invoke(
        app,
        ["messages", "minimise", "--messages", str(folder), "--out", str(out), "--migration", PATH, "--quiet"],
    )
    assert ended.exit_code == 0, ended.output
    kept = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.json")}
    assert kept.keys() == {"deep/ann.json", "deep/bartholomew.json", "loud.json"}
    assert all(content == (folder / name).read_bytes() for name, content in kept.items())
    assert "kept: 3 of 6 messages" in ended.output
    assert "strata: 4 of 4" in ended.output
    assert "lost: keys, 3 of 6 are left" in ended.output
    assert "not used: broken.json: it is not JSON" in ended.output


def test_a_message_that_ends_its_process_is_named_and_makes_it_wait(tmp_path: Path) -> None:
    folder, out = tmp_path / "all", tmp_path / "few"
    folder.mkdir()
    for name, act in (("good", ["call", "x"]), ("bad", ["end", "exit"])):
        steps = [{"handler": "build", "acts": [act]}]
        (folder / f"{name}.json").write_bytes(orjson.dumps({"ref": name, "key": name, "steps": steps}))
    asked = ["messages", "minimise", "--messages", str(folder), "--out", str(out), "--migration", TOY, "--quiet"]
    ended = CliRunner().invoke(app, asked)
    assert ended.exit_code == 3, ended.output
    assert [path.name for path in out.iterdir()] == ["good.json"]
    assert "kept: 1 of 2 messages" in ended.output
    assert "not kept: bad.json: nobody knows what it shows" in ended.output
    assert "its process died" in ended.output
