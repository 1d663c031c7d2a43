"""Of which code is this evidence? All that can change a verdict: both sides, the declaration, tasksplit itself."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path

from tasksplit.model.migration import Migration
from tasksplit.replay.forgetting import packages_of

_LIBRARIES = ("tasksplit", "celery", "SQLAlchemy")


def versions(migration: Migration, path: str) -> Mapping[str, str]:
    """Return the versions; ``code`` is a digest of the sources of both sides and of the declaration at ``path``."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
        "code": _digest(sorted(_sources(migration, path))),
    }


def _sources(migration: Migration, path: str) -> Iterator[Path]:
    paths = [path, migration.world.fixture, migration.messages]
    paths += [p for e in migration.entries for p in (e.legacy, e.split)]
    paths += [p for h in migration.handlers for p in (h.legacy, h.implementation)]
    for package in packages_of(paths):
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            continue
        origin = Path(found.origin)
        yield from origin.parent.rglob("*.py") if origin.name == "__init__.py" else [origin]


def _digest(sources: list[Path]) -> str:
    whole = hashlib.blake2b(digest_size=8)
    for source in sources:
        content = source.read_bytes()
        whole.update(f"{source.name}:{len(content)}:".encode() + content)
    return whole.hexdigest()
