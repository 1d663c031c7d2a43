"""The front door is thin, and a test notices when it changes."""

from __future__ import annotations

import subprocess
import sys

import tasksplit

NAMES = [
    "Bar", "Database", "DeclarationError", "Dispatch", "Effect", "Entry", "Handler", "Http", "Migration", "Options",
    "Read", "Redact", "TasksplitError", "World", "install", "rules",
]  # fmt: skip
HEAVY = ("celery", "kombu", "redis", "sqlalchemy", "deepdiff", "rich", "scipy", "httpx")


def test_names() -> None:
    assert tasksplit.__all__ == NAMES
    assert len(NAMES) <= 16
    assert all(hasattr(tasksplit, name) for name in NAMES)


def test_importing_it_loads_nothing_heavy() -> None:
    code = f"import sys, tasksplit; print([m for m in {HEAVY!r} if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
