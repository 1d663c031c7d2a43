"""Which cases must hold on every real database?"""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, scoped_session, sessionmaker

from tests.unit.worlds.rowcases import Build, Colour, Project, Real, Run

P, B, R = "rowcase_projects", "rowcase_builds", "rowcase_runs"


class RowRecorderContract:
    """What a recorder must see; subclasses give ``real``."""

    def test_plain_assignment_and_commit(self, real: Real) -> None:
        def work(session: Session) -> None:
            session.get_one(Build, 1).status = "done"
            session.commit()

        _, recorded = real.record(work)
        assert recorded.effects == ((0, B, "update", {"id": 1}, {"status": "done"}),)
        assert recorded.rows[B] == ({"id": 1, "build_id": "1", "chroot": "a", "status": "pending", "project_id": 1},)
        assert recorded.queries == ((B, (("id", (1,)),), True),)
        assert (recorded.uncovered, recorded.selects) == ((), 1)

    def test_an_assignment_that_is_not_committed_is_none(self, real: Real) -> None:
        def work(session: Session) -> None:
            session.get_one(Build, 1).status = "done"
            session.flush()

        assert real.record(work)[1].effects == ()

    def test_rollback_to_a_savepoint_takes_only_its_own_changes_back(self, real: Real) -> None:
        def work(session: Session) -> None:
            session.get_one(Build, 1).status = "kept"
            session.flush()
            nested = session.begin_nested()
            session.get_one(Build, 2).status = "lost"
            session.flush()
            nested.rollback()
            with session.begin_nested():
                session.get_one(Build, 3).status = "kept"
            session.commit()

        effects = real.record(work)[1].effects
        assert [(e[3]["id"], e[4]) for e in effects] == [(1, {"status": "kept"}), (3, {"status": "kept"})]

    def test_net_changes_per_frame(self, real: Real) -> None:
        def work(session: Session) -> None:
            for frame, status in ((1, "x"), (1, "pending"), (2, "y"), (3, "z")):
                real.sink.at = frame
                session.get_one(Build, 1).status = status
                session.commit()
            new = Project(name="short")
            session.add(new)
            session.commit()
            session.delete(new)
            session.commit()

        _, recorded = real.record(work)
        assert recorded.effects == (
            (2, B, "update", {"id": 1}, {"status": "y"}),
            (3, B, "update", {"id": 1}, {"status": "z"}),
        )
        assert P not in recorded.rows

    def test_two_sessions(self, real: Real) -> None:
        def work(session: Session) -> None:
            with Session(real.engine) as other:
                assert session.get_one(Build, 1).status == "pending"
                session.rollback()
                other.get_one(Build, 2).status = "lost"
                other.flush()
                other.rollback()
                session.get_one(Build, 1).status = "kept"
                session.commit()

        assert [e[3:] for e in real.record(work)[1].effects] == [({"id": 1}, {"status": "kept"})]

    def test_bulk_orm_update_and_delete(self, real: Real) -> None:
        def work(session: Session) -> None:
            session.execute(update(Build).where(Build.build_id == "1").values(status="bulk"))
            session.execute(delete(Build).where(Build.build_id.in_(["2"])))
            session.query(Project).filter(Project.name == "two").update({"note": Project.name + "!"})
            session.commit()

        _, recorded = real.record(work)
        assert recorded.effects == (
            (0, B, "update", {"id": 1}, {"status": "bulk"}),
            (0, B, "update", {"id": 2}, {"status": "bulk"}),
            (0, B, "delete", {"id": 3}, {}),
            (0, P, "update", {"id": 2}, {"note": "two!"}),
        )
        assert {r["status"] for r in recorded.rows[B]} == {"pending"}
        assert recorded.uncovered == ()

    def test_core_statements_on_a_connection_are_not_invisible(self, real: Real) -> None:
        table = Build.__table__

        def work(_: Session) -> None:
            with real.engine.begin() as connection:
                connection.execute(update(table).where(table.c.id == 1).values(status="core"))
                connection.execute(
                    insert(Project.__table__), [{"name": "m1", "note": None}, {"name": "m2", "note": "x"}]
                )
                connection.execute(delete(table).where(table.c.id == 3))
                connection.execute(update(table).where(table.c.id == 99).values(status="nobody"))

        _, recorded = real.record(work)
        assert recorded.effects == (
            (0, B, "update", {"id": 1}, {"status": "core"}),
            (0, P, "insert", {"id": 3}, {"id": 3, "name": "m1", "note": None}),
            (0, P, "insert", {"id": 4}, {"id": 4, "name": "m2", "note": "x"}),
            (0, B, "delete", {"id": 3}, {}),
        )
        assert recorded.uncovered == ()

    def test_cascades_and_collections(self, real: Real) -> None:
        def work(session: Session) -> None:
            session.delete(session.get_one(Project, 1))
            session.commit()

        _, recorded = real.record(work)
        assert [(e[1], e[2], e[3]["id"]) for e in recorded.effects] == [
            *((B, "delete", i) for i in (1, 2, 3)),
            (P, "delete", 1),
        ]
        assert (B, (("project_id", (1,)),), True) in recorded.queries

    def test_defaults_json_enums_and_what_the_database_makes(self, real: Real) -> None:
        def work(session: Session) -> None:
            data = {"a": [1]}
            run = Run(data=data, colour=Colour.green)
            session.add(run)
            session.commit()
            data["a"].append(2)  # later, in place
            session.get_one(Run, 1).colour = None
            session.commit()

        _, recorded = real.record(work)
        inserted, updated = recorded.effects
        assert inserted[4] | {"made": None} == {
            **{"id": 2, "data": {"a": [1]}, "colour": "green", "count": 7, "made": None, "stamp": None}
        }
        assert type(inserted[4]["made"]) is datetime
        assert updated[4].keys() == {"colour", "stamp"}
        assert recorded.rows[R][0]["colour"] == "red"

    def test_an_integrity_error_and_what_comes_after(self, real: Real) -> None:
        def work(session: Session) -> None:
            session.add(Build(build_id="1", chroot="a", project_id=1))
            with pytest.raises(IntegrityError):
                session.commit()
            session.rollback()
            session.execute(update(Build).where(Build.status == "pending").values(status="after"))
            session.commit()

        _, recorded = real.record(work)
        assert [e[2] for e in recorded.effects] == ["update"] * 3
        assert recorded.uncovered == ()

    def test_objects_that_a_session_still_holds(self, real: Real) -> None:
        factory = scoped_session(sessionmaker(bind=real.engine, expire_on_commit=False))
        build = factory.get_one(Build, 1)
        factory.commit()

        def work(_: Session) -> None:
            assert build.build_id == "1"
            build.status = "held"
            factory.commit()

        _, recorded = real.record(work)
        factory.remove()
        assert recorded.effects == ((0, B, "update", {"id": 1}, {"status": "held"}),)
        assert recorded.rows[B][0]["status"] == "pending"

    def test_a_blind_update_of_an_expired_object_reads_the_row_first(self, real: Real) -> None:
        module_global = Session(real.engine)
        build = module_global.get_one(Build, 1)
        module_global.commit()

        def work(_: Session) -> None:
            build.status = "blind"
            module_global.commit()

        _, recorded = real.record(work)
        module_global.close()
        assert recorded.effects == ((0, B, "update", {"id": 1}, {"status": "blind"}),)
        assert recorded.rows[B][0]["status"] == "pending"

    def test_queries_and_answers(self, real: Real) -> None:
        def work(session: Session) -> None:
            session.scalars(select(Build).where(Build.build_id == "1", Build.chroot.in_(["a", "b"]))).all()
            session.scalars(select(Project).where(Project.note.is_(None)).limit(5)).all()
            session.scalars(select(Project).order_by(Project.id).limit(1)).all()
            session.scalar(select(func.count()).select_from(Build))
            session.scalars(select(Project).options(joinedload(Project.builds))).unique().all()
            session.execute(select(Build.id, Build.status).where(Build.project_id == 1)).all()

        _, recorded = real.record(work)
        assert recorded.queries == (
            (B, (("build_id", ("1",)), ("chroot", ("a", "b"))), True),
            (P, (("note", (None,)),), True),
            (P, (), False),
            (B, (("project_id", (1,)),), True),
        )
        assert [(len(a[3]), a[2]) for a in recorded.answers] == [(1, (P,)), (1, (B,)), (4, (B, P))]
        assert recorded.selects == 6

    def test_what_cannot_be_followed_is_named(self, real: Real) -> None:
        def work(session: Session) -> None:
            real.sink.at = 4
            session.execute(text("UPDATE rowcase_builds SET status = 'text'"))
            session.commit()
            with real.engine.begin() as connection:
                connection.exec_driver_sql("SELECT 1")
            raw = real.engine.raw_connection()
            raw.close()

        _, recorded = real.record(work)
        assert [(f, r.split(":")[1].strip()) for f, r in recorded.uncovered] == [
            (4, "not followed"),
            (4, "not followed"),
            (-1, "a raw connection was taken from the pool"),
        ]

    def test_rows_read_after_a_change_that_was_not_followed_do_not_tell_what_was_before(self, real: Real) -> None:
        def work(session: Session) -> None:
            session.get_one(Build, 1)
            session.execute(text("UPDATE rowcase_builds SET status = 'text'"))
            session.expire_all()
            assert session.get_one(Build, 1).status == "text"
            assert session.get_one(Build, 2).status == "text"

        _, recorded = real.record(work)
        assert [(r["id"], r["status"]) for r in recorded.rows[B]] == [(1, "pending")]
        assert recorded.queries == ((B, (("id", (1,)),), True),)

    def test_a_transaction_left_open_is_named(self, real: Real) -> None:
        session = Session(real.engine)

        def work(_: Session) -> None:
            session.get_one(Build, 1).status = "open"
            session.flush()

        _, recorded = real.record(work)
        session.close()
        assert recorded.effects == ()
        assert len(recorded.uncovered) == 1
