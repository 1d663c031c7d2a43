"""Which sessions did a task leave open, and what do they hold?"""

from __future__ import annotations

from sqlalchemy.orm import Session
from sqlalchemy.orm.session import _SessionCloseState, _sessions


def between_tasks() -> None:
    """Close what a task left open: its worker's session is not the one of the next task's worker."""
    close_sessions()


def close_sessions() -> None:
    """Close every session that holds something; many that hold nothing wait in memory to be collected."""
    for session in list(_sessions.values()):
        if _holds(session):
            session.close()


def _holds(session: Session) -> bool:
    """Return whether closing it would change it: one whose first close is its last counts as holding something."""
    return bool(
        session.in_transaction()
        or session._new
        or session._deleted
        or session.identity_map._dict
        or session._close_state is _SessionCloseState.ACTIVE
    )


def unflushed() -> bool:
    """Return whether some session holds what it never wrote."""
    return any(
        session.new or session.deleted or any(map(session.is_modified, session.dirty))
        for session in list(_sessions.values())
    )
