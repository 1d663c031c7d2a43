"""The tables of the pipeline, in memory, for as long as a test runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from examples.pipeline import standin
from examples.pipeline.database import Base, Session, create_all, engine, sessions


@pytest.fixture
def session() -> Iterator[Session]:
    create_all()
    standin.reset()
    try:
        with sessions() as open_:
            yield open_
    finally:
        Base.metadata.drop_all(engine)
