"""What do the tests of `tasksplit rollout` share: a folder of a user's own, evidence in it, and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from tasksplit.cli import app
from tasksplit.errors import TasksplitError
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Ledger
from tasksplit.model.message import Origin
from tasksplit.model.rehearsed import HandlerRehearsed, Rehearsed
from tasksplit.model.review import HandlerReview, Review
from tasksplit.replay.declared import find
from tasksplit.replay.versions import versions
from tasksplit.stores import Archive, open_store
from tasksplit.stores.rehearsed import save_rehearsed

TOYS = Path(__file__).parent / "toys"
PATH = "moving_toy:migration"
NAMES = ("dispatch", "pack", "ship", "bill")
PASSES = Decision(answer=Answer.PASS, reason="0 of 400 keys differ", upper_bound=0.009)
FAILS = Decision(answer=Answer.FAIL, reason="3 of 400 keys differ", upper_bound=0.02)
WAITS = Decision(answer=Answer.WAIT, reason="12 of 328 clean keys", upper_bound=0.2)
CLEAN = dict.fromkeys(NAMES, PASSES)
RUN = "20261121T110000.000000"


def tasksplit(*arguments: str, wide: int = 200) -> tuple[int, str]:
    """Return the exit code and all that was printed, as `tasksplit rollout` ends with these arguments."""
    ended = CliRunner().invoke(app, ["rollout", *arguments], env={"COLUMNS": str(wide)})
    if isinstance(ended.exception, TasksplitError):
        return 2, f"{ended.output}tasksplit: {ended.exception}"  # as main() says it
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.output


def toy(*arguments: str, migration: str = PATH, wide: int = 200) -> tuple[int, str]:
    """The same for the toy service, with a reason where a stage is asked for."""
    return tasksplit(*arguments, "--migration", migration, wide=wide)


def go(handler: str, stage: str, *more: str, migration: str = PATH) -> tuple[int, str]:
    """Move a handler as ann, without asking workers: there are none."""
    return toy(handler, stage, "--because", "CHG-112", "--by", "ann", "--no-probe", *more, migration=migration)


def review(
    decisions: dict[str, Decision] = CLEAN,
    *,
    rehearsed: bool | None = True,
    findings: dict[str, Finding] | None = None,
    whole: tuple[Finding, ...] = (),
    form: str = "fixtures",
) -> Review:
    """Return a review in which each handler has that decision."""
    handlers = tuple(
        HandlerReview(
            name=name, stage="off", decision=decision, bar=Bar(), rehearsed=rehearsed,
            evidence=Evidence(handler=name, findings=(findings[name],) if name in (findings or {}) else ()),
        )
        for name, decision in decisions.items()
    )  # fmt: skip
    return Review(
        migration="toy", form=form, origin=Origin.TEST, isolation="guarded, not isolated", answer=Answer.PASS,
        ledger=Ledger(), handlers=handlers, findings=whole,
    )  # fmt: skip


def ran(*reviews: Review, run: str = RUN, code: str = "", url: str = "sqlite:///reports/evidence.db") -> None:
    """Keep the evidence of a run in the folder, as `tasksplit run` does; ``code``: of another version."""
    Path("reports").mkdir(exist_ok=True)
    of: dict[str, Any] = {**versions(find(PATH), PATH), **({"code": code} if code else {})}
    with closing(open_store(url)) as store:
        archive = Archive(store)
        for each in reviews or (review(),):
            archive.save_run(f"{run}-{each.form}", [h.evidence for h in each.handlers], each.ledger, {"versions": of})
            archive.save_review(f"{run}-{each.form}", each)
    rehearsed(of, url=url)


def rehearsed(
    of: Mapping[str, str] | None = None,
    *,
    findings: Sequence[Finding] = (),
    names: Sequence[str] = NAMES,
    tried: Mapping[str, int] | None = None,
    url: str = "sqlite:///reports/evidence.db",
) -> None:
    """Keep a rehearsal of these handlers in the folder, as `tasksplit rehearse` does; ``of``: which versions."""
    Path("reports").mkdir(exist_ok=True)
    handlers = tuple(
        HandlerRehearsed(
            handler=name, tried={"twice": 3} if tried is None else tried, messages=3, findings=tuple(findings)
        )
        for name in names
    )
    versions_ = dict(versions(find(PATH), PATH) if of is None else of)
    with closing(open_store(url)) as store:
        save_rehearsed(store, Rehearsed(migration="toy", at=datetime.now(UTC), versions=versions_, handlers=handlers))
