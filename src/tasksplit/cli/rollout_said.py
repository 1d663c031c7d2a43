"""Does what is said on the command line of a rollout fit together, and what does it mean?"""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from typing import Any

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.rollout import Stage


def share_of(text: str) -> float | None:
    """Return a share 0-1 from ``5%`` or ``0.05``; None of an empty text. A bare 5 or 1 could mean either: refused."""
    if not text.strip():
        return None
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1 or (value == 1 and not percent):
        raise DeclarationError(
            sentence(found=f"--share {text}", expected="a share of keys", do="write for example 5%, 0.05 or 100%")
        )
    return value


def check(
    told: Mapping[str, Any], *, handler: str | None, stage: Stage | None, abort: str, shows: Mapping[str, bool]
) -> None:
    """Raise ``DeclarationError`` where what is said does not belong together.

    ``told``: the options of a move; ``shows``: those that only show something.
    """
    given = [name for name, value in told.items() if value not in (None, "", False, [])]
    showing = [name for name, value in shows.items() if value]
    if abort and (handler or showing):
        raise _apart("--abort", ["a handler"] if handler else showing)
    if stage and showing:
        raise _apart(showing[0], ["a stage"])
    if stage is None and given:
        raise _apart("no stage", given)


def user() -> str:
    """Return the name of the user who calls; raise ``DeclarationError`` where there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError) as error:  # a container whose user has no name
        raise DeclarationError(
            sentence(found="a user without a name", expected="who makes this change", do="say it with --by")
        ) from error


def _apart(what: str, given: Sequence[str]) -> DeclarationError:
    return DeclarationError(
        sentence(
            found=f"{what} with {', '.join(given)}",
            expected="one of: nothing, a handler, a handler and a stage, --history, --abort MESSAGE",
            do="leave out what does not belong together; see tasksplit rollout --help",
        )
    )
