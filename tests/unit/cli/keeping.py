"""A declaration in a folder of its own, evidence of it in any store, and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from tasksplit.cli import app
from tasksplit.errors import TasksplitError
from tasksplit.model.decision import Bar
from tasksplit.model.evidence import Evidence, Grouped, Ledger
from tasksplit.model.review import HandlerReview, Review
from tasksplit.replay.declared import find
from tasksplit.replay.versions import versions
from tasksplit.stores import Archive, open_store
from tests.unit.cli.rolling import NAMES, WAITS, review
from tests.unit.gate.judging import difference

SERVICE = "from moving_toy import migration\n"
PATH = "kept_toy:migration"  # a module beside which a file may be written


def tasksplit(*arguments: str) -> tuple[int, str]:
    """Return the exit code and all that was printed, as these words end."""
    ended = CliRunner().invoke(app, [*arguments], env={"COLUMNS": "200"})
    if isinstance(ended.exception, TasksplitError):
        return 2, f"{ended.output}tasksplit: {ended.exception}"  # as main() says it
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.output


def grouped(name: str, count: int = 1) -> Grouped:
    """Return a difference as a review shows it."""
    one = difference(name)
    return Grouped(
        fingerprint=name, shape=one.shape, kind=one.kind.value, count=count, example=one, example_message="m"
    )


def showing(*evidence: Evidence, differences: Mapping[str, Sequence[str]] | None = None, **fields: Any) -> Review:
    """Return a review of that evidence, and of nothing of the other handlers; ``differences``: handler -> names."""
    known = {one.handler: one for one in evidence}
    handlers = tuple(
        HandlerReview(
            name=name, stage="off", decision=WAITS, bar=Bar(), evidence=known.get(name, Evidence(handler=name)),
            differences=tuple(grouped(each) for each in (differences or {}).get(name, ())),
        )
        for name in NAMES
    )  # fmt: skip
    return replace(review(), handlers=handlers, **fields)


def keep(
    review: Review, *, url: str, run: str = "20261121T110000.000000", changed: Mapping[str, str] | None = None
) -> None:
    """Keep a review and its evidence as `tasksplit run` does; ``changed``: versions that are others than ours."""
    code = {**versions(find(PATH), PATH), **(changed or {})}
    name = f"{run}-{review.form}"
    with closing(open_store(url)) as store:
        archive = Archive(store)
        evidence = [one.evidence for one in review.handlers]
        archive.save_run(name, evidence, review.ledger or Ledger(), {"form": review.form, "versions": code})
        archive.save_review(name, review)


def sqlite(path: Path) -> str:
    """Return the URL of a store in a file."""
    return f"sqlite:///{path}"
