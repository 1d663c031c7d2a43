"""At which stage is each handler, and who moved it there when and why, for a report?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

from tasksplit.cli.rollout_words import at
from tasksplit.errors import StoreError
from tasksplit.model.evidence import Finding
from tasksplit.model.review import Review, Step
from tasksplit.model.rollout import Change
from tasksplit.stores.flags_protocol import FlagStore, open_flag_store

UNKNOWN = "unknown"
MOST = 20  #: steps of a handler; of all handlers together as many times as many are read


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What does a store of flags say of each handler?"""

    stages: Mapping[str, str] = field(default_factory=dict)
    """Handler -> its stage; empty where no store was named."""
    steps: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    """Handler -> its history, newest first."""
    problem: str = ""
    """Why some of it is not known, as a sentence."""


def looked(url: str, names: Sequence[str], migration: str) -> Moved:
    """Return what the store at ``url`` says; ``unknown`` where it is away, nothing without a URL."""
    if not url:
        return Moved()
    try:
        with closing(open_flag_store(url, migration)) as store:
            flags = store.read()
            steps, problem = _steps(store, names)
    except StoreError as error:
        return Moved(stages=dict.fromkeys(names, UNKNOWN), problem=str(error))
    return Moved(stages={name: flags.of(name).stage.value for name in names}, steps=steps, problem=problem)


def moved(review: Review, found: Moved) -> Review:
    """Return a review with the stages and the history that a store of flags told; that it was away is a finding."""
    handlers = tuple(
        replace(one, stage=found.stages.get(one.name, one.stage), steps=tuple(found.steps.get(one.name, one.steps)))
        for one in review.handlers
    )
    away = Finding(code="stages-unknown", text=found.problem)
    return replace(review, handlers=handlers, findings=(*review.findings, *((away,) if found.problem else ())))


def _steps(store: FlagStore, names: Sequence[str]) -> tuple[Mapping[str, Sequence[Step]], str]:
    """Return the history of each handler, in one read; a history that cannot be read takes no stage away."""
    try:
        history = store.history(limit=MOST * len(names))
    except StoreError as error:
        return {}, str(error)
    return {name: [_step(one) for one in history if one.handler == name][:MOST] for name in names}, ""


def _step(change: Change) -> Step:
    return Step(
        at=change.when.timestamp(), before=at(change.before), after=at(change.after), who=change.who,
        because=change.why, forced=change.forced,
    )  # fmt: skip
