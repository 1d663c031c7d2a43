"""Of which code is this evidence? All that can change a verdict: both sides, the declaration, tasksplit, the lock."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import distributions, version
from pathlib import Path

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.migration import Migration
from tasksplit.replay.forgetting import packages_of

_LIBRARIES = ("tasksplit", "celery", "SQLAlchemy")
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "requirements*.txt")
ACCEPTED = "accepted.toml"  #: beside the declaration: what is accepted changes verdicts
_WORDS = {
    "legacy": "legacy's code",
    "split": "the split's code",
    "declaration": "the declaration or what it accepts",
    "lock": "the dependencies",
    "release": "the release",
    "python": "Python",
}


def versions(migration: Migration, path: str) -> Mapping[str, str]:
    """Return part -> version; the declaration is at ``path``, a dotted path.

    ``legacy``, ``split`` and ``declaration`` are digests of sources; ``lock`` is one of the project's lock files, or
    of all that is installed where it has none. A declared ``release`` takes the place of these four.
    """
    libraries = {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}
    return {**libraries, **(_release(migration) or _digests(migration, path))}


def changes(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Return what became another between two versions, in words; empty where nothing did."""
    parts = [*now, *(part for part in then if part not in now)]
    return tuple(_WORDS.get(part, part) for part in parts if then.get(part) != now.get(part))


def _release(migration: Migration) -> dict[str, str]:
    release = migration.release() if callable(migration.release) else migration.release
    if not isinstance(release, str):
        raise DeclarationError(
            sentence(
                found=f"Migration.release that gave a {type(release).__name__}",
                expected="the name of the release, as a text",
                do="return a str",
            )
        )
    return dict.fromkeys(("legacy", "split", "release"), release) if release else {}


def _digests(migration: Migration, path: str) -> dict[str, str]:
    entries, handlers = migration.entries, migration.handlers
    legacy = packages_of([*(e.legacy for e in entries), *(h.legacy for h in handlers)])
    split = packages_of([*(e.split for e in entries), *(h.implementation for h in handlers)])
    declared = packages_of([path, migration.world.fixture, migration.messages])
    beside = [(place.name, place) for place in _beside(path) if place.exists()]
    return {
        "legacy": _digest(_sources(legacy)),
        "split": _digest(_sources(split)),
        "declaration": _digest([*_sources(set(declared) - {*legacy, *split}), *beside]),
        "lock": _lock(path),
    }


def _beside(path: str) -> Iterator[Path]:
    place = accepted_file(path)
    if place is not None:
        yield place


def accepted_file(path: str) -> Path | None:
    """Return where the differences that are accepted stand: beside the declaration; None: it is in no file."""
    found = importlib.util.find_spec(path.partition(":")[0])
    return Path(found.origin).parent / ACCEPTED if found is not None and found.origin else None


def _sources(packages: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """Yield each source of the packages with its name in them, which is the same on every machine."""
    for package in packages:
        found = importlib.util.find_spec(package)
        if found is None:
            continue
        if found.submodule_search_locations is None:  # a module of its own
            yield from [(package, Path(found.origin))] if found.origin else []
        for folder in map(Path, found.submodule_search_locations or ()):  # several of a namespace package
            yield from ((f"{package}/{file.relative_to(folder).as_posix()}", file) for file in folder.rglob("*.py"))


def _lock(path: str) -> str:
    found = importlib.util.find_spec(path.partition(":")[0].partition(".")[0])
    root = Path(found.origin).parent if found is not None and found.origin else Path()
    root = root.parent if found is not None and found.submodule_search_locations else root
    files = [(file.name, file) for pattern in _LOCKS for file in root.glob(pattern)]
    if files:
        return _digest(files)
    installed = sorted({f"{one.metadata['Name']}=={one.version}" for one in distributions()})
    return hashlib.blake2b("\n".join(installed).encode(), digest_size=8).hexdigest()


def _digest(sources: Iterable[tuple[str, Path]]) -> str:
    whole = hashlib.blake2b(digest_size=8)
    for name, file in sorted(sources):
        content = file.read_bytes()
        whole.update(f"{name}:{len(content)}:".encode() + content)
    return whole.hexdigest()
