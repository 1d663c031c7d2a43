"""Of which code is this evidence? All that can change a verdict: both sides, the declaration, tasksplit, the lock."""

from __future__ import annotations

import hashlib
import importlib.util
import platform
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.machinery import ModuleSpec
from importlib.metadata import distributions, version
from pathlib import Path

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.migration import Migration
from tasksplit.replay.forgetting import packages_of

_LIBRARIES = ("tasksplit", "celery", "SQLAlchemy")
_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "requirements*.txt")
ACCEPTED = "accepted.toml"  #: beside the declaration: what is accepted changes verdicts
_IMPORT = re.compile(rb"^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+([\w., \t]+))", re.MULTILINE)
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
    entries, handlers, world = migration.entries, migration.handlers, migration.world
    legacy = _closure([*(e.legacy for e in entries), *(h.legacy for h in handlers)])
    split = _closure([*(e.split for e in entries), *(h.implementation for h in handlers)])
    around = [*(d.engine for d in world.databases), *(s.client for s in world.services)]
    around += [at for call in world.calls for at in call.at]
    declared = _closure([path, world.fixture, migration.messages, *around])
    beside = {place.name: place.read_bytes() for place in _beside(path) if place.exists()}
    return {
        "legacy": _digest(legacy),
        "split": _digest(_without(split, legacy)),  # what both use is legacy's
        "declaration": _digest({**_without(declared, {**legacy, **split}), **beside}),
        "lock": _lock(path),
    }


def _without(sources: Mapping[str, bytes], others: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in sources.items() if name not in others}


def _beside(path: str) -> Iterator[Path]:
    place = accepted_file(path)
    if place is not None:
        yield place


def accepted_file(path: str) -> Path | None:
    """Return where the differences that are accepted stand: beside the declaration; None: it is in no file."""
    found = importlib.util.find_spec(path.partition(":")[0])
    return Path(found.origin).parent / ACCEPTED if found is not None and found.origin else None


def _closure(paths: Iterable[str]) -> dict[str, bytes]:
    """Return the sources of the packages of dotted paths, and of the project's that they import: name -> content.

    What these import and is installed, the standard library and tasksplit have versions of their own. A service may be
    installed itself, as in an image of its workers: what a path names is its code wherever it is.
    """
    found: dict[str, bytes] = {}
    named, known = packages_of(paths), set[str]()
    waiting = sorted(named)
    while waiting:
        package = waiting.pop()
        if package in known:
            continue
        known.add(package)
        sources = {name: file.read_bytes() for name, file in _sources(package, named=package in named)}
        found.update(sources)
        waiting += sorted({name for content in sources.values() for name in _imported(content)} - known)
    return found


def _imported(source: bytes) -> Iterator[str]:
    """Yield the top-level names that a source imports, as far as its text shows them."""
    for module, modules in _IMPORT.findall(source):
        names = [module] if module else modules.split(b",")
        yield from (name.strip().partition(b".")[0].partition(b" ")[0].decode(errors="replace") for name in names)


def _sources(package: str, *, named: bool) -> Iterator[tuple[str, Path]]:
    """Yield each source of a package of the project with its name in it, which is the same on every machine.

    ``named``: it is the project's, wherever it is; else only where it is not installed.
    """
    found = _spec(package)
    if found is None:
        return
    if found.submodule_search_locations is None and found.origin and _is_ours(found.origin, named):  # a module
        yield package, Path(found.origin)
    for folder in map(str, found.submodule_search_locations or ()):  # several of a namespace package
        if _is_ours(folder, named):
            files = Path(folder).rglob("*.py")
            yield from ((f"{package}/{file.relative_to(folder).as_posix()}", file) for file in files)


def _spec(package: str) -> ModuleSpec | None:
    if package in sys.stdlib_module_names or package == "tasksplit":
        return None
    try:
        return importlib.util.find_spec(package)
    except (ImportError, ValueError, AttributeError):  # a name that is none, or a module that was made by hand
        return None


def _is_ours(place: str, named: bool) -> bool:
    """Return whether it is a source of the project: named, or at least not installed."""
    if not named and not {"site-packages", "dist-packages"}.isdisjoint(Path(place).parts):
        return False
    return Path(place).is_dir() or place.endswith(".py")


def _lock(path: str) -> str:
    found = importlib.util.find_spec(path.partition(":")[0].partition(".")[0])
    root = Path(found.origin).parent if found is not None and found.origin else Path()
    root = root.parent if found is not None and found.submodule_search_locations else root
    files = {file.name: file.read_bytes() for pattern in _LOCKS for file in root.glob(pattern)}
    if files:
        return _digest(files)
    installed = sorted({f"{one.metadata['Name']}=={one.version}" for one in distributions()})
    return hashlib.blake2b("\n".join(installed).encode(), digest_size=8).hexdigest()


def _digest(sources: Mapping[str, bytes]) -> str:
    whole = hashlib.blake2b(digest_size=8)
    for name in sorted(sources):
        whole.update(f"{name}:{len(sources[name])}:".encode() + sources[name])
    return whole.hexdigest()
