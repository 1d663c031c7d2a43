"""Does the recorder see every way in which a side reads and changes rows?"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from tests.unit.worlds.rowcases import Build, Real
from tests.unit.worlds.rowchecks import RowRecorderContract


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    real = Real(create_engine(f"sqlite:///{tmp_path / 'real.db'}"))
    yield real
    real.close()


class TestSqlite(RowRecorderContract):
    """The real database is a SQLite file."""


def test_a_recording_is_plain_data(real: Real) -> None:
    _, recorded = real.record(lambda session: session.scalars(select(Build)).all())
    assert pickle.loads(pickle.dumps(recorded)) == recorded


def test_nothing_stays_after_uninstall(real: Real) -> None:
    real.recorder.uninstall()
    _, recorded = real.record(lambda session: session.scalars(select(Build)).all())
    assert (recorded.selects, dict(recorded.rows)) == (0, {})
    real.recorder.install()


def test_a_result_is_the_same_when_it_is_recorded(real: Real) -> None:
    def read(session: Session) -> list[tuple[object, ...]]:
        result = session.execute(select(Build.id, Build.status.label("s")).order_by(Build.id))
        first = result.first()
        assert first is not None
        assert first.s == "pending"
        return [tuple(first)]

    recorded, _ = real.record(read)
    real.recorder.uninstall()
    with Session(real.engine) as session:
        assert read(session) == recorded
