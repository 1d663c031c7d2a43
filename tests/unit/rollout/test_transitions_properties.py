"""Do the laws hold whatever is asked for, in whichever order?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.message import Side
from tasksplit.model.rollout import Flag, Flags, Stage, Terms
from tasksplit.rollout import Grounds, Request, Structure, applied, authoritative, broken, in_canary, plan
from tasksplit.rollout.laws import gains
from tests.unit.rollout.flagged import HANDLERS, KEYS, asked, clean, requests, situations


def by_the_split(flags: Flags, handler: str) -> set[str]:
    return {key for key in KEYS if authoritative(flags.of(handler), key) is Side.SPLIT}


@given(situations(), requests())
def test_a_plan_that_is_applied_leaves_the_flags_closed(found: tuple[Structure, Flags], request: Request) -> None:
    structure, flags = found
    assert broken(flags, structure) == ()
    made = plan(flags, request, structure=structure, grounds=clean(structure))
    assert broken(applied(flags, made.changes), structure) == ()


@given(situations())
def test_no_message_meets_a_parent_or_a_group_on_two_sides(found: tuple[Structure, Flags]) -> None:
    structure, flags = found
    acts = {handler: by_the_split(flags, handler) for handler in structure.names}
    for parent, child in structure.children:
        assert acts[parent] <= acts[child]
    for handler in HANDLERS:
        for other in structure.group(handler):
            assert acts[handler] == acts[other]
        assert acts["dispatch"] <= acts[handler]


@given(
    situations(), st.sampled_from(("dispatch", *HANDLERS)), st.sampled_from(Stage), st.sampled_from([None, 0.0, 1.0])
)
def test_stepping_back_is_never_refused(
    found: tuple[Structure, Flags], handler: str, stage: Stage, share: float | None
) -> None:
    structure, flags = found
    now = flags.of(handler).stage
    request = asked(handler, stage, share=share if stage is Stage.CANARY else None)
    if stage.position >= now.position:
        return
    made = plan(flags, request, structure=structure, grounds=Grounds())
    assert made.refused == ()
    after = applied(flags, made.changes)
    assert after.of(handler).stage is stage
    assert not any(gains(change.before, change.after) for change in made.changes)
    for name in structure.names:
        assert by_the_split(after, name) <= by_the_split(flags, name)
    assert broken(after, structure) == ()


@given(situations(), st.sampled_from(HANDLERS), st.floats(0, 1))
def test_lowering_a_share_is_stepping_back(found: tuple[Structure, Flags], handler: str, part: float) -> None:
    structure, flags = found
    flag = flags.of(handler)
    if flag.stage is Stage.CANARY:
        request = asked(handler, Stage.CANARY, share=flag.terms.share * part)
        made = plan(flags, request, structure=structure, grounds=Grounds())
        assert made.refused == ()
        assert applied(flags, made.changes).of(handler).terms.share == flag.terms.share * part


@given(situations(), requests())
def test_nothing_gains_without_grounds_unless_forced(found: tuple[Structure, Flags], request: Request) -> None:
    structure, flags = found
    made = plan(flags, request, structure=structure, grounds=Grounds())
    for change in made.changes:
        acts = change.after.stage.position > Stage.SHADOW.position
        if acts and gains(change.before, change.after):
            assert request.force
            assert request.because
            assert change.forced
            assert change.evidence["overridden"]
            assert any("FORCED by ann" in note for note in made.notes)


@given(situations(), requests())
def test_all_changes_of_a_plan_are_of_the_next_revision(found: tuple[Structure, Flags], request: Request) -> None:
    structure, flags = found
    made = plan(flags, request, structure=structure, grounds=clean(structure))
    assert not (made.changes and made.refused)
    assert {change.revision for change in made.changes} <= {flags.revision + 1}
    assert all(change.before == flags.of(change.handler) for change in made.changes)
    assert all(change.before != change.after for change in made.changes)


@given(st.text(min_size=1), st.text(), st.lists(st.floats(0, 1), min_size=2), st.data())
def test_with_a_rising_share_a_key_never_leaves(
    handler: str, key: str, shares: list[float], data: st.DataObject
) -> None:
    handler = handler.replace("\x1f", "-")
    lists = {name: data.draw(st.frozensets(st.just(key) | st.text())) for name in ("allow", "deny")}
    flags = [
        Flag(handler=handler, stage=Stage.CANARY, terms=Terms(share=share, **lists))  # type: ignore[arg-type]
        for share in sorted(shares)
    ]
    answers = [in_canary(flag, key) for flag in flags]
    assert answers == sorted(answers)
