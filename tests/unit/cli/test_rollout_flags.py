"""Is a store that forgot noticed, and what is kept of one in the folder?"""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tasksplit.cli.rollout_flags import Kept, emptied, named
from tasksplit.model.rollout import Flags, Source, Stage
from tasksplit.rollout import Structure, plan
from tests.unit.rollout.flagged import asked, clean

STRUCTURE = Structure(handlers=("a", "b"))


def moved(kept: Kept, *wanted: tuple[str, Stage]) -> Flags:
    """Move handlers, and return the flags as the store then has them."""
    for handler, stage in wanted:
        flags = kept.read()
        made = plan(flags, asked(handler, stage), structure=STRUCTURE, grounds=clean(STRUCTURE))
        kept.apply(made.changes, flags.revision)
    return kept.store.read()


@pytest.fixture
def kept(folder: Path) -> Kept:
    return Kept(f"sqlite:///{folder / 'flags.db'}", "toy")


def test_what_was_read_or_changed_is_remembered_for_its_user_only(folder: Path, kept: Kept) -> None:
    flags = moved(kept, ("a", Stage.SHADOW), ("a", Stage.CANARY))
    found = Kept(f"sqlite:///{folder / 'flags.db'}", "toy").remembered()
    assert found is not None
    assert (found.flags, found.revision, found.source) == (flags.flags, 2, Source.FILE)
    (file,) = (folder / "reports").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_of_another_store_or_migration_nothing_is_remembered(folder: Path, kept: Kept) -> None:
    moved(kept, ("a", Stage.SHADOW))
    assert Kept(f"sqlite:///{folder / 'other.db'}", "toy").remembered() is None
    assert Kept(f"sqlite:///{folder / 'flags.db'}", "other").remembered() is None


def test_a_file_that_cannot_be_trusted_is_said_and_replaced(folder: Path, kept: Kept) -> None:
    moved(kept, ("a", Stage.SHADOW))
    (file,) = (folder / "reports").iterdir()
    file.write_bytes(b"garbled")
    assert kept.remembered() is None
    assert "that is garbled" in kept.warnings[0]
    assert kept.read().revision == 1
    assert kept.remembered() is not None


def test_a_folder_that_cannot_be_written_is_said(folder: Path) -> None:
    (folder / "taken").write_text("a file")
    kept = Kept(f"sqlite:///{folder / 'flags.db'}", "toy", folder=folder / "taken")
    assert kept.read().revision == 0
    assert "The flags could not be kept in" in kept.warnings[-1]


def test_flags_behind_their_own_history_are_noticed_without_a_file(folder: Path, kept: Kept) -> None:
    moved(kept, ("a", Stage.SHADOW), ("a", Stage.CANARY), ("b", Stage.SHADOW))
    for file in (folder / "reports").iterdir():
        file.unlink()
    engine = create_engine(f"sqlite:///{folder / 'flags.db'}")
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM tasksplit_flag"))
        connection.execute(text("UPDATE tasksplit_flag_revision SET revision = 0"))
    engine.dispose()
    kept.read()
    assert kept.warnings[1] == "It forgot: 'a' (canary, 0 %)."


def test_a_history_that_cannot_be_read_stops_nobody(folder: Path, kept: Kept) -> None:
    moved(kept, ("a", Stage.SHADOW))
    engine = create_engine(f"sqlite:///{folder / 'flags.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE tasksplit_flag_change SET body = 'garbled'"))
    engine.dispose()
    assert moved(kept, ("a", Stage.OFF)).of("a").stage is Stage.OFF
    assert "no flag and no change" in kept.warnings[0]


def test_where_nobody_was_beyond_shadow_nothing_is_named() -> None:
    assert len(list(emptied(Flags(revision=4), Flags()))) == 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:secret@host:6379/1?password=secret", "redis://host:6379/1"),
        ("postgresql+psycopg://ann:se%40cret@host/db", "postgresql+psycopg://host/db"),
        ("sqlite:///reports/rollout.db", "sqlite:///reports/rollout.db"),
        ("memory:", "memory:"),
    ],
)
def test_a_store_is_named_without_its_secrets(url: str, shown: str) -> None:
    assert named(url) == shown
