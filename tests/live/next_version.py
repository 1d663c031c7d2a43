"""Which tasksplit comes after this one? A copy that writes the next version of header and batch, and reads both."""

from __future__ import annotations

import shutil
from pathlib import Path

import tasksplit

_CHANGES = {
    "wire/header.py": {"VERSION = 1\n": "VERSION = 2\n", "found[0] != VERSION": "found[0] not in (1, 2)"},
    "live/envelope.py": {"VERSION: Final = 1\n": "VERSION: Final = 2\n"},
}


def next_version(folder: Path) -> Path:
    """Make it; return what is to be put on the path of a process that is to run with it."""
    shutil.copytree(Path(tasksplit.__file__).parent, folder / "tasksplit", ignore=shutil.ignore_patterns("__pycache__"))
    for name, changes in _CHANGES.items():
        path = folder / "tasksplit" / name
        text = path.read_text()
        for before, after in changes.items():
            assert text.count(before) == 1, f"{name}: {before!r}"
            text = text.replace(before, after)
        path.write_text(text)
    return folder
