"""Which messages does a run take? Those of a folder, and generated ones, as many as the bars ask for."""

from __future__ import annotations

from pathlib import Path

from tasksplit.gate.bound import needed
from tasksplit.model.message import Message, Refused
from tasksplit.model.migration import Migration
from tasksplit.replay.messages import generated, of_folder, once


def taken(migration: Migration, folder: Path | None, *, generate: bool = True) -> tuple[list[Message], list[Refused]]:
    """Return the messages of ``folder`` (None: of none) and generated ones, each content once, and what is refused.

    Raises ``DeclarationError`` where the folder is not there.
    """
    messages, refused = of_folder(migration, folder) if folder is not None else ([], [])
    if generate and migration.messages:
        more, others = generated(migration, _per_kind(migration))
        return once([*messages, *more], [*refused, *others])
    return messages, refused


def _per_kind(migration: Migration) -> int:
    """Return how many distinct keys the strictest bar asks for; those of the folder come on top of them."""
    names = migration.names
    bars = [migration.bar_of(name) for name in names]
    return max(needed(bar.max_mismatch_rate, (1 - bar.confidence) / len(names)) for bar in bars)
