"""Which commits of a scratch database are steps of a task, and when is a statement about to be run?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.sql.dml import UpdateBase

from tasksplit.worlds.sink import Undo
from tasksplit.worlds.steps import STEPS, CommitSeveredError, SeveredError
from tasksplit.worlds.steps import step as as_step


def listen(engine: Engine) -> Undo:
    """Make each commit that changes rows a step, and tell of each statement; return what takes it back."""
    dialect: Any = engine.dialect
    commit = dialect.do_commit

    def do_commit(connection: Any) -> None:
        if not connection.in_transaction:  # SQLite begins one with the first change: there was none
            commit(connection)
            return
        try:
            as_step("commit", lambda: commit(connection))
        except SeveredError as error:
            connection.rollback()  # as a server does with what a connection leaves that breaks
            raise CommitSeveredError(str(error)) from error

    dialect.do_commit = do_commit
    event.listen(engine, "before_execute", _asks)

    def undo() -> None:
        event.remove(engine, "before_execute", _asks)
        dialect.do_commit = commit

    return undo


def _asks(_connection: Any, statement: Any, *_rest: Any) -> None:
    if STEPS.steps is not None:
        locking = isinstance(statement, UpdateBase) or getattr(statement, "_for_update_arg", None) is not None
        STEPS.steps.asks(locks=locking)
