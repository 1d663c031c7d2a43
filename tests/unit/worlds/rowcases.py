"""Which tables, sinks and scratch databases do the tests of recorded rows use?"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import JSON, Engine, ForeignKey, ForeignKeyConstraint, MetaData, UniqueConstraint, create_engine, func
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from tasksplit.worlds.rows_answers import RowAnswers
from tasksplit.worlds.rows_recorded import RecordedRows
from tasksplit.worlds.rows_recorder import RowRecorder
from tasksplit.worlds.sink import Alarm, Missed

FIRST_ID = 1_900_000_000


class Colour(enum.Enum):
    red = "r"
    green = "g"


class Base(DeclarativeBase):
    """The declarative base of these tables."""


class Project(Base):
    __tablename__ = "rowcase_projects"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    note: Mapped[str | None]
    builds: Mapped[list[Build]] = relationship(
        cascade="all, delete-orphan", back_populates="project", order_by="Build.id"
    )


class Build(Base):
    __tablename__ = "rowcase_builds"
    __table_args__ = (UniqueConstraint("build_id", "chroot"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[str]
    chroot: Mapped[str]
    status: Mapped[str] = mapped_column(default="pending")
    project_id: Mapped[int] = mapped_column(ForeignKey("rowcase_projects.id"))
    project: Mapped[Project] = relationship(back_populates="builds")


class Run(Base):
    __tablename__ = "rowcase_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    colour: Mapped[Colour | None]
    count: Mapped[int] = mapped_column(server_default="7")
    made: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC).replace(tzinfo=None))
    stamp: Mapped[datetime | None] = mapped_column(onupdate=func.now())


class Listening:
    """A sink that counts in one frame at a time and takes nothing quietly."""

    viewing = False

    def __init__(self) -> None:
        self.at = 0

    def frame(self) -> int:
        return self.at

    def call(self, entry: dict[str, Any]) -> None:
        raise AssertionError(entry)

    def alarm(self, alarm: Alarm) -> None:
        raise AssertionError(alarm)

    def miss(self, what: str) -> NoReturn:
        raise Missed(what)

    def failed(self, step: str, error: BaseException) -> None:
        raise AssertionError(step) from error


class Real:
    """The real database of a test, and what records it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sink = Listening()
        Base.metadata.drop_all(engine)
        Base.metadata.create_all(engine)
        self.recorder = RowRecorder(engine, Base.metadata, self.sink)
        with Session(engine) as session:
            session.add(Project(name="one", note="n", builds=[_build("1", "a"), _build("1", "b"), _build("2", "a")]))
            session.add(Project(name="two"))
            session.add(Run(data={"x": [1]}, colour=Colour.red, made=datetime(2026, 1, 2)))
            session.commit()
        self.recorder.install()

    def record(self, work: Callable[[Session], Any]) -> tuple[Any, RecordedRows]:
        self.recorder.begin()
        with Session(self.engine) as session:
            value = work(session)
        return value, self.recorder.end()

    def dump(self) -> dict[str, dict[Any, dict[str, Any]]]:
        with self.engine.connect() as connection:
            return {
                t.key: {row.id: dict(row._mapping) for row in connection.execute(t.select())}
                for t in Base.metadata.sorted_tables
            }

    def close(self) -> None:
        self.recorder.uninstall()
        Base.metadata.drop_all(self.engine)
        self.engine.dispose()


def _build(number: str, chroot: str) -> Build:
    return Build(build_id=number, chroot=chroot)


class Replayed:
    """A scratch database filled from a recording, and what answers from it."""

    def __init__(self, path: Path, recorded: RecordedRows) -> None:
        self.engine = create_engine(f"sqlite:///{path}")
        metadata = MetaData()
        for table in Base.metadata.sorted_tables:
            copy = table.to_metadata(metadata)
            for key in [c for c in copy.constraints if isinstance(c, ForeignKeyConstraint)]:
                copy.constraints.remove(key)
            for column in copy.columns:
                column.nullable = not column.primary_key
            copy.dialect_options["sqlite"]["autoincrement"] = True
        metadata.create_all(self.engine)
        self.sink = Listening()
        self.answers = RowAnswers(self.engine, Base.metadata, self.sink)
        with self.engine.begin() as connection:
            self.answers.fill(connection, recorded)
            for index, table in enumerate(Base.metadata.sorted_tables):
                connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
                connection.exec_driver_sql(
                    "INSERT INTO sqlite_sequence VALUES (?, ?)", (table.name, FIRST_ID + index * 100_000)
                )
        self.answers.install()

    def run(self, work: Callable[[Session], Any]) -> Any:
        with Session(self.engine) as session:
            return work(session)

    def close(self) -> None:
        self.answers.uninstall()
        self.engine.dispose()
