"""What have shadow workers kept so far, and up to where had the watch looked when it last did?

The state of a watch is one document in a stream of its own, numbered; the next one is written before it is forgotten,
so that whoever ends in between leaves one that is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pydantic import TypeAdapter, ValidationError

from tasksplit.errors import DeclarationError
from tasksplit.live.watched import VERSION, State
from tasksplit.stores import Archive, Run, Store
from tasksplit.stores.live_runs import TRIES, code_of, live_runs, steady
from tasksplit.stores.run_names import worker_of

_STATE = TypeAdapter(State)


def same_code(archive: Archive) -> list[Run]:
    """Return what each shadow worker of the code that the newest one runs has shown so far; the newest is the last."""
    runs = steady(lambda: live_runs(archive))
    return [run for run in runs if code_of(run) == code_of(runs[-1])]


def names(runs: Sequence[Run]) -> str:
    """Return of which shadow workers they are, in a line."""
    return ", ".join(worker_of(run.run) for run in runs)


def kept(store: Store, migration: str) -> tuple[int, State]:
    """Return what was kept last and its number; nothing, where there is none that can be read."""
    for _ in range(TRIES):
        numbers = _numbers(store, migration)
        if not numbers:
            break
        items = list(store.read(_stream(migration, numbers[-1])))
        if items:  # else another watch just took its place
            with suppress(ValidationError, DeclarationError):
                state = _STATE.validate_json(items[-1])
                return numbers[-1], state if state.version == VERSION else State()
            return numbers[-1], State()
    return 0, State()


def keep(store: Store, migration: str, number: int, state: State) -> None:
    """Keep a state, then forget those before: whoever ends in between leaves one that is whole."""
    store.append(_stream(migration, number), [_STATE.dump_json(state)])
    for each in _numbers(store, migration):
        if each < number:
            store.forget(_stream(migration, each))


def _numbers(store: Store, migration: str) -> list[int]:
    prefix = _stream(migration)
    found = [name.removeprefix(prefix) for name in store.streams(prefix)]
    return sorted(int(number) for number in found if number.isdecimal())


def _stream(migration: str, number: int | None = None) -> str:
    return f"watch/{migration}/" + (f"{number:012}" if number is not None else "")
