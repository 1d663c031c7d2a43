"""What do flags say of themselves?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tasksplit.model.rollout import Flag, Flags, Source, Stage, Terms

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_stages_have_an_order_that_is_not_the_alphabet() -> None:
    assert [stage.value for stage in sorted(Stage, key=lambda stage: stage.position)] == [
        "off",
        "shadow",
        "canary",
        "live",
        "retired",
    ]


def test_a_handler_that_nobody_moved_is_off() -> None:
    assert Flags().of("build") == Flag(handler="build", stage=Stage.OFF)
    assert Flags().source is Source.NEVER


def test_flags_have_an_age_once_they_were_read() -> None:
    assert Flags().age(NOON) is None
    read = Flags(read_at=NOON)
    assert read.age(NOON + timedelta(seconds=1.5)) == 1.5
    assert read.age(NOON - timedelta(hours=1)) == 0.0  # a clock was put back


def test_the_newest_change_is_that_of_any_flag() -> None:
    assert Flags().changed_at is None
    flags = {
        name: Flag(handler=name, changed_at=moment)
        for name, moment in (("a", NOON), ("b", NOON + timedelta(1)), ("c", None))
    }
    assert Flags(flags=flags).changed_at == NOON + timedelta(1)


def test_keys_given_as_a_list_are_the_same_terms() -> None:
    assert Terms(allow=["a", "b"]) == Terms(allow=frozenset({"b", "a"}))  # type: ignore[arg-type]
