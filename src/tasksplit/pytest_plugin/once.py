"""Who runs the migration when several processes ask? One of them; the others wait for what came of it."""

from __future__ import annotations

import fcntl
import os
import pickle
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasksplit.errors import TasksplitError
from tasksplit.model.migration import Migration
from tasksplit.model.strata import declared_names
from tasksplit.replay.accepted import accepted
from tasksplit.replay.recorded import RecordedRun
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.taken import taken
from tasksplit.report.cases import Case, suite

_FORMS = {kind.form: kind for kind in (Run, RecordedRun)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be run?"""

    migration: Migration
    path: str
    form: str
    messages: Path | None
    """A folder; None: generated messages only."""
    import_paths: tuple[str, ...] = ()
    """What pytest put on ``sys.path``: the processes of the run need it too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of it?"""

    cases: tuple[Case, ...] = ()
    problem: str = ""
    """Why it could not be run, in words."""


class Once:
    """What came of one run, however often it is asked for?"""

    def __init__(self, wanted: Wanted, folder: Path | None) -> None:
        """``folder``: shared by the processes that ask; None: there is but one."""
        self._wanted, self._folder = wanted, folder
        self._ran: Ran | None = None

    def ran(self) -> Ran:
        """Return it; the first to ask runs the migration, with all that this takes."""
        if self._ran is None:
            self._ran = self._run() if self._folder is None else self._of_all(self._folder)
        return self._ran

    def _of_all(self, folder: Path) -> Ran:
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / "ran"
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # of a process that dies it falls to the next, which runs it anew
            if not place.exists():
                draft = folder / "draft"
                draft.write_bytes(pickle.dumps(self._run()))
                draft.replace(place)
        ran: Ran = pickle.loads(place.read_bytes())  # noqa: S301  # from our own process, in a folder of its own
        return ran

    def _run(self) -> Ran:
        try:
            return Ran(cases=_cases(self._wanted))
        except TasksplitError as error:
            return Ran(problem=f"tasksplit: {error}")
        except Exception:  # noqa: BLE001  # whatever it is, each test has to say it, on each worker
            return Ran(problem=f"tasksplit failed:\n{traceback.format_exc()}")


def _cases(wanted: Wanted) -> tuple[Case, ...]:
    used, refused = taken(wanted.migration, wanted.messages)
    plan = Plan(
        migration=wanted.migration, path=wanted.path, messages=used, refused=refused,
        at_once=os.cpu_count() or 1, accepted=accepted(wanted.migration, wanted.path),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        for path in reversed(wanted.import_paths):
            patch.setenv("PYTHONPATH", path, prepend=os.pathsep)
        review = _FORMS[wanted.form](plan).run()
    strata = {name: declared_names(wanted.migration.strata_of(name)) for name in wanted.migration.names}
    return suite(review, strata).cases
