"""Does the recorder see on PostgreSQL what it sees on SQLite?"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from tests.unit.worlds.rowcases import Real
from tests.unit.worlds.rowchecks import RowRecorderContract

URL = "postgresql+psycopg://postgres@127.0.0.1:5432/test"
SCHEMA = f"tasksplit_rows_{os.getpid()}"


@pytest.fixture
def real() -> Iterator[Real]:
    try:
        admin = create_engine(URL)
        with admin.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    except (SQLAlchemyError, ImportError) as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at 127.0.0.1:5432: {type(error).__name__}")
    real = Real(create_engine(URL, connect_args={"options": f"-c search_path={SCHEMA}"}))
    yield real
    real.close()
    with admin.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {SCHEMA} CASCADE"))
    admin.dispose()


class TestPostgresql(RowRecorderContract):
    """The real database is PostgreSQL."""
