"""Which side acts for a message, and is that closed whatever the flags say?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.message import Side
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Flag, Flags, Source, Stage, Terms
from tasksplit.rollout import Structure, authoritative
from tasksplit.rollout.routes import Routes, back_with, may_be_pinned, needs_pin, split_for, split_for_seen
from tests.unit.rollout.flagged import HANDLERS, KEYS, NOW, asked, situations, structures, told

WEEK = timedelta(days=7)


def flags_of(**stages: Stage) -> Flags:
    flags = {name: Flag(handler=name, stage=stage, changed_at=NOW) for name, stage in stages.items()}
    return Flags(flags=flags, revision=4, source=Source.STORE)


@st.composite
def any_flags(draw: st.DrawFn) -> Flags:
    """Draw flags that may break every law: what is stored was perhaps not written by us."""
    names = (*HANDLERS, DISPATCH)
    terms = st.builds(Terms, share=st.sampled_from([0.0, 0.3, 1.0]), salt=st.sampled_from(["", "s"]))
    return Flags(
        flags={n: Flag(handler=n, stage=draw(st.sampled_from(Stage)), terms=draw(terms)) for n in names}, revision=9
    )


def unclosed(split: frozenset[str], structure: Structure) -> set[str]:
    """Return who is with the split although somebody that it needs there is not."""
    found = {name for name in split for other in structure.group(name) if other not in split}
    found |= {parent for parent, child in structure.children if parent in split and child not in split}
    found |= structure.taskless & split if DISPATCH not in split else set()
    return found | ({DISPATCH} & split if not split >= set(structure.names) else set())


@given(structures, any_flags(), st.none() | st.sampled_from(KEYS))
def test_a_route_is_closed_and_never_more_than_the_flags_say(
    structure: Structure, flags: Flags, key: str | None
) -> None:
    split = split_for(flags, key, structure)
    assert unclosed(split, structure) == set()
    assert all(authoritative(flags.of(name), key) is Side.SPLIT for name in split)
    assert unclosed(split_for_seen(flags, structure), structure) == set()


@given(situations(), st.none() | st.sampled_from(KEYS))
def test_of_closed_flags_each_handler_is_routed_by_its_own(situation: tuple[Structure, Flags], key: str | None) -> None:
    structure, flags = situation
    by_flag = {name for name in structure.names if authoritative(flags.of(name), key) is Side.SPLIT}
    assert split_for(flags, key, structure) == by_flag


@given(structures, st.lists(any_flags(), min_size=1, max_size=4), st.lists(st.none() | st.sampled_from(KEYS)))
def test_what_is_remembered_is_what_is_worked_out(
    structure: Structure, seen: list[Flags], keys: list[str | None]
) -> None:
    routes = Routes(structure)
    for flags in (*seen, *seen):
        for known in (flags, replace(flags, flags=dict(flags.flags), source=Source.MEMORY)):
            for key in keys:
                route = routes.decide(known, "m", key, at=NOW)
                assert route.split == split_for(flags, key, structure)
                assert (route.message, route.revision, route.decided_at) == ("m", flags.revision, NOW)


def test_a_message_without_a_key_stays_with_legacy_until_live() -> None:
    structure = Structure(handlers=("a",))
    for stage in Stage:
        flags = Flags(flags={"a": Flag(handler="a", stage=stage, terms=Terms(share=1.0))})
        assert ("a" in split_for(flags, None, structure)) is (stage in (Stage.LIVE, Stage.RETIRED))
        assert ("a" in split_for(flags, "k", structure)) is (stage.position >= Stage.CANARY.position)


def test_flags_that_nobody_set_leave_all_to_legacy() -> None:
    assert Routes(Structure(handlers=HANDLERS)).decide(Flags(), "m", "k", at=NOW).split == frozenset()


@given(situations(), st.sampled_from(KEYS))
def test_off_and_shadow_need_no_store(situation: tuple[Structure, Flags], key: str) -> None:
    structure, flags = situation
    beyond = any(flag.stage.position > Stage.SHADOW.position for flag in flags.flags.values())
    assert needs_pin(flags) is beyond
    if not beyond:
        assert split_for(flags, key, structure) == frozenset()


@given(situations())
def test_after_everything_stepped_back_what_came_before_may_still_be_pinned(
    situation: tuple[Structure, Flags],
) -> None:
    structure, flags = situation
    back = told(flags, structure, [asked(name, Stage.SHADOW) for name in structure.names])
    assert not needs_pin(back)
    if needs_pin(flags):
        assert may_be_pinned(back, NOW + WEEK - timedelta(seconds=1), WEEK)
    assert not may_be_pinned(back, NOW + WEEK, WEEK)


def test_without_a_canary_nothing_is_pinned_and_who_was_never_told_cannot_know() -> None:
    assert not may_be_pinned(Flags(source=Source.STORE), NOW, WEEK)
    assert not may_be_pinned(flags_of(a=Stage.SHADOW), NOW, WEEK)
    assert may_be_pinned(flags_of(a=Stage.CANARY), NOW + 2 * WEEK, WEEK)
    assert may_be_pinned(Flags(), NOW, WEEK)


def test_what_came_before_and_is_not_pinned_stays_with_legacy_which_may_have_begun_it() -> None:
    structure = Structure(handlers=("a", "b"))
    routes = Routes(structure)
    for dispatch in (Stage.SHADOW, Stage.LIVE):
        flags = flags_of(a=Stage.LIVE, b=Stage.LIVE, dispatch=dispatch)
        assert routes.decide(flags, "m", "k", at=NOW).split
        assert not routes.decide(flags, "m", "k", at=NOW, again=True).split


@pytest.mark.parametrize(
    ("stages", "split"),
    [
        ({"a": Stage.RETIRED, "b": Stage.LIVE}, {"a"}),
        ({"a": Stage.RETIRED, "b": Stage.LIVE, "dispatch": Stage.LIVE}, {"a"}),
        ({"a": Stage.RETIRED, "b": Stage.RETIRED, "dispatch": Stage.LIVE}, {"a", "b"}),
        ({"a": Stage.LIVE, "b": Stage.LIVE, "dispatch": Stage.RETIRED}, {"a", "b", "dispatch"}),
    ],
)
def test_what_is_retired_has_nothing_in_legacy_to_go_back_to(stages: dict[str, Stage], split: set[str]) -> None:
    assert split_for_seen(flags_of(**stages), Structure(handlers=("a", "b"))) == split


def test_a_handler_goes_back_with_its_group_with_whoever_starts_it_and_with_dispatch() -> None:
    structure = Structure(
        handlers=("a", "b", "c", "d"), groups=(frozenset({"a", "b"}),), children=(("b", "c"), ("c", "d"))
    )
    assert back_with(structure) == {
        DISPATCH: {DISPATCH},
        "a": {DISPATCH, "a", "b"},
        "b": {DISPATCH, "a", "b"},
        "c": {DISPATCH, "a", "b", "c"},
        "d": {DISPATCH, "a", "b", "c", "d"},
    }
