"""Can the recording answer what the replayed side asks, and does it say so where it cannot?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, func, insert, select, text, update
from sqlalchemy.orm import Session, joinedload

from tasksplit.worlds.rows_recorded import RecordedRows
from tasksplit.worlds.sink import Missed
from tests.unit.worlds.rowcases import Build, Colour, Project, Real, Replayed, Run

Work = Callable[[Session], Any]


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    real = Real(create_engine(f"sqlite:///{tmp_path / 'real.db'}"))
    yield real
    real.close()


@pytest.fixture
def replay(real: Real, tmp_path: Path) -> Iterator[Callable[[Work], Replayed]]:
    """Record some work, and give the scratch world that its recording makes."""
    opened: list[Replayed] = []

    def make(work: Work) -> Replayed:
        opened.append(Replayed(tmp_path / f"scratch{len(opened)}.db", real.record(work)[1]))
        return opened[-1]

    yield make
    for replayed in opened:
        replayed.close()


Replay = Callable[[Work], Replayed]


def statuses(session: Session, *conditions: Any) -> list[str]:
    return [b.status for b in session.scalars(select(Build).where(*conditions).order_by(Build.id))]


def test_a_key_that_was_read_is_known_and_one_that_was_not_is_a_miss(replay: Replay) -> None:
    scratch = replay(lambda s: [s.get(Build, 1), s.get(Build, 99)])
    assert scratch.run(lambda s: s.get_one(Build, 1).chroot) == "a"
    assert scratch.run(lambda s: s.get(Build, 99)) is None
    with pytest.raises(Missed, match="FROM rowcase_builds WHERE"):
        scratch.run(lambda s: s.get(Build, 2))


def test_conditions_that_say_more_than_a_complete_query_are_covered(replay: Replay) -> None:
    scratch = replay(lambda s: statuses(s, Build.build_id == "1"))
    assert scratch.run(lambda s: statuses(s, Build.build_id == "1", Build.chroot == "b")) == ["pending"]
    assert scratch.run(lambda s: statuses(s, Build.build_id == "1", Build.chroot.like("z%"))) == []
    with pytest.raises(Missed):
        scratch.run(lambda s: statuses(s, Build.chroot == "b"))


def test_in_counts_as_several_equalities(replay: Replay) -> None:
    scratch = replay(lambda s: [statuses(s, Build.build_id == "1"), statuses(s, Build.build_id == "2")])
    assert scratch.run(lambda s: statuses(s, Build.build_id.in_(["1", "2"]))) == ["pending"] * 3
    with pytest.raises(Missed):
        scratch.run(lambda s: statuses(s, Build.build_id.in_(["1", "3"])))


def test_in_that_was_recorded_covers_each_of_its_values(replay: Replay) -> None:
    scratch = replay(lambda s: statuses(s, Build.build_id.in_(["2", "7"])))
    assert scratch.run(lambda s: statuses(s, Build.build_id == "7")) == []
    assert scratch.run(lambda s: statuses(s, Build.build_id == "2")) == ["pending"]


def test_a_unique_key_finds_a_row(replay: Replay) -> None:
    scratch = replay(lambda s: s.get(Build, 2))
    assert scratch.run(lambda s: statuses(s, Build.build_id == "1", Build.chroot == "b")) == ["pending"]
    with pytest.raises(Missed):
        scratch.run(lambda s: statuses(s, Build.build_id == "1", Build.chroot == "a"))


def test_a_limit_that_held_rows_back_covers_only_the_same_statement(replay: Replay) -> None:
    first = select(Build).where(Build.build_id == "1").order_by(Build.id).limit(1)
    scratch = replay(lambda s: s.scalars(first).all())
    assert scratch.run(lambda s: [b.id for b in s.scalars(first)]) == [1]
    with pytest.raises(Missed):
        scratch.run(lambda s: statuses(s, Build.build_id == "1"))


def test_counts_and_joins_get_the_recorded_answer_until_a_table_is_written(replay: Replay) -> None:
    joined = select(Project).options(joinedload(Project.builds)).order_by(Project.id)

    def work(session: Session) -> Any:
        count = session.scalar(select(func.count()).select_from(Build).where(Build.status == "pending"))
        return count, [(p.name, [b.chroot for b in p.builds]) for p in session.scalars(joined).unique()]

    scratch = replay(work)
    assert scratch.run(work) == (3, [("one", ["a", "b", "a"]), ("two", [])])

    def write(session: Session) -> None:
        session.add(Build(build_id="9", chroot="z", project_id=1))
        session.commit()

    scratch.run(write)
    with pytest.raises(Missed):
        scratch.run(work)


def test_a_column_that_was_not_loaded_is_a_miss_when_it_is_used(replay: Replay) -> None:
    scratch = replay(lambda s: s.execute(select(Build.id, Build.chroot).where(Build.build_id == "1")).all())

    def partly(session: Session) -> Any:
        build = session.scalars(select(Build).where(Build.build_id == "1", Build.chroot == "b")).one()
        return build.chroot, build.build_id

    assert scratch.run(partly) == ("b", "1")
    with pytest.raises(Missed, match="was not loaded"):
        scratch.run(lambda s: statuses(s, Build.build_id == "1"))
    with pytest.raises(Missed, match="was not loaded"):
        scratch.run(lambda s: s.scalars(select(Build).where(Build.build_id == "1", Build.status == "x")).all())


def test_own_writes_apply_on_top(replay: Replay) -> None:
    def work(session: Session) -> Any:
        project = Project(name="new")
        session.add(project)
        session.flush()
        empty = statuses(session, Build.project_id == project.id)
        project.builds.append(Build(build_id="8", chroot="q"))
        session.get_one(Build, 1).status = "mine"
        session.commit()
        return empty, statuses(session, Build.project_id == project.id), session.get_one(Build, 1).status

    scratch = replay(work)
    assert scratch.run(work) == ([], ["pending"], "mine")


def test_bulk_changes_need_coverage_too(replay: Replay) -> None:
    def work(session: Session) -> None:
        session.execute(update(Build).where(Build.build_id == "1").values(status="bulk"))
        session.commit()

    scratch = replay(lambda s: statuses(s, Build.build_id == "1"))
    scratch.run(work)
    assert scratch.run(lambda s: statuses(s, Build.build_id == "1")) == ["bulk", "bulk"]
    with pytest.raises(Missed):
        scratch.run(lambda s: s.execute(delete(Build).where(Build.chroot == "a")))
    with pytest.raises(Missed):
        scratch.run(lambda s: s.execute(text("DELETE FROM rowcase_builds")))
    with pytest.raises(Missed):
        scratch.run(lambda s: s.connection().exec_driver_sql("SELECT 1"))


def test_json_enums_and_dates_come_back_as_they_were(replay: Replay) -> None:
    def work(session: Session) -> Any:
        run = session.scalars(select(Run).where(Run.colour == Colour.red)).one()
        return run.data, run.colour, run.made, session.scalar(select(func.max(Run.made)).where(Run.data.is_not(None)))

    when = datetime(2026, 1, 2)
    assert replay(work).run(work) == ({"x": [1]}, Colour.red, when, when)


def test_an_empty_recording_answers_nothing(tmp_path: Path) -> None:
    scratch = Replayed(tmp_path / "scratch.db", RecordedRows())
    with pytest.raises(Missed):
        scratch.run(lambda s: s.get(Build, 1))
    scratch.close()


# -- sequences of operations: the same reads and the same net effects

_NUMBER, _CHROOT, _STATUS = st.sampled_from("123"), st.sampled_from("abc"), st.sampled_from("xyz")
_OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), _NUMBER, _CHROOT),
        st.tuples(st.just("set"), _NUMBER, _STATUS),
        st.tuples(st.just("bulk"), _NUMBER, _STATUS),
        st.tuples(st.just("core"), _CHROOT, _STATUS),
        st.tuples(st.just("add"), _NUMBER, _CHROOT),
        st.tuples(st.just("delete"), _NUMBER, _CHROOT),
        st.tuples(st.just("drop"), _NUMBER, _CHROOT),
        st.tuples(st.sampled_from(["commit", "rollback", "nest", "unnest", "lose"]), _NUMBER, _CHROOT),
    ),
    max_size=14,
)


def _perform(session: Session, operations: list[tuple[str, str, str]]) -> list[Any]:  # noqa: PLR0912  # a list of cases
    seen: list[Any] = []
    nested: list[Any] = []
    for what, one, two in operations:
        if what == "read":
            query = select(Build).where(Build.build_id == one, Build.chroot == two)
            seen.append([(b.build_id, b.chroot, b.status) for b in session.scalars(query)])
        elif what == "set":
            for build in session.scalars(select(Build).where(Build.build_id == one)).all():
                build.status = two
        elif what == "bulk":
            session.execute(update(Build).where(Build.build_id == one).values(status=two))
        elif what == "core":
            session.flush()
            session.connection().execute(
                update(Build.__table__).where(Build.__table__.c.chroot == one).values(status=two)
            )
        elif what == "add":
            if session.scalar(select(Build).where(Build.build_id == one, Build.chroot == two)) is None:
                session.execute(insert(Build), [{"build_id": one, "chroot": two, "project_id": 1}])
        elif what == "delete":
            for build in session.scalars(select(Build).where(Build.build_id == one, Build.chroot == two)).all():
                session.delete(build)
        elif what == "drop":
            session.execute(delete(Build).where(Build.build_id == one))
        elif what == "nest":
            nested.append(session.begin_nested())
        elif what in ("unnest", "lose") and nested:
            (nested.pop().commit if what == "unnest" else nested.pop().rollback)()
        elif what in ("commit", "rollback"):
            nested.clear()
            getattr(session, what)()
    session.rollback()
    return seen


def _names(rows: dict[Any, dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(r["build_id"], r["chroot"]): r["status"] for r in rows.values()}


@settings(max_examples=40, deadline=None)
@given(_OPERATIONS)
def test_recorded_and_replayed_alike(operations: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        real = Real(create_engine(f"sqlite:///{folder}/real.db"))
        before = real.dump()[Build.__tablename__]
        reads, recorded = real.record(lambda session: _perform(session, operations))
        after = real.dump()[Build.__tablename__]
        assert _applied(before, recorded) == after
        assert all(before[r["id"]].items() >= r.items() for r in recorded.rows.get(Build.__tablename__, ()))
        assert recorded.uncovered == ()

        scratch = Replayed(Path(folder) / "scratch.db", recorded)
        again = RecordedAgain(scratch)
        assert again.run(operations) == reads
        expected = _names(after)
        for name, status in again.rows().items():
            assert expected[name] == status
        real.close()
        scratch.close()


class RecordedAgain:
    """The same operations on the scratch world, and what is there afterwards."""

    def __init__(self, scratch: Replayed) -> None:
        self.scratch = scratch

    def run(self, operations: list[tuple[str, str, str]]) -> list[Any]:
        value: list[Any] = self.scratch.run(lambda session: _perform(session, operations))
        return value

    def rows(self) -> dict[tuple[str, str], str]:
        self.scratch.answers.uninstall()
        with self.scratch.engine.connect() as connection:
            rows = connection.execute(Build.__table__.select()).all()
        return _names({row.id: dict(row._mapping) for row in rows})


def _applied(before: dict[Any, dict[str, Any]], recorded: RecordedRows) -> dict[Any, dict[str, Any]]:
    rows = {key: dict(row) for key, row in before.items()}
    for _, table, op, key, columns in recorded.effects:
        assert table == Build.__tablename__
        if op == "delete":
            del rows[key["id"]]
        elif op == "insert":
            assert key["id"] not in rows
            rows[key["id"]] = dict(columns)
        else:
            rows[key["id"]].update(columns)
    return rows
