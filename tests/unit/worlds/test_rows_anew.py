"""Which answers are kept under the ids that a replay gives to rows that it makes anew?"""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table

from tasksplit.worlds.rows_anew import MOST_ALIKE, kept_under_both
from tasksplit.worlds.rows_recorded import Answer, Effect, RecordedRows
from tasksplit.worlds.scratch import FIRST_ID, IDS_PER_TABLE

METADATA = MetaData()
BUILDS = Table("builds", METADATA, Column("id", Integer, primary_key=True))
STEPS = Table("steps", METADATA, Column("id", Integer, primary_key=True), Column("text", String))
FIRST = {"builds": FIRST_ID, "steps": FIRST_ID + IDS_PER_TABLE}


def inserted(table: str, **key: Any) -> Effect:
    return (0, table, "insert", key, {})


def asked(*values: Any, statement: str = "SELECT 1") -> Answer:
    parameters = tuple((f"p{place}", value) for place, value in enumerate(values))
    return (statement, parameters, ("steps",), ((len(values),),))


def kept(effects: list[Effect], *answers: Answer) -> list[tuple[Any, ...]]:
    """Return the parameters under which there is an answer."""
    found = kept_under_both(RecordedRows(effects=tuple(effects), answers=answers), METADATA).answers
    return [tuple(value for _name, value in parameters) for _statement, parameters, _tables, _rows in found]


def test_what_was_asked_by_the_real_id_is_found_by_the_one_of_a_replay() -> None:
    assert kept([inserted("builds", id=77)], asked(77), asked("77"), asked(78)) == [
        (77,), (FIRST["builds"] + 1,), ("77",), (78,),
    ]  # fmt: skip


def test_the_answer_itself_stays_as_it_was() -> None:
    answer = asked(77, "x", statement="SELECT a")
    recorded = RecordedRows(effects=(inserted("builds", id=77),), answers=(answer,))
    first, second = kept_under_both(recorded, METADATA).answers
    assert first == answer
    assert (second[0], second[1][1], second[2:]) == (answer[0], answer[1][1], answer[2:])


def test_ids_are_counted_in_the_order_of_the_real_ones_and_by_table() -> None:
    effects = [inserted("builds", id=90), inserted("builds", id=80), inserted("steps", id=5)]
    assert kept(effects, asked(80), asked(90), asked(5)) == [
        (80,), (FIRST["builds"] + 1,), (90,), (FIRST["builds"] + 2,), (5,), (FIRST["steps"] + 1,),
    ]  # fmt: skip


def test_an_id_that_two_tables_gave_is_kept_under_each() -> None:
    effects = [inserted("builds", id=5), inserted("steps", id=5)]
    assert kept(effects, asked(5)) == [(5,), (FIRST["builds"] + 1,), (FIRST["steps"] + 1,)]


def test_several_parameters_are_kept_in_each_combination_up_to_a_bound() -> None:
    effects = [inserted("builds", id=5)]
    new = FIRST["builds"] + 1
    assert kept(effects, asked(5, "x", 5)) == [(5, "x", 5), (5, "x", new), (new, "x", 5), (new, "x", new)]
    assert len(kept(effects, asked(*[5] * MOST_ALIKE))) == 2**MOST_ALIKE
    assert kept(effects, asked(*[5] * (MOST_ALIKE + 1))) == [(5,) * (MOST_ALIKE + 1)]


def test_only_inserts_under_one_number_count() -> None:
    effects: list[Effect] = [
        (0, "builds", "update", {"id": 5}, {}), inserted("steps", left=5, right=6), inserted("steps", id="5"),
        inserted("steps", id=True),
    ]  # fmt: skip
    assert kept(effects, asked(5), asked(True), asked(1)) == [(5,), (True,), (1,)]


def test_where_nothing_was_made_it_is_the_same_object() -> None:
    recorded = RecordedRows(answers=(asked(5),))
    assert kept_under_both(recorded, METADATA) is recorded


@given(
    made=st.sets(st.integers(1, 50), max_size=5),
    parameters=st.lists(st.lists(st.integers(1, 60) | st.sampled_from(["5", None, True]), max_size=3), max_size=4),
)
def test_every_answer_is_still_there_first_and_each_addition_is_for_a_row_that_was_made(
    made: set[int], parameters: list[list[Any]]
) -> None:
    answers = [asked(*values, statement=f"SELECT {place}") for place, values in enumerate(parameters)]
    recorded = RecordedRows(effects=tuple(inserted("builds", id=one) for one in made), answers=tuple(answers))
    found = kept_under_both(recorded, METADATA)
    assert [next(one for one in found.answers if one[0] == answer[0]) for answer in answers] == answers
    news = {FIRST["builds"] + place: one for place, one in enumerate(sorted(made), 1)}
    was = {answer[0]: tuple(value for _name, value in answer[1]) for answer in answers}
    for statement, pairs, _tables, _rows in found.answers:
        assert tuple(news.get(value, value) for _name, value in pairs) == was[statement]
    assert (found.effects, found.rows) == (recorded.effects, recorded.rows)
