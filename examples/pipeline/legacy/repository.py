"""How are rows written? At once: each change is committed where it is made."""

from __future__ import annotations

from examples.pipeline.database import Base, Session


class Repository:
    """The rows of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, *rows: Base) -> None:
        """Insert rows."""
        self._session.add_all(rows)
        self._session.commit()

    def update(self) -> None:
        """Write down what was changed in rows that were read."""
        self._session.commit()
