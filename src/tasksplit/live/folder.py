"""Where does a worker keep what it counts, and the last known flags, where nobody says?"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def usual() -> Path:
    """Return the folder of this user on this machine."""
    return Path(tempfile.gettempdir()) / f"tasksplit-{os.getuid()}"


def of_waits(folder: Path, migration: str) -> Path:
    """Return where, in the folder of a worker, it is counted how long the tasks of a migration waited."""
    return folder / "waits" / migration
