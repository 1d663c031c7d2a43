"""What becomes of a move while others change flags, and of whom is evidence asked?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from tasksplit.cli.evidence import Known
from tasksplit.cli.rollout_move import TRIES, Moved, Shown, Wish, move
from tasksplit.cli.rollout_ready import Objection
from tasksplit.errors import DeclarationError, FlagConflict, StoreError
from tasksplit.model.decision import Answer, Decision
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Change, Stage
from tasksplit.rollout import Request, Structure, plan
from tasksplit.stores.flags_memory import MemoryFlagStore
from tests.unit.rollout.flagged import PASSES, clean

OFF, SHADOW, CANARY, LIVE, RETIRED = Stage
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
STRUCTURE = Structure(handlers=("a", "b", "c"), groups=(frozenset("ab"),))
KNOWN = Known(decisions=clean(STRUCTURE).decisions, rehearsals=clean(STRUCTURE).rehearsals)


class Meddled(MemoryFlagStore):
    """A store in which others make their changes just before one that is tried, as often as they have any."""

    def __init__(self) -> None:
        super().__init__()
        self.others: list[Request] = []

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        if self.others:
            self.put(self.others.pop(0))
        super().apply(changes, expected)

    def put(self, request: Request) -> None:
        flags = self.read()
        made = plan(flags, request, structure=STRUCTURE, grounds=clean(STRUCTURE))
        assert made.changes, made
        super().apply(made.changes, flags.revision)


def bob(handler: str, stage: Stage, share: float | None = None) -> Request:
    return Request(handler=handler, stage=stage, who="bob", when=NOW, because="meanwhile", share=share)


def at(**stages: Stage) -> Meddled:
    """Return a store in which handlers came that far; those of the group a, b together."""
    store = Meddled()
    for handler, stage in stages.items():
        for each in tuple(Stage)[1 : stage.position + 1]:
            store.put(bob(handler, each, 0.1 if each is CANARY else None))
    return store


def wish(handler: str, stage: Stage, **more: object) -> Wish:
    return Wish(**{"handler": handler, "stage": stage, "who": "ann", "because": "CHG-112", **more})  # type: ignore[arg-type]


def go(store: Meddled, wanted: Wish, show: Callable[[frozenset[str]], Shown] = lambda _: Shown(known=KNOWN)) -> Moved:
    return move(store, wanted, structure=STRUCTURE, show=show, now=lambda: NOW)


def nobody(handlers: frozenset[str]) -> Shown:
    raise AssertionError(f"evidence was asked for {handlers}")


def stages(store: Meddled) -> dict[str, str]:
    return {name: flag.stage.value for name, flag in sorted(store.read().flags.items())}


def test_an_advance_goes_on_when_others_moved_another_handler() -> None:
    store = at(a=SHADOW, c=SHADOW)
    store.others = [bob("c", CANARY), bob("c", LIVE)]
    moved = go(store, wish("a", CANARY, share=0.1))
    assert stages(store) == {"a": "canary", "b": "canary", "c": "live"}
    assert {change.revision for change in moved.plan.changes} == {store.read().revision}


@pytest.mark.parametrize("meanwhile", [bob("a", SHADOW), bob("b", SHADOW), bob("a", CANARY, 0.05)])
def test_an_advance_is_given_up_when_somebody_moved_the_same_handler(meanwhile: Request) -> None:
    store = at(a=CANARY)
    store.others = [meanwhile]
    with pytest.raises(FlagConflict, match="'a' moved by bob meanwhile") as found:
        go(store, wish("a", CANARY, share=0.5))
    assert (found.value.who, found.value.when) == ("bob", NOW)
    assert store.read().of("a").terms.share == (meanwhile.share or 0.0)


@pytest.mark.parametrize("meanwhile", [bob("a", LIVE), bob("a", CANARY, 0.5), bob("c", SHADOW)])
def test_a_step_back_goes_on_whatever_others_did(meanwhile: Request) -> None:
    store = at(a=CANARY)
    store.others = [meanwhile]
    go(store, wish("a", SHADOW), nobody)
    assert (store.read().of("a").stage, store.read().of("b").stage) == (SHADOW, SHADOW)


def test_others_that_never_stop_end_it_in_a_sentence_that_names_them() -> None:
    store = at(a=SHADOW, c=SHADOW)
    store.others = [bob("c", stage) for _ in range(TRIES) for stage in (OFF, SHADOW)]
    with pytest.raises(StoreError, match=rf"bob the last of them\), {TRIES} times in a row.*nothing was changed"):
        go(store, wish("a", OFF))
    assert len(store.others) == TRIES
    assert stages(store)["a"] == "shadow"


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        (SHADOW, wish("a", OFF)),
        (SHADOW, wish("a", SHADOW)),
        (CANARY, wish("a", SHADOW)),
        (CANARY, wish("a", CANARY, share=0.05)),
        (CANARY, wish("a", CANARY, deny=frozenset("k"))),
        (RETIRED, wish("a", CANARY, share=0.01)),
        (LIVE, wish("a", OFF, force=True)),
        (CANARY, wish("a", RETIRED)),
        (OFF, wish("a", SHADOW)),
    ],
)
def test_evidence_is_not_asked_for_where_it_has_no_say(before: Stage, wanted: Wish) -> None:
    go(at(a=before), wanted, nobody)


@pytest.mark.parametrize(
    ("before", "wanted"),
    [(SHADOW, wish("a", CANARY)), (CANARY, wish("b", CANARY, share=0.2)), (CANARY, wish("a", LIVE))],
)
def test_evidence_is_asked_for_once_and_for_all_that_move(before: Stage, wanted: Wish) -> None:
    asked: list[frozenset[str]] = []

    def show(handlers: frozenset[str]) -> Shown:
        asked.append(handlers)
        return Shown(known=KNOWN)

    assert go(at(a=before), wanted, show).answer is Answer.PASS
    assert asked == [frozenset("ab")]


def test_force_overrides_only_what_speaks_against_it() -> None:
    for shown, overridden in (
        (Shown(known=KNOWN), []),
        (Shown(known=KNOWN, objections={"b": [LATER]}), ["no workers"]),
    ):
        moved = go(at(a=SHADOW), wish("a", CANARY, force=True), lambda _, shown=shown: shown)  # type: ignore[misc]
        of = {change.handler: change for change in moved.plan.changes}
        assert (of["a"].forced, of["b"].forced) == (False, bool(overridden))
        assert of["b"].evidence.get("overridden", []) == overridden


WAITS = Decision(answer=Answer.WAIT, reason="12 of 328 clean keys")
FAILS = Decision(answer=Answer.FAIL, reason="3 of 400 keys differ")
LATER = Objection(answer=Answer.WAIT, said="no workers")
NEVER = Objection(answer=Answer.FAIL, said="early")


@pytest.mark.parametrize(
    ("shown", "answer"),
    [
        (Shown(), Answer.WAIT),
        (Shown(known=KNOWN, objections={"a": [LATER]}), Answer.WAIT),
        (Shown(known=KNOWN, objections={"a": [LATER], "b": [NEVER]}), Answer.FAIL),
        (Shown(known=KNOWN, objections={"c": [NEVER]}), Answer.PASS),
        (Shown(known=Known(decisions={**KNOWN.decisions, "a": WAITS})), Answer.WAIT),
        (Shown(known=Known(decisions={**KNOWN.decisions, "a": WAITS, "b": FAILS})), Answer.FAIL),
        (Shown(known=Known(decisions={"c": FAILS})), Answer.WAIT),
        (Shown(known=Known(decisions={DISPATCH: FAILS})), Answer.FAIL),
        (Shown(known=Known(decisions=KNOWN.decisions, rehearsals={"a": "", "b": "c differs"})), Answer.FAIL),
        (Shown(known=Known(decisions=KNOWN.decisions, rehearsals={"a": ""})), Answer.WAIT),
    ],
)
def test_what_failed_is_told_from_what_is_still_to_come(shown: Shown, answer: Answer) -> None:
    store = at(a=SHADOW)
    moved = go(store, wish("a", CANARY), lambda _: shown)
    assert moved.answer is answer
    assert bool(moved.plan.refused) is (answer is not Answer.PASS)
    assert stages(store)["a"] == ("canary" if answer is Answer.PASS else "shadow")
    go(at(a=SHADOW), wish("a", CANARY, force=True), lambda _: shown)


def test_what_no_evidence_could_allow_has_no_answer_of_the_gate() -> None:
    moved = go(at(a=SHADOW), wish("a", LIVE), nobody)
    assert (moved.answer, "no stage is skipped" in moved.plan.refused[0]) == (None, True)


def test_what_was_told_is_kept_with_every_change_of_an_act() -> None:
    store = at(a=SHADOW)
    go(store, wish("a", CANARY), lambda _: Shown(known=KNOWN, told={"probe": "not asked"}))
    assert [change.evidence["probe"] for change in store.history(limit=2)] == ["not asked", "not asked"]
    assert store.history("a")[0].evidence["decisions"]["a"]["reason"] == PASSES.reason


def test_keys_are_added_to_those_of_the_canary_that_is_joined() -> None:
    structure = Structure(handlers=("parent", "child"), children=(("parent", "child"),))
    store = MemoryFlagStore()
    known = Shown(known=Known(decisions=clean(structure).decisions, rehearsals=clean(structure).rehearsals))

    def step(handler: str, stage: Stage, **more: object) -> Moved:
        return move(store, wish(handler, stage, **more), structure=structure, show=lambda _: known)

    for name in ("child", "parent"):
        step(name, SHADOW)
    step("child", CANARY, share=0.2, deny=frozenset("xy"))
    assert step("parent", CANARY).plan.changes
    assert store.read().of("parent").terms.deny == frozenset("xy")


@pytest.mark.parametrize("because", ["", "  \n"])
def test_every_move_needs_a_reason(because: str) -> None:
    with pytest.raises(DeclarationError, match="Found no --because"):
        wish("a", SHADOW, because=because)
