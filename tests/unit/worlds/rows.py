"""A database as users have it: an engine, sessions made early, models of every shape."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Enum,
    ForeignKey,
    Integer,
    LargeBinary,
    Numeric,
    String,
    Table,
    UniqueConstraint,
    create_engine,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    scoped_session,
    sessionmaker,
)  # fmt: skip

engine = create_engine("sqlite:////nonexistent/never-opened.db")
not_an_engine = "sqlite://"
maker = sessionmaker(engine)
scoped = scoped_session(maker)
early = Session(engine)  # made when the module is imported, and never closed


class Base(DeclarativeBase):
    pass


class State(enum.Enum):
    new = "new"
    done = "done"


class Build(Base):
    __tablename__ = "builds"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))
    state: Mapped[State | None] = mapped_column(Enum(State))
    data: Mapped[Any] = mapped_column(JSON, nullable=True)
    price: Mapped[Decimal | None] = mapped_column(Numeric(10, 2))
    blob: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime | None] = mapped_column(DateTime)
    steps: Mapped[list["Step"]] = relationship(back_populates="build", cascade="all, delete-orphan")


class Step(Base):
    __tablename__ = "steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("builds.id"))
    text: Mapped[str] = mapped_column(default="")
    build: Mapped[Build] = relationship(back_populates="steps")


class Group(Base):
    """Its table's name and one of its columns are reserved words."""

    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)
    select: Mapped[str] = mapped_column("select", String, default="")


class Link(Base):
    """A composite key."""

    __tablename__ = "links"
    left: Mapped[int] = mapped_column(primary_key=True)
    right: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[int] = mapped_column(default=0)


class Named(Base):
    """A key that is no number, and a unique column."""

    __tablename__ = "named"
    name: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[int] = mapped_column(default=0)
    __table_args__ = (UniqueConstraint("code"),)


TAGS = Table("tags", Base.metadata, Column("build_id", Integer), Column("tag", String))  # no key at all
