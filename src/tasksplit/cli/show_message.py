"""Where is the message that a pair is of, as it was?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasksplit.cli.asked import Asked
from tasksplit.errors import ReportError, sentence
from tasksplit.model.message import Origin
from tasksplit.model.migration import Migration
from tasksplit.replay.messages import GENERATED, of_folder
from tasksplit.replay.taken import taken
from tasksplit.report.words import counted


def payload_of(asked: Asked, declared: Migration, *, meta: Mapping[str, Any], folder: Path | None) -> Any:
    """Return the payload of the message that is shown: from ``folder``, that of the run, or generated again.

    Raises:
        ReportError: it is not there.
    """
    name = asked.pair.message
    if name.startswith(GENERATED):
        found, _ = taken(declared, None)
    else:
        found, _ = of_folder(declared, _folder(asked, meta, folder))
    for one in found:
        if one.id in (name, f"{name}.json"):
            return one.payload
    raise ReportError(
        sentence(
            found=f"no message {name!r} among {counted(len(found), 'message')}",
            expected="the one that showed the difference",
            do=f"put its payload into a folder as {name}.json, and name that with --messages"
            if is_live(asked)
            else "name its folder with --messages, or another message that is kept of it with --message",
        )
    )


def _folder(asked: Asked, meta: Mapping[str, Any], given: Path | None) -> Path:
    if given is not None:
        return given
    if is_live(asked):
        raise ReportError(
            sentence(
                found=f"{asked.pair.message!r}, a message of the real world: what is kept of it is redacted",
                expected="its payload",
                do="put it into a folder as a JSON file of that name, and name the folder with --messages",
            )
        )
    kept = str(meta.get("messages", ""))
    if not kept or not Path(kept).is_dir():
        raise ReportError(
            sentence(
                found=f"no folder {kept!r}, where the run had its messages" if kept else "a run that names no folder",
                expected="a folder of JSON payloads", do="name it with --messages",
            )
        )  # fmt: skip
    return Path(kept)


def is_live(asked: Asked) -> bool:
    """Return whether the message came from the real world: no raw payload of it is kept."""
    return asked.review.origin is Origin.LIVE or asked.pair.at > 0
