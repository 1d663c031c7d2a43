"""Where do both sides differ on one message, asked in a test of one's own?"""

from __future__ import annotations

import atexit
import sys
from typing import Any

from tasksplit.errors import ReplayError, sentence
from tasksplit.model.verdict import Difference, Judged, Verdict
from tasksplit.replay.declared import load
from tasksplit.replay.reproduce import BothSides, Came, Reached

_UNTOLD = (Verdict.UNDECIDED, Verdict.UNPAIRED)
_kept: dict[str, BothSides] = {}  # migration -> its processes, for the tests that follow


def differences(migration: str, payload: Any, *, handler: str) -> tuple[Difference, ...]:
    """Return where legacy and the split differ for one handler on one message, run as ``tasksplit run`` runs them.

    ``migration`` is a dotted path (``shadow.migration:migration``), ``payload`` any JSON value that one of its entries
    accepts, ``handler`` a name that it declares, or ``dispatch``. Both sides run in fixture worlds, each in a process
    of its own: these start with the first call (1 to 3 seconds) and stay for the next ones (milliseconds), so what
    changes on disk in between is not seen. What ``accepted.toml`` accepts is a difference here.

    Raises:
        ReplayError: it cannot be told, which is never a pass: the handler ran on one side only or on none, a pair is
            undecided, or a process was lost.
        DeclarationError: there is no such migration, or it declares no such handler.
    """
    declared = load(migration)
    if handler not in declared.names:
        declared.handler(handler)  # which says what there is
    sides = _kept.get(migration)
    if sides is None:
        paths = tuple(path for path in sys.path if path)
        sides = _kept[migration] = BothSides(Reached(migration=declared, path=migration, import_paths=paths))
    try:
        (came,) = sides.run([payload])
    except BaseException:  # it may have been left in the middle of an answer: the next call begins anew
        _kept.pop(migration).close()
        raise
    return tuple(found for one in _told(came, handler) for found in one.differences)


def _told(came: Came, handler: str) -> tuple[Judged, ...]:
    judged = came.of(handler)
    untold = came.untold or next((f"{one.verdict}: {one.reason}" for one in judged if one.verdict in _UNTOLD), "")
    if judged and not untold:
        return judged
    ran = ", ".join(dict.fromkeys(one.handler for one in came.judged)) or "none"
    raise ReplayError(
        sentence(
            found=f"nothing that can be told: {untold}"
            if untold
            else f"no pair of {handler} on this message; pairs there are of: {ran}",
            expected=f"a message on which both sides of {handler} run to their end",
            do="correct the message; or the declaration, where the handler should have run",
        )
    )


@atexit.register
def _close() -> None:
    while _kept:
        _kept.popitem()[1].close()
