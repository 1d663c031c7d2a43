"""What have shadow workers kept so far, and up to where had the watch looked when it last did?

The state of a watch is one document in a stream of its own, numbered; the next one is written before it is forgotten,
so that whoever ends in between leaves one that is whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from pydantic import TypeAdapter, ValidationError

from tasksplit.errors import DeclarationError, StoreError
from tasksplit.live.watched import VERSION, State, worker_of
from tasksplit.stores import Archive, Run, Store

TRIES = 5  #: to read while workers or another watch save
_LIVE = "-live"  # at the end of the name of a shadow worker's run
_STATE = TypeAdapter(State)


def live_runs(archive: Archive) -> list[Run]:
    """Return what each shadow worker of the code that the newest one runs has shown so far; the newest is the last."""
    for _ in range(TRIES - 1):
        with suppress(StoreError):  # a worker just took the place of what was being read
            return _loaded(archive)
    return _loaded(archive)


def _loaded(archive: Archive) -> list[Run]:
    last = {worker_of(name): name for name in archive.runs() if name.endswith(_LIVE)}
    runs = [archive.load_run(last[worker]) for worker in sorted(last)]
    return [run for run in runs if code_of(run) == code_of(runs[-1])]


def code_of(run: Run) -> dict[str, str]:
    """Return the versions that a run is of."""
    return {str(name): str(version) for name, version in run.meta.get("versions", {}).items()}


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
