"""Every committed change of a row is seen, net, in the boundary where it happened; nothing else is."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from tasksplit.errors import DeclarationError
from tasksplit.model.migration import Database
from tasksplit.worlds.scratch import FIRST_ID, IDS_PER_TABLE, Change, Scratch, engine_of
from tasksplit.worlds.sink import ACTIVE, Refused
from tests.unit.worlds import rows
from tests.unit.worlds.rows import Build, Group, Link, Named, State, Step
from tests.unit.worlds.sinks import Kept, listening

HERE = "tests.unit.worlds.rows"


class Told(Kept):
    """A sink whose boundary can be changed."""


@pytest.fixture
def scratch() -> Iterator[Scratch]:
    found = Scratch(Database(f"{HERE}:engine"), strict=True)
    found.install()
    try:
        with Session(rows.engine) as session:
            session.add_all([
                Build(id=1, name="one", state=State.new, steps=[Step(id=10, text="a"), Step(id=11, text="b")]),
                Build(id=2, name="two", data={"k": [1, 2]}, price=Decimal("1.50"), blob=b"\x00"),
                Link(left=1, right="x", weight=1), Group(id=1), Named(name="n", code=1),
            ])  # fmt: skip
            session.commit()
        found.ready()
        yield found
    finally:
        found.uninstall()


@pytest.fixture
def sink(scratch: Scratch) -> Iterator[Kept]:
    with listening() as kept:
        yield kept


def _changes(scratch: Scratch) -> list[tuple[int, str, str, dict[str, Any], dict[str, Any]]]:
    before, ACTIVE.sink = ACTIVE.sink, None
    try:
        found, _made = scratch.changes()
    finally:
        ACTIVE.sink = before
    return [(c.frame, c.table, c.op, c.key, c.columns) for c in found]


def _update(table: str, key: dict[str, Any], columns: dict[str, Any], frame: int = 0) -> tuple[Any, ...]:
    return (frame, table, "update", key, columns)


ONE = _update("builds", {"id": 1}, {"name": "new"})


def _flush(session: Session) -> None:
    build = session.get_one(Build, 1)
    build.name = "new"
    session.flush()
    session.commit()


def _assign(session: Session) -> None:
    session.get_one(Build, 1).name = "new"
    session.commit()


def _bulk(session: Session) -> None:
    session.query(Build).filter_by(id=1).update({"name": "new"})
    session.commit()


def _orm_update(session: Session) -> None:
    session.execute(update(Build).where(Build.id == 1).values(name="new"))
    session.commit()


def _mappings(session: Session) -> None:
    session.execute(update(Build), [{"id": 1, "name": "new"}])
    session.commit()


def _text(session: Session) -> None:
    session.execute(text("UPDATE builds SET name = 'new' WHERE id = 1"))
    session.commit()


def _core(_session: Session) -> None:
    with rows.engine.begin() as connection:
        connection.execute(update(Build.__table__).where(Build.__table__.c.id == 1).values(name="new"))


def _driver(_session: Session) -> None:
    with rows.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE builds SET name = ? WHERE id = ?", ("new", 1))


def _autocommit(_session: Session) -> None:
    with rows.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("UPDATE builds SET name = 'new' WHERE id = 1"))


def _raw(_session: Session) -> None:
    connection = rows.engine.raw_connection()
    connection.cursor().execute("UPDATE builds SET name = 'new' WHERE id = 1")
    connection.commit()
    connection.close()


def _merge(session: Session) -> None:
    session.merge(Build(id=1, name="new"))
    session.commit()


def _begin(session: Session) -> None:
    with session.begin():
        session.get_one(Build, 1).name = "new"


def _nested(session: Session) -> None:
    with session.begin_nested():
        session.get_one(Build, 1).name = "new"
    session.commit()


@pytest.mark.usefixtures("sink")
@pytest.mark.parametrize(
    "change",
    [
        _flush, _assign, _bulk, _orm_update, _mappings, _text, _core, _driver, _autocommit, _raw, _merge, _begin,
        _nested,
    ],
)  # fmt: skip
def test_every_way_to_change_a_row_is_seen(scratch: Scratch, change: Callable[[Session], None]) -> None:
    with Session(rows.engine) as session:
        change(session)
    assert _changes(scratch) == [ONE]


@pytest.mark.usefixtures("sink")
@pytest.mark.parametrize("session", [rows.maker(), rows.scoped, rows.early])
def test_sessions_made_before_the_world_was_changed_act_in_it(scratch: Scratch, session: Any) -> None:
    session.get(Build, 1).name = "new"
    session.commit()
    assert _changes(scratch) == [ONE]


@pytest.mark.usefixtures("sink")
def test_what_is_not_committed_is_no_change(scratch: Scratch) -> None:
    session = Session(rows.engine)
    session.get_one(Build, 1).name = "one"
    assert scratch.uncommitted() is False  # it was that before
    session.get_one(Build, 1).name = "new"
    assert scratch.uncommitted() is True
    session.flush()
    assert scratch.uncommitted() is True
    assert _changes(scratch) == []
    session.close()


@pytest.mark.usefixtures("sink")
def test_a_session_left_open_by_one_message_is_nothing_to_the_next(scratch: Scratch) -> None:
    left = Session(rows.engine)
    left.get_one(Build, 1).name = "left"
    left.flush()
    ACTIVE.sink = None
    scratch.changes()
    scratch.empty()
    with Session(rows.engine) as session:
        session.add(Build(id=1, name="one"))
        session.commit()
    scratch.ready()
    with listening():
        rows.early.get_one(Build, 1).name = "new"
        rows.early.commit()
    assert _changes(scratch) == [ONE]


@pytest.mark.usefixtures("sink")
def test_a_rollback_takes_its_changes_with_it(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        session.get_one(Build, 1).name = "never"
        session.flush()
        session.rollback()
        session.get_one(Build, 2).name = "new"
        session.commit()
    assert _changes(scratch) == [_update("builds", {"id": 2}, {"name": "new"})]


@pytest.mark.usefixtures("sink")
def test_a_savepoint_that_is_rolled_back_takes_its_changes_alone(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        session.get_one(Build, 2).name = "new"
        session.flush()
        nested = session.begin_nested()
        session.get_one(Build, 1).name = "never"
        session.flush()
        nested.rollback()
        session.commit()
    assert _changes(scratch) == [_update("builds", {"id": 2}, {"name": "new"})]


@pytest.mark.usefixtures("sink")
def test_an_integrity_error_is_raised_and_leaves_nothing(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        session.add(Named(name="other", code=1))
        with pytest.raises(IntegrityError):
            session.commit()
        session.rollback()
        session.get_one(Build, 1).name = "new"
        session.commit()
    assert _changes(scratch) == [ONE]


@pytest.mark.usefixtures("sink")
def test_two_sessions_see_what_the_other_committed(scratch: Scratch) -> None:
    with Session(rows.engine) as one, Session(rows.engine) as two:
        one.get_one(Build, 1).name = "new"
        one.commit()
        two.get_one(Build, 2).name = two.get_one(Build, 1).name
        two.commit()
    assert _changes(scratch) == [ONE, _update("builds", {"id": 2}, {"name": "new"})]


@pytest.mark.usefixtures("sink")
def test_net_changes_that_are_none_are_left_out(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        for name in ("other", "one"):
            session.get_one(Build, 1).name = name
            session.commit()
        build = Build(name="short-lived")
        session.add(build)
        session.commit()
        session.delete(build)
        session.commit()
    assert _changes(scratch) == []


@pytest.mark.usefixtures("sink")
def test_delete_and_insert_of_the_same_key_is_an_update(scratch: Scratch) -> None:
    with rows.engine.begin() as connection:
        connection.execute(text("DELETE FROM named"))
        connection.execute(text("INSERT INTO named (name, code) VALUES ('n', 2)"))
    assert _changes(scratch) == [_update("named", {"name": "n"}, {"code": 2})]


@pytest.mark.usefixtures("sink")
def test_a_replace_is_seen(scratch: Scratch) -> None:
    with rows.engine.begin() as connection:
        connection.execute(text("INSERT OR REPLACE INTO named (name, code) VALUES ('n', 5)"))
    assert _changes(scratch) == [_update("named", {"name": "n"}, {"code": 5})]


@pytest.mark.usefixtures("sink")
def test_a_row_replaced_over_a_unique_column_is_deleted(scratch: Scratch) -> None:
    with rows.engine.begin() as connection:
        connection.execute(text("INSERT OR REPLACE INTO named (name, code) VALUES ('m', 1)"))
    assert _changes(scratch) == [
        (0, "named", "delete", {"name": "n"}, {}),
        (0, "named", "insert", {"name": "m"}, {"name": "m", "code": 1}),
    ]


@pytest.mark.usefixtures("sink")
def test_a_changed_key_is_the_old_row_gone_and_a_new_one(scratch: Scratch) -> None:
    with rows.engine.begin() as connection:
        connection.execute(text("UPDATE named SET name = 'm' WHERE name = 'n'"))
    found = _changes(scratch)
    assert {(op, key["name"]) for _f, _t, op, key, _c in found} == {("delete", "n"), ("insert", "m")}


@pytest.mark.usefixtures("sink")
def test_relationships_and_cascades(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        build = session.get_one(Build, 1)
        del build.steps[0]
        build.steps.append(Step(text="c"))
        session.commit()
        session.delete(session.get_one(Build, 2))
        session.commit()
    assert sorted((table, op) for _f, table, op, _k, _c in _changes(scratch)) == [
        ("builds", "delete"), ("steps", "delete"), ("steps", "insert"),
    ]  # fmt: skip


@pytest.mark.usefixtures("sink")
def test_bulk_deletes_and_inserts(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        session.execute(delete(Step).where(Step.build_id == 1))
        session.execute(insert(Link), [{"left": 2, "right": "y"}, {"left": 3, "right": "z", "weight": 9}])
        session.bulk_save_objects([Group()])
        session.commit()
    found = _changes(scratch)
    assert [(t, op, key) for _f, t, op, key, _c in found if op == "delete"] == [
        ("steps", "delete", {"id": 10}), ("steps", "delete", {"id": 11}),
    ]  # fmt: skip
    assert [key for _f, t, op, key, _c in found if t == "links"] == [
        {"left": 2, "right": "y"}, {"left": 3, "right": "z"},
    ]  # fmt: skip
    assert [c for _f, t, _op, _k, c in found if t == "order"] == [{"id": FIRST_ID + _place("order") + 1, "select": ""}]


def _place(table: str) -> int:
    return [t.name for t in rows.Base.metadata.sorted_tables].index(table) * IDS_PER_TABLE


@pytest.mark.usefixtures("sink")
def test_ids_start_at_the_range_of_their_table_and_tell_it(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        build = Build(name="new", steps=[Step(), Step()])
        session.add(build)
        session.commit()
        ids = {"builds": [build.id], "steps": [s.id for s in build.steps]}
    assert ids["builds"] == [FIRST_ID + _place("builds") + 1]
    assert ids["steps"] == [FIRST_ID + _place("steps") + n for n in (1, 2)]
    ACTIVE.sink = None
    _found, made = scratch.changes()
    assert made == {ids["builds"][0]: ("builds", 0), **dict.fromkeys(ids["steps"], ("steps", 0))}


@pytest.mark.usefixtures("sink")
def test_ids_start_again_for_each_message(scratch: Scratch) -> None:
    seen = []
    for _ in range(2):
        ACTIVE.sink = None
        scratch.empty()
        scratch.ready()
        with listening(), Session(rows.engine) as session:
            group = Group()
            session.add(group)
            session.commit()
            seen.append(group.id)
    assert seen[0] == seen[1] == FIRST_ID + _place("order") + 1


@pytest.mark.usefixtures("sink")
def test_values_come_back_in_the_types_of_the_application(scratch: Scratch) -> None:
    at = datetime(2021, 2, 3, 4, 5, 6, 7)
    with Session(rows.engine) as session:
        build = session.get_one(Build, 1)
        build.state, build.data, build.price, build.blob, build.at = (
            State.done, {"a": [1, None, "ü"]}, Decimal("2.50"), b"\xff", at,
        )  # fmt: skip
        session.commit()
    columns = _changes(scratch)[0][4]
    assert columns == {
        "state": State.done.name, "data": {"a": [1, None, "ü"]}, "price": Decimal("2.50"), "blob": b"\xff", "at": at,
    }  # fmt: skip
    assert isinstance(columns["price"], Decimal)


@pytest.mark.usefixtures("sink")
def test_one_and_true_in_a_json_column_are_not_the_same(scratch: Scratch) -> None:
    with rows.engine.begin() as connection:
        connection.execute(update(Build).where(Build.id == 2).values(data={"k": [True, 2]}))
    assert _changes(scratch) == [_update("builds", {"id": 2}, {"data": {"k": [True, 2]}})]


@pytest.mark.usefixtures("sink")
def test_null_and_json_null_are_told_apart(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        session.get_one(Build, 2).price = None
        session.commit()
    assert _changes(scratch) == [_update("builds", {"id": 2}, {"price": None})]


def test_changes_belong_to_the_innermost_boundary(scratch: Scratch) -> None:
    with listening() as sink, Session(rows.engine) as session:
        session.get_one(Build, 1).name = "a"
        session.commit()
        sink.number = 3
        session.get_one(Build, 1).name = "b"
        session.commit()
    assert _changes(scratch) == [
        _update("builds", {"id": 1}, {"name": "a"}, 0), _update("builds", {"id": 1}, {"name": "b"}, 3),
    ]  # fmt: skip


def test_one_row_changed_to_and_fro_by_two_boundaries_is_two_changes(scratch: Scratch) -> None:
    with listening() as sink, Session(rows.engine) as session:
        session.get_one(Build, 1).name = "a"
        session.commit()
        sink.number = 1
        session.get_one(Build, 1).name = "one"
        session.commit()
    assert len(_changes(scratch)) == 2


def test_outside_a_boundary_nothing_is_kept(scratch: Scratch) -> None:
    with Session(rows.engine) as session:
        session.get_one(Build, 1).name = "fixture"
        session.commit()
    with listening(number=-1), Session(rows.engine) as session:
        session.get_one(Build, 1).name = "nobody"
        session.commit()
    assert _changes(scratch) == []


def test_a_thread_is_heard(scratch: Scratch, sink: Kept) -> None:
    def work() -> None:
        with Session(rows.engine) as session:
            session.get_one(Build, 1).name = "new"
            session.commit()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert _changes(scratch) == [ONE]


def test_reads_are_told_by_table(scratch: Scratch, sink: Kept) -> None:
    with Session(rows.engine) as session:
        session.scalars(select(Build).join(Step)).all()
        session.execute(select(Group.id)).all()
        session.execute(text("SELECT 1 FROM links, named")).all()
    assert {"builds", "steps", "order", "links", "named"} <= sink.tables


def test_a_view_that_reads_is_refused(scratch: Scratch, sink: Kept) -> None:
    with Session(rows.engine) as session:
        build = session.get_one(Build, 1)
        sink.viewing = True
        with pytest.raises(Refused):
            _ = build.steps
        sink.viewing = False


def test_a_message_starts_with_empty_tables(scratch: Scratch) -> None:
    with listening(), Session(rows.engine) as session:
        session.add(Link(left=7, right="q"))
        session.commit()
    scratch.empty()
    with Session(rows.engine) as session:
        assert [session.query(t).count() for t in (Build, Step, Group, Link, Named)] == [0] * 5
    assert _changes(scratch) == []


def test_rows_left_by_plain_sql_of_a_message_are_gone_for_the_next(scratch: Scratch) -> None:
    with rows.engine.begin() as connection:
        connection.execute(text("INSERT INTO links (left, right, weight) VALUES (5, 'z', 0)"))
    scratch.empty()
    with Session(rows.engine) as session:
        assert session.query(Link).count() == 0


@pytest.mark.usefixtures("sink")
def test_rows_of_a_table_without_a_key_are_counted(scratch: Scratch) -> None:
    with rows.engine.begin() as connection:
        connection.execute(insert(rows.TAGS), [{"build_id": 1, "tag": t} for t in ("a", "a", "b", "c")])
        connection.execute(delete(rows.TAGS).where(rows.TAGS.c.tag == "b"))
        connection.execute(update(rows.TAGS).where(rows.TAGS.c.tag == "c").values(tag="d"))
    held = {"build_id": 1, "tag": "a"}
    assert _changes(scratch) == [
        (0, "tags", "insert", {}, held), (0, "tags", "insert", {}, held),
        (0, "tags", "insert", {}, {"build_id": 1, "tag": "d"}),
    ]  # fmt: skip
    ACTIVE.sink = Kept(1)
    with rows.engine.begin() as connection:
        connection.execute(text("DELETE FROM tags WHERE rowid = 1"))
    assert [c for c in _changes(scratch) if c[0] == 1] == [(1, "tags", "delete", held, {})]
    ACTIVE.sink = None


def test_more_connections_than_the_pool_keeps(scratch: Scratch, sink: Kept) -> None:
    sessions = [Session(rows.engine) for _ in range(9)]
    for session in sessions:
        session.get_one(Build, 1)
    for session in sessions:
        session.close()
    assert scratch.uncommitted() is False
    _assign(sessions[0])
    assert _changes(scratch) == [ONE]


def test_two_open_transactions_that_both_write_are_our_failure(scratch: Scratch, sink: Kept) -> None:
    with Session(rows.engine) as one, Session(rows.engine) as two:
        one.get_one(Build, 1).name = "first"
        one.flush()
        two.get_one(Build, 2).name = "second"
        with pytest.raises(OperationalError, match="locked"):
            two.flush()
    assert "two transactions wrote at once" in sink.failures[0][0]


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("SELECT * FROM a_table_that_is_not_mapped", {}),
        ("SELECT date_trunc('day', at) FROM builds", {}),
        ("UPDATE builds SET name = ANY(:names)", {"names": "x"}),
        ("UPDATE builds SET name = :names", {"names": ["a", "b"]}),
    ],
)
def test_a_statement_that_it_cannot_run_is_our_failure(
    scratch: Scratch, sink: Kept, statement: str, parameters: dict[str, Any]
) -> None:
    with Session(rows.engine) as session, pytest.raises(DBAPIError):
        session.execute(text(statement), parameters)
    assert "a statement that the scratch database cannot run" in sink.failures[0][0]


def test_a_constraint_that_is_broken_is_the_user_s(scratch: Scratch, sink: Kept) -> None:
    with Session(rows.engine) as session:
        session.add(Named(name="n"))
        with pytest.raises(IntegrityError):
            session.commit()
    assert sink.failures == []


def test_the_engine_is_given_back() -> None:
    engine = rows.engine
    before = (engine.pool, engine.dialect, engine.url, engine._compiled_cache)
    scratch = Scratch(Database(f"{HERE}:engine"), strict=True)
    scratch.install()
    assert engine.pool is not before[0]
    scratch.uninstall()
    assert (engine.pool, engine.dialect, engine.url, engine._compiled_cache) == before
    again = Scratch(Database(f"{HERE}:engine"), strict=True)
    again.install()
    again.uninstall()
    assert engine.url == before[2]


def test_a_foreign_key_that_leads_nowhere_is_what_the_engine_says(scratch: Scratch, sink: Kept) -> None:
    with Session(rows.engine) as session:  # SQLite does not ask; a strict world keeps the constraint all the same
        session.add(Step(build_id=99))
        session.commit()
    assert len(_changes(scratch)) == 1


def test_what_is_no_engine_is_refused() -> None:
    with pytest.raises(DeclarationError, match="Expected a SQLAlchemy Engine"):
        engine_of(Database(f"{HERE}:not_an_engine"))
    with pytest.raises(DeclarationError, match="Expected a MetaData or a declarative base"):
        engine_of(Database(f"{HERE}:engine", metadata=f"{HERE}:not_an_engine"))


def test_a_change_is_a_value() -> None:
    change = Change(frame=0, table="t", op="insert", key={}, columns={})
    with pytest.raises(AttributeError):
        change.frame = 1  # type: ignore[misc]  # on purpose


def test_ids_start_again_with_each_message_whatever_the_last_one_inserted(scratch: Scratch) -> None:
    def made(*, keep: bool) -> int:
        scratch.empty()
        scratch.ready()
        with Session(rows.engine) as session:
            build = Build(name="new")
            session.add(build)
            session.flush()
            number = build.id
            session.commit() if keep else session.rollback()
        return number

    first = made(keep=True)
    assert first >= FIRST_ID
    assert [made(keep=False), made(keep=True), made(keep=True)] == [first] * 3


def test_what_a_session_holds_is_let_go_when_the_next_message_starts(scratch: Scratch) -> None:
    session = Session(rows.engine, expire_on_commit=False)
    build = session.scalars(select(Build)).first()
    session.commit()
    assert build in session
    scratch.empty()
    assert build not in session
