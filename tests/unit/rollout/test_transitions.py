"""Which request leads where, with whom, and what is said against it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tasksplit.errors import DeclarationError
from tasksplit.model.decision import Answer, Decision
from tasksplit.model.migration import Handler, Migration
from tasksplit.model.rollout import Change, Flag, Flags, Stage, Terms
from tasksplit.rollout import Grounds, Plan, Request, Structure, applied, broken, plan
from tasksplit.rollout.written import read_change, write_change
from tests.unit.rollout.flagged import NOW, PASSES, asked, clean

OFF, SHADOW, CANARY, LIVE, RETIRED = Stage
SINGLE = Structure(handlers=("a", "b"))
GROUP = Structure(handlers=("a", "b", "c"), groups=(frozenset("ab"),))
NESTED = Structure(handlers=("parent", "child", "other"), children=(("parent", "child"),))
SHARED = Structure(handlers=("one", "two", "child"), children=(("one", "child"), ("two", "child")))


def at(**stages: Stage | tuple[Stage, float]) -> Flags:
    """Return flags by stage, or by stage and share; hashed as their own name."""
    flags = {}
    for name, found in stages.items():
        stage, share = found if isinstance(found, tuple) else (found, 0.0)
        flags[name] = Flag(handler=name, stage=stage, terms=Terms(share=share, hashed_as=name), revision=1)
    return Flags(flags=flags, revision=1)


def go(flags: Flags, request: Request, structure: Structure, grounds: Grounds | None = None) -> Plan:
    return plan(flags, request, structure=structure, grounds=clean(structure) if grounds is None else grounds)


def stages(made: Plan) -> dict[str, str]:
    return {change.handler: change.after.stage.value for change in made.changes}


@pytest.mark.parametrize("before", Stage)
@pytest.mark.parametrize("after", Stage)
def test_which_stage_may_follow_which(before: Stage, after: Stage) -> None:
    made = go(at(a=before), asked("a", after), SINGLE)
    if after.position > before.position + 1:
        assert "no stage is skipped" in made.refused[0]
    elif after is before:
        assert made == Plan()
    else:
        assert stages(made) == {"a": after.value}


def test_shadow_needs_no_grounds_since_nobody_acts_by_it() -> None:
    assert stages(go(Flags(), asked("a", SHADOW), SINGLE, Grounds())) == {"a": "shadow"}


def test_leaving_shadow_needs_the_gate_for_itself_and_dispatch_and_a_clean_rehearsal() -> None:
    waits = Decision(answer=Answer.WAIT, reason="12 of 328 clean keys")
    request = asked("a", CANARY, share=0.05)
    assert go(at(a=SHADOW), request, SINGLE, Grounds()).refused == (
        "the gate has not decided about 'a'",
        "the gate has not decided about 'dispatch'",
        "no skip rehearsal of 'a': legacy was not replayed without it",
    )
    grounds = Grounds(decisions={"a": PASSES, "dispatch": waits}, rehearsals={"a": "b read another row on 3 messages"})
    assert go(at(a=SHADOW), request, SINGLE, grounds).refused == (
        "the gate says wait of 'dispatch': 12 of 328 clean keys",
        "the skip rehearsal of 'a' is not clean: b read another row on 3 messages",
    )
    assert stages(go(at(a=SHADOW), request, SINGLE)) == {"a": "canary"}


def test_further_on_its_own_decision_is_enough() -> None:
    grounds = Grounds(decisions={"a": PASSES})
    for before, after in ((CANARY, LIVE), (LIVE, RETIRED)):
        assert stages(go(at(a=before), asked("a", after), SINGLE, grounds)) == {"a": after.value}
        assert go(at(a=before), asked("a", after), SINGLE, Grounds()).refused


def test_more_keys_are_an_advance_and_fewer_are_a_step_back() -> None:
    flags = at(a=(CANARY, 0.2))
    for more in ({"share": 0.3}, {"share": 0.1, "allow": frozenset({"k"})}):
        request = asked("a", CANARY, **more)
        assert go(flags, request, SINGLE, Grounds()).refused
        assert go(flags, request, SINGLE).changes
    for fewer in ({"share": 0.1}, {"deny": frozenset({"k"})}, {"share": 0.0, "deny": frozenset({"k"})}):
        assert go(flags, asked("a", CANARY, **fewer), SINGLE, Grounds()).changes
    denied = applied(flags, go(flags, asked("a", CANARY, deny=frozenset({"k"})), SINGLE).changes)
    assert go(denied, asked("a", CANARY, deny=frozenset()), SINGLE, Grounds()).refused


def test_another_salt_would_lose_the_keys_of_a_canary_and_waits_for_shadow() -> None:
    made = go(at(a=(CANARY, 0.2)), asked("a", CANARY, salt="new"), SINGLE)
    assert "step it back to shadow to change it" in made.refused[0]
    assert go(at(a=SHADOW), asked("a", CANARY, salt="new"), SINGLE).changes[0].after.terms.salt == "new"


def test_force_overrides_the_evidence_loudly_and_with_a_because() -> None:
    request = asked("a", CANARY, share=0.05, force=True)
    assert "force needs a because" in go(at(a=SHADOW), request, SINGLE, Grounds()).refused[0]
    request = asked("a", CANARY, share=0.05, force=True, because="the fire is hotter")
    made = go(at(a=SHADOW), request, SINGLE, Grounds(decisions={"dispatch": PASSES}))
    (change,) = made.changes
    assert change.forced
    assert change.evidence["overridden"] == [
        "the gate has not decided about 'a'",
        "no skip rehearsal of 'a': legacy was not replayed without it",
    ]
    assert made.notes == (
        "FORCED by ann: 'a' (shadow) to canary, because the fire is hotter. But: the gate has not decided about 'a'; "
        "no skip rehearsal of 'a': legacy was not replayed without it",
    )


def test_what_else_speaks_against_it_is_asked_of_every_advance_beyond_shadow_and_what_is_told_is_kept() -> None:
    good = clean(SINGLE)
    against = replace(good, against={"a": ["one of its workers is old"]}, told={"run": "r1"})
    for before, after in ((SHADOW, CANARY), (CANARY, LIVE)):
        assert go(at(a=before), asked("a", after), SINGLE, against).refused == ("one of its workers is old",)
    for before, after in ((OFF, SHADOW), (LIVE, SHADOW)):
        assert go(at(a=before), asked("a", after), SINGLE, against).changes
    forced = go(at(a=SHADOW), asked("a", CANARY, force=True, because="now"), SINGLE, against)
    assert forced.changes[0].evidence["overridden"] == ["one of its workers is old"]
    assert forced.changes[0].evidence["run"] == "r1"
    assert stages(go(at(b=SHADOW), asked("b", CANARY), SINGLE, against)) == {"b": "canary"}


@pytest.mark.parametrize(
    ("handler", "other", "why"),
    [
        ("dispatch", "x", "since dispatch needs every handler live"),
        ("a", "b", "since they are one group"),
        ("child", "parent", "since 'parent' starts it"),
        ("parent", "child", "since it starts 'child'"),
        ("child", "a", "since it is tied to others that move"),
    ],
)
def test_why_one_moves_with_another_is_said(handler: str, other: str, why: str) -> None:
    structure = Structure(
        handlers=("a", "b", "parent", "child", "x"), groups=(frozenset("ab"),), children=(("parent", "child"),)
    )
    assert structure.tie(handler, other) == why


def test_the_structure_of_a_migration_is_its_handlers_and_what_comes_after_what() -> None:
    def declared(name: str, *after: str) -> Handler:
        named = {"legacy": f"m:{name}", "split": name, "implementation": f"n:{name}", "view": dict}
        return Handler(name, after=after, **named)  # type: ignore[arg-type]

    handlers = [declared("a"), declared("b", "a"), declared("c")]
    structure = Structure.of(Migration(name="m", legacy="m:m", split="n:n", handlers=handlers))
    assert structure == Structure(handlers=("a", "b", "c"), groups=(frozenset("ab"),))


def test_force_where_nothing_speaks_against_it_is_no_force() -> None:
    made = go(at(a=SHADOW), asked("a", CANARY, force=True, because="to be sure"), SINGLE)
    assert (made.changes[0].forced, made.notes) == (False, ())


def test_force_skips_no_stage_and_no_law() -> None:
    forced = {"force": True, "because": "now"}
    assert go(at(a=OFF), asked("a", LIVE, **forced), SINGLE).refused
    assert go(at(dispatch=SHADOW, a=LIVE, b=CANARY), asked("dispatch", CANARY, **forced), SINGLE).refused


def test_a_change_keeps_who_why_when_and_the_evidence_at_the_time() -> None:
    made = go(at(a=SHADOW), asked("a", CANARY, share=0.05, because="CHG-112"), SINGLE)
    (change,) = made.changes
    decision = {"answer": "pass", "reason": "0 of 400 keys differ", "upper_bound": 0.009}
    assert change == Change(
        handler="a",
        before=at(a=SHADOW).of("a"),
        after=Flag(handler="a", stage=CANARY, terms=Terms(share=0.05, hashed_as="a"), revision=2, changed_at=NOW),
        who="ann",
        why="CHG-112",
        when=NOW,
        evidence={"decisions": {"a": decision, "dispatch": decision}, "rehearsal": ""},
    )
    assert read_change(write_change(change)) == change


def test_a_group_steps_together_back_and_forth_on_one_choice_of_keys() -> None:
    made = go(at(a=SHADOW, b=SHADOW), asked("b", CANARY, share=0.1), GROUP)
    assert stages(made) == {"a": "canary", "b": "canary"}
    assert {change.after.terms.hashed_as for change in made.changes} == {"a"}
    assert made.notes == ("'a' (shadow) goes with 'b', since they are one group: now 'a' (canary, 10 %)",)
    flags = applied(at(a=SHADOW, b=SHADOW), made.changes)
    assert stages(go(flags, asked("a", SHADOW), GROUP, Grounds())) == {"a": "shadow", "b": "shadow"}
    missing = Grounds(decisions={"a": PASSES})
    assert go(flags, asked("a", LIVE), GROUP, missing).refused == ("the gate has not decided about 'b'",)


@pytest.mark.parametrize("asked_for", ["one", "child"])
def test_a_canary_that_is_shared_changes_for_all_of_it(asked_for: str) -> None:
    flags = at(one=SHADOW, child=SHADOW)
    structure = Structure(handlers=("one", "child"), children=(("one", "child"),))
    for terms in (
        {"share": 0.2, "allow": frozenset("kl"), "deny": frozenset("x")},
        {"share": 0.1, "allow": frozenset("k"), "deny": frozenset("xy")},
        {"share": 0.3, "allow": frozenset("kl"), "deny": frozenset()},
    ):
        enters = flags.of("child").stage is SHADOW
        made = go(flags, asked("one" if enters else asked_for, CANARY, **terms), structure)
        flags = applied(flags, made.changes)
        for name in ("one", "child"):
            assert flags.of(name).terms == Terms(**terms, hashed_as="one")  # type: ignore[arg-type]


def test_groups_that_share_a_handler_are_one() -> None:
    structure = Structure(handlers=("a", "b", "c"), groups=(frozenset("ab"), frozenset("bc")))
    assert stages(go(Flags(), asked("a", SHADOW), structure)) == dict.fromkeys("abc", "shadow")


def test_a_member_that_lags_behind_is_named() -> None:
    made = go(at(a=SHADOW), asked("a", CANARY), GROUP)
    assert made.refused == ("'b' (off) cannot go to canary: it moves with 'a', and canary follows shadow only",)


def test_a_child_comes_along_with_its_parent_and_may_go_first() -> None:
    both = at(parent=SHADOW, child=SHADOW)
    assert stages(go(both, asked("parent", CANARY, share=0.1), NESTED)) == {"parent": "canary", "child": "canary"}
    assert stages(go(both, asked("child", CANARY, share=0.1), NESTED)) == {"child": "canary"}


def test_a_child_in_a_canary_of_its_own_is_joined_on_its_terms_or_not_at_all() -> None:
    flags = at(parent=SHADOW, child=(CANARY, 0.5))
    joined = go(flags, asked("parent", CANARY), NESTED)
    assert stages(joined) == {"parent": "canary"}
    assert joined.changes[0].after.terms == flags.of("child").terms
    (refused,) = go(flags, asked("parent", CANARY, share=0.1), NESTED).refused
    assert refused == "'child' (canary, 50 %) is in canary on other terms: ask for the same, or bring it to live first"


def test_a_child_goes_back_with_its_parent_unless_another_parent_needs_it() -> None:
    assert stages(go(at(parent=LIVE, child=LIVE), asked("parent", SHADOW), NESTED)) == {
        "parent": "shadow",
        "child": "shadow",
    }
    assert stages(go(at(one=LIVE, two=LIVE, child=LIVE), asked("one", SHADOW), SHARED)) == {"one": "shadow"}
    assert stages(go(at(one=LIVE, two=SHADOW, child=LIVE), asked("one", SHADOW), SHARED)) == {
        "one": "shadow",
        "child": "shadow",
    }


def test_a_child_that_went_first_stays_when_its_parent_goes_back() -> None:
    assert stages(go(at(parent=SHADOW, child=LIVE), asked("parent", OFF), NESTED)) == {"parent": "off"}


def test_a_child_that_goes_back_takes_its_parents_along() -> None:
    flags = at(one=LIVE, two=RETIRED, child=RETIRED)
    made = go(flags, asked("child", CANARY, share=0.1), SHARED, Grounds())
    assert stages(made) == dict.fromkeys(("one", "two", "child"), "canary")
    assert {change.after.terms for change in made.changes} == {Terms(share=0.1, hashed_as="child")}


def test_shares_that_have_no_key_in_common_go_back_to_shadow() -> None:
    flags = at(one=(CANARY, 0.2), child=LIVE)
    made = go(flags, asked("child", CANARY, share=0.1), SHARED, Grounds())
    assert stages(made)["one"] == "shadow"
    assert broken(applied(flags, made.changes), SHARED) == ()


def test_dispatch_goes_last_and_back_with_any_handler() -> None:
    early = go(at(dispatch=SHADOW, a=LIVE, b=CANARY), asked("dispatch", CANARY), SINGLE)
    assert early.refused == ("'dispatch' goes last, when every handler is live; not yet: 'b' (canary, 0 %)",)
    assert stages(go(at(dispatch=SHADOW, a=LIVE, b=RETIRED), asked("dispatch", CANARY, share=1.0), SINGLE))
    back = go(at(dispatch=LIVE, a=LIVE, b=LIVE), asked("a", CANARY, share=0.5), SINGLE, Grounds())
    assert stages(back) == {"dispatch": "shadow", "a": "canary"}
    assert back.notes == (
        "'dispatch' (live) goes with 'a', since dispatch needs every handler live: now 'dispatch' (shadow)",
    )


def test_going_back_from_retired_says_what_may_be_missing() -> None:
    made = go(at(a=RETIRED), asked("a", SHADOW), SINGLE, Grounds())
    assert made.notes == ("'a' was retired: see that legacy's code for it is still deployed",)


def test_going_live_says_which_denied_keys_go_too() -> None:
    flags = applied(at(a=(CANARY, 0.1)), go(at(a=(CANARY, 0.1)), asked("a", CANARY, deny={"k"}), SINGLE).changes)
    assert go(flags, asked("a", LIVE), SINGLE).notes == ("'a' goes live for the denied keys too: k",)


def test_a_share_is_kept_while_live_and_gone_behind_canary() -> None:
    flags = at(a=(CANARY, 0.2))
    for stage in (LIVE, CANARY):
        flags = applied(flags, go(flags, asked("a", stage), SINGLE).changes)
    assert flags.of("a").terms.share == 0.2
    flags = applied(flags, go(flags, asked("a", SHADOW), SINGLE).changes)
    assert flags.of("a").terms.share == 0.0


def test_lists_of_keys_may_be_prepared_before_they_count() -> None:
    made = go(at(a=SHADOW), asked("a", SHADOW, deny=frozenset({"k"})), SINGLE, Grounds())
    assert made.changes[0].after.terms.deny == {"k"}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: go(Flags(), asked("nobody", SHADOW), SINGLE),
        lambda: asked("a", SHADOW, share=0.5),
        lambda: asked("a", SHADOW, when=datetime(2026, 11, 21)),
        lambda: go(at(a=SHADOW), asked("a", CANARY, share=2.0), SINGLE),
        lambda: Structure(handlers=("a",), groups=(frozenset({"a", "x"}),)),
        lambda: Structure(handlers=("a",), children=(("a", "dispatch"),)),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(DeclarationError, match=r"^Found .* Expected .* To mend it: "):
        wrong()


def test_flags_that_are_not_closed_are_named() -> None:
    assert broken(at(a=LIVE, b=CANARY), GROUP) == ("'b' (canary, 0 %) and 'a' (live) move together",)
    assert broken(at(parent=LIVE, child=SHADOW), NESTED) == ("'child' (shadow) is started by 'parent' (live)",)
    assert broken(at(dispatch=LIVE, a=LIVE, b=SHADOW), SINGLE) == (
        "'b' (shadow) while 'dispatch' (live), which goes last",
    )


INSIDE = Structure(handlers=("own", "a", "b"), taskless=frozenset("ab"))
SHADOWED = {"own": LIVE, "a": SHADOW, "b": SHADOW, "dispatch": SHADOW}


@pytest.mark.parametrize("force", [False, True])
def test_a_handler_without_a_task_cannot_be_cut_over_alone_whatever_is_forced(force: bool) -> None:
    made = go(at(**SHADOWED), asked("a", CANARY, share=0.1, force=force, because="x"), INSIDE)
    assert made.refused == (
        "'a' cannot be cut over alone: it has no task of its own, so it goes over with dispatch, in whose tasks it "
        "runs, as a whole; move 'dispatch' instead",
    )


ONWARDS = Structure(handlers=("own", "a", "b"), groups=(frozenset({"own", "b"}),), onwards=frozenset("a"))


def test_a_handler_whose_task_sends_what_comes_next_cannot_be_cut_over_alone() -> None:
    """Legacy goes on itself: what comes next would be done twice."""
    made = go(at(**SHADOWED), asked("a", CANARY, share=0.1, force=True, because="x"), ONWARDS)
    assert made.refused == (
        "'a' cannot be cut over alone: its task sends what comes next, as legacy does itself, so it goes over with "
        "dispatch, as a whole; move 'dispatch' instead",
    )
    grounds = Grounds(decisions=dict.fromkeys(ONWARDS.names, PASSES), rehearsals={"own": "", "b": ""})
    with_dispatch = go(at(**{**SHADOWED, "b": LIVE}), asked("dispatch", CANARY, share=0.1), ONWARDS, grounds)
    assert stages(with_dispatch) == {"dispatch": "canary", "a": "canary"}


def test_it_can_be_shadowed_alone() -> None:
    assert stages(go(at(), asked("a", SHADOW), INSIDE)) == {"a": "shadow"}


def test_it_goes_over_with_dispatch_and_needs_no_skip_rehearsal() -> None:
    grounds = Grounds(decisions=dict.fromkeys(INSIDE.names, PASSES), rehearsals={"own": ""})
    made = go(at(**SHADOWED), asked("dispatch", CANARY, share=0.1), INSIDE, grounds)
    assert stages(made) == {"dispatch": "canary", "a": "canary", "b": "canary"}
    assert {change.after.terms.share for change in made.changes} == {0.1}
    assert any("it can only act where dispatch does" in note for note in made.notes)


def test_what_the_gate_has_not_passed_of_it_holds_dispatch_up() -> None:
    decisions = {name: PASSES for name in INSIDE.names if name != "b"}
    made = go(at(**SHADOWED), asked("dispatch", CANARY, share=0.1), INSIDE, Grounds(decisions=decisions))
    assert made.refused == ("the gate has not decided about 'b'",)


def test_stepping_it_back_steps_dispatch_and_the_others_in_it_back_too() -> None:
    flags = at(own=LIVE, a=LIVE, b=LIVE, dispatch=LIVE)
    made = go(flags, asked("a", SHADOW), INSIDE)
    assert stages(made) == {"dispatch": "shadow", "a": "shadow", "b": "shadow"}


def test_who_starts_one_without_a_task_waits_for_dispatch_too() -> None:
    structure = Structure(handlers=("parent", "child"), children=(("parent", "child"),), taskless=frozenset({"child"}))
    flags = at(parent=SHADOW, child=SHADOW, dispatch=SHADOW)
    made = go(flags, asked("parent", CANARY, share=0.1), structure)
    assert (
        "'parent' cannot be cut over alone: it is tied to child, and those go over with dispatch, as a whole"
        in (made.refused[1])
    )
    assert stages(go(flags, asked("dispatch", CANARY, share=0.1), structure)) == dict.fromkeys(
        ("dispatch", "parent", "child"), "canary"
    )


def test_handlers_with_a_task_of_their_own_still_go_before_dispatch() -> None:
    made = go(at(own=SHADOW, a=SHADOW, b=SHADOW, dispatch=SHADOW), asked("dispatch", CANARY, share=0.1), INSIDE)
    assert made.refused == ("'dispatch' goes last, when every handler is live; not yet: 'own' (shadow)",)
