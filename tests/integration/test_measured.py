"""Which branches of a handler the paired messages took is told on both sides, and measuring changes no verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from tasksplit.capture.arrival import message
from tasksplit.cli import app
from tasksplit.model.branches import Covered
from tasksplit.model.message import Message
from tasksplit.replay.measured import MeasuredRun
from tasksplit.replay.run import Plan, Run
from tests.integration.toyruns import PATH as TOY
from tests.integration.toyruns import messages_of, usual
from tests.unit.replay.choosy.marks import called, way
from tests.unit.replay.choosy.migration import migration
from tests.unit.replay.toy.migration import migration as toy

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


def test_measuring_changes_no_verdict() -> None:
    plan = Plan(migration=toy, path=TOY, messages=messages_of(usual, 12))
    bare, run = Run(plan), MeasuredRun(plan)
    bare.run()
    run.run()
    assert run.verdicts == bare.verdicts
    assert [(h.evidence.tally, h.evidence.findings, h.decision.answer) for h in run.review.handlers] == [
        (h.evidence.tally, h.evidence.findings, h.decision.answer) for h in bare.review.handlers
    ]
    assert run.review.harness_errors == bare.review.harness_errors == {}
    assert all(h.evidence.covered is None for h in bare.review.handlers)
    build = run.coverage.covered("build")
    assert build.legacy.touched
    assert build.split.touched


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


def _covered(run: MeasuredRun) -> dict[str, Covered]:
    return {name: run.coverage.covered(name) for name in migration.names}


def test_the_few_that_are_kept_cover_what_all_of_them_did() -> None:
    payloads = [{"name": name, "loud": name > "m", "do": do} for name in ("a", "bartholomew", "z") for do in _DO]
    every = measured(*payloads)
    from tasksplit.replay.minimise import keep

    kept = set(keep(every.coverage.messages).messages)
    assert len(kept) < len(payloads)
    few = measured(*(p for n, p in enumerate(payloads) if f"m{n}" in kept))
    assert _covered(few) == _covered(every)


_DO: tuple[list[str], ...] = (["greet"], ["part"], ["greet", "part"], [])
