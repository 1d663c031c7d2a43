"""Who moved which handler, when, from where to where, why, and on what evidence?"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console

from tasksplit.cli.rollout_words import LOUD, line, overridden, shown, step, when
from tasksplit.model.rollout import Change
from tasksplit.rollout.written import write_change


def draw(changes: Sequence[Change], console: Console) -> None:
    """Print a line for each change, newest first; a forced one shouts."""
    if not changes:
        line(console, "nobody ever moved it: everything is off")
    for change in changes:
        told = f"{when(change.when)}  revision {change.revision}  {step(change)}  by {change.who}, because {change.why}"
        if change.forced:
            line(console, f"{told}  FORCED, although: {overridden(change)}", LOUD)
        else:
            line(console, f"{told}  ({shown(change)})")


def document(changes: Sequence[Change]) -> str:
    """Return the same as JSON, each change as stores keep it."""
    return json.dumps([json.loads(write_change(change)) for change in changes], indent=2)
