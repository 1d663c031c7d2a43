"""What have all processes counted together, those that have died too, and which files can become one?

The files of processes that ended are folded into one, ``past.json``, which names the files that it holds: whoever dies
between writing it and removing them leaves names that the next one neither reads nor adds again.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tasksplit.errors import StoreError, sentence
from tasksplit.live.counters import HEAD, SUFFIX, Count

PAST: Final = "past.json"
_VERSION: Final = 1


def total(folder: Path) -> Mapping[str, int]:
    """Return the sums over all processes, by the names in ``Count`` and those that a newer tasksplit counts.

    Raises ``StoreError`` for a file that nobody of us wrote.
    """
    with _alone(folder, fcntl.LOCK_SH):
        past, held = _past(folder)
        for path in _files(folder):
            if path.name not in held:
                past.update(_read(path))
    return {**dict.fromkeys(map(str, Count), 0), **past}


def lost(counted: Mapping[str, int]) -> int:
    """Return how many messages died with their process after they were handed over, or are on their way now."""
    ended = (Count.WRITTEN, Count.WRITE_FAILED, Count.NOT_MADE, Count.SHED_FULL, Count.SHED_LARGE)
    return counted[Count.HANDED_OVER] - sum(counted[count] for count in ended)


def folded(folder: Path) -> int:
    """Make one file of those whose processes have ended; return how many went. ``total`` stays as it is.

    Whoever is killed in the middle has changed nothing or left a rest that the next call removes. Raises
    ``StoreError`` as ``total`` does, and changes nothing then.
    """
    with _alone(folder, fcntl.LOCK_EX):
        sums, held = _past(folder)
        for name in held:  # of one who died before removing them
            (folder / name).unlink(missing_ok=True)
        ended: list[tuple[Path, int]] = []
        try:
            for path in _files(folder):
                file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(file)  # its process lives
                    continue
                ended.append((path, file))
                sums.update(_read(path))
            if ended:
                _write(folder, sums, [path.name for path, _ in ended])
            for path, _ in ended:
                path.unlink()
        finally:
            for _, file in ended:
                os.close(file)
    return len(ended)


@contextmanager
def _alone(folder: Path, how: int) -> Iterator[None]:
    """Look while nobody folds, or fold while nobody looks; those who count are not kept waiting."""
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(folder / "folding", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, how)
        yield
    finally:
        os.close(file)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"))


def _read(path: Path) -> Mapping[str, int]:
    found = path.read_bytes()
    if len(found) <= HEAD:
        return {}  # its process died before it could count
    mark, _, rest = found[:HEAD].partition(b"\n")
    names = rest.partition(b"\n")[0].decode(errors="replace").split()
    numbers = found[HEAD:]
    if not mark.startswith(b"tasksplit counts ") or len(numbers) != 8 * len(names):
        raise _foreign(path)
    return dict(zip(names, struct.unpack(f"={len(names)}Q", numbers), strict=True))


def _past(folder: Path) -> tuple[Counter[str], frozenset[str]]:
    """Return the sums of processes that are gone, and the names of the files that are in them."""
    path = folder / PAST
    try:
        told = json.loads(path.read_bytes())
        if told["version"] != _VERSION:
            raise _foreign(path)
        return Counter({str(name): int(number) for name, number in told["sums"].items()}), frozenset(told["of"])
    except FileNotFoundError:
        return Counter(), frozenset()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _foreign(path) from error


def _write(folder: Path, sums: Mapping[str, int], of: list[str]) -> None:
    """Put the new sums in the place of the old, whole or not at all, also when the machine goes down."""
    text = json.dumps({"version": _VERSION, "sums": sums, "of": of}).encode()
    draft = folder / f"{PAST}.draft"
    with draft.open("wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / PAST)
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _foreign(path: Path) -> StoreError:
    return StoreError(
        sentence(
            found=f"{path}, which cannot be read as counts",
            expected="what this tasksplit writes",
            do="move it out of the folder, or use the tasksplit that wrote it; it was left as it is",
        )
    )
