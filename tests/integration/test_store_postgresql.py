"""Does the SQL store keep its promise on PostgreSQL?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from tasksplit.errors import StoreError
from tasksplit.stores import Store, open_store
from tasksplit.testing.store_contract import StoreContract
from tests.unit.stores.archive_contract import ArchiveContract

URL = os.environ.get("TASKSPLIT_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@pytest.fixture
def schema_url() -> Iterator[str]:
    """Yield the URL of a schema of its own; without a server: fail in CI, skip elsewhere."""
    name = f"tasksplit_{uuid4().hex}"
    try:
        engine = create_engine(make_url(URL), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
    except (SQLAlchemyError, ImportError) as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL at {make_url(URL)!r}: {str(error).splitlines()[0]}")
    url = make_url(URL).update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


class TestPostgresqlStore(StoreContract):
    @pytest.fixture
    def store(self, schema_url: str) -> Iterator[Store]:
        with closing(open_store(schema_url)) as store:
            yield store

    @pytest.fixture
    def second(self, store: Store, schema_url: str) -> Iterator[Store]:
        with closing(open_store(schema_url)) as second:
            yield second


class TestArchiveOnPostgresql(ArchiveContract):
    @pytest.fixture
    def store(self, schema_url: str) -> Iterator[Store]:
        with closing(open_store(schema_url)) as store:
            yield store


def test_what_was_stored_is_there_when_opened_again(schema_url: str) -> None:
    with closing(open_store(schema_url)) as store:
        store.append("a", [b"kept"])
    with closing(open_store(schema_url)) as store:
        assert list(store.read("a")) == [b"kept"]


def test_a_server_that_is_away_is_a_sentence_without_the_password() -> None:
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    with pytest.raises(StoreError, match="away") as error:
        open_store("postgresql+psycopg://user:secret@127.0.0.1:1/none")
    assert "secret" not in str(error.value)
