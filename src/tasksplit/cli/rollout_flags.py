"""Which flags are there, where were they read, and were there more before?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from tasksplit.errors import StoreError
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Change, Flags, Stage
from tasksplit.rollout.kept import keep, kept
from tasksplit.rollout.laws import behind, said
from tasksplit.rollout.snapshot import went_back
from tasksplit.rollout.transitions import applied
from tasksplit.stores.flags_protocol import FlagStore, open_flag_store

FOLDER = Path("reports")
STORE = f"sqlite:///{FOLDER}/rollout.db"

_MOST = 1000  # changes from which flags that a store lost are put together again


def named(url: str) -> str:
    """Return the URL of a store without what may be secret in it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc or parts.path else url


class Kept:
    """Which flags does the store hold, and which did it hold when this folder last saw it?

    What was read is kept in a file, so that a store that was emptied is noticed, and one that is away can be shown.
    """

    def __init__(self, url: str, migration: str, folder: Path = FOLDER) -> None:
        """Name the store and the folder of the file; neither is touched yet."""
        self.name, self._migration = named(url), migration
        if url == STORE:
            FOLDER.mkdir(exist_ok=True)  # so that the first call needs no preparation
        self.store: FlagStore = open_flag_store(url, migration)
        which = sha256(f"{url}\n{migration}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
        self._file = folder / f"rollout-{which}.flags"
        self._read = Flags()
        self.warnings: list[str] = []
        """What a person must know, in sentences."""

    def read(self) -> Flags:
        """Return the flags of the store, and keep them; where it lost some, say so in ``warnings``."""
        flags = self.store.read()
        self.warnings = []
        lost = self._lost(flags)
        self.warnings += emptied(lost, flags) if lost else ()
        if not lost:
            self._keep(flags)
        self._read = flags
        return flags

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        """Apply changes to the flags that were read last, as the store does, and keep what comes of it."""
        self.store.apply(changes, expected)
        self._keep(applied(self._read, changes))

    def history(self, handler: str | None = None, limit: int = 20) -> tuple[Change, ...]:
        """Return the latest changes, newest first."""
        return self.store.history(handler, limit)

    def remembered(self) -> Flags | None:
        """Return the flags as they were last read from here; None where they never were."""
        try:
            return kept(self._file, self._migration)
        except StoreError as error:
            self.warnings.append(str(error))
            return None

    def _lost(self, flags: Flags) -> Flags | None:
        """Return what was known before, where the store is behind it: the file knows, or the store's own history."""
        known = self.remembered()
        if known is not None and went_back(known, flags):
            return known
        try:
            newest = self.store.history(limit=1)
            if newest and newest[0].revision > flags.revision:
                return applied(Flags(), reversed(self.store.history(limit=_MOST)))
        except StoreError as error:  # a history that cannot be read must not stand between a person and a step back
            self.warnings.append(str(error))
        return None

    def _keep(self, flags: Flags) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            keep(self._file, flags, self._migration)
        except OSError as error:
            self.warnings.append(f"The flags could not be kept in {self._file}: {error}")


def emptied(before: Flags, now: Flags) -> Iterator[str]:
    """Yield what it means that a store is behind what it once told."""
    beyond = sorted(
        (flag for flag in before.flags.values() if not behind(flag, Stage.CANARY) and flag != now.of(flag.handler)),
        key=lambda flag: (flag.handler != DISPATCH, flag.handler),
    )
    yield (
        f"THE STORE FORGOT: its flags are of revision {now.revision}, and were of {before.revision} before. Workers "
        "stay where they were until somebody makes a change: one step, of whichever handler, and then every handler is "
        "where the store says. What it does not know is off, and legacy's code wakes for it. Restore the store first."
    )
    if beyond:
        yield f"It forgot: {', '.join(said(flag) for flag in beyond)}."
