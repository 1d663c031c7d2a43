"""Which rows do sessions still hold from before the message?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, MetaData
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm import session as session_module
from sqlalchemy.orm.base import LoaderCallableStatus
from sqlalchemy.orm.state import InstanceState
from sqlalchemy.sql import ClauseElement

from tasksplit.worlds.rows_changes import RowName
from tasksplit.worlds.rows_values import Values


class Users:
    """Which thread, or greenlet, began the latest transaction of a session?"""

    def __init__(self) -> None:
        self._began: WeakKeyDictionary[Session, int] = WeakKeyDictionary()

    def began(self, session: Session, *_rest: Any) -> None:
        """Note who does so now: to be called after each beginning."""
        self._began[session] = threading.get_ident()

    def elsewhere(self, session: Session) -> bool:
        """Return whether somebody else uses it, in a message of their own."""
        return self._began.get(session, threading.get_ident()) != threading.get_ident()


def rows_in_sessions(
    engine: Engine, metadata: MetaData, values: Values, *, but: Callable[[Session], bool]
) -> Iterator[tuple[RowName, dict[str, Any]]]:
    """Yield what is loaded in open sessions on this engine: no load event and no query will tell of it.

    ``but``: which sessions are none of this message's.
    """
    for session in list(session_module._sessions.values()):
        if but(session):
            continue
        for state in list(session.identity_map.all_states()):
            if _bound_to(session, state.mapper, engine):
                yield from _rows(state, metadata, values)


def _bound_to(session: Session, mapper: Mapper[Any], engine: Engine) -> bool:
    try:
        bind = session.get_bind(mapper)
    except SQLAlchemyError:
        return False
    return getattr(bind, "engine", bind) is engine


def _rows(state: InstanceState[Any], metadata: MetaData, values: Values) -> Iterator[tuple[RowName, dict[str, Any]]]:
    mapper: Mapper[Any] = state.mapper
    for table in mapper.tables:
        known = metadata.tables.get(getattr(table, "key", ""))
        if known is None:
            continue
        row = {}
        for column in known.columns:
            prop = mapper._columntoproperty.get(column, None)
            if prop is not None and prop.key in state.dict:
                value = state.committed_state.get(prop.key, state.dict[prop.key])
                if not isinstance(value, LoaderCallableStatus | ClauseElement):
                    row[column.name] = values.given(column.type, value)
        if state.key is not None:
            for key, value in zip(mapper.primary_key, state.key[1], strict=True):
                if key.table is known:
                    row.setdefault(key.name, values.given(key.type, value))
        keys = [c.name for c in known.primary_key.columns]
        if all(k in row for k in keys):
            yield (known.key, tuple(row[k] for k in keys)), row
