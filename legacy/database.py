"""Where are the rows kept?"""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, scoped_session, sessionmaker
from sqlalchemy.pool import StaticPool

IN_MEMORY = "sqlite://"


def _connect(url: str) -> Engine:
    options: dict[str, Any] = {}
    if url == IN_MEMORY:  # one connection, or every checkout would see its own empty database
        options = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}}
    return create_engine(url, **options)


engine = _connect(os.environ.get("DATABASE_URL", IN_MEMORY))

Session = scoped_session(sessionmaker(bind=engine, expire_on_commit=False))


class Base(DeclarativeBase):
    """The declarative base of every table."""


def create_all() -> None:
    """Create the tables that are missing."""
    from legacy import models  # noqa: F401  # registers the tables

    Base.metadata.create_all(engine)
