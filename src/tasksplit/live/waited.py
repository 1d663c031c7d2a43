"""How long did the split's tasks wait, summed over all processes of this machine, those that have died too?"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tasksplit.errors import StoreError, sentence
from tasksplit.live.waits import AHEAD, BUCKETS, FIRST, MARK, PLACES, STEP, SUFFIX, UNKNOWN, WIDTH
from tasksplit.model.sketch import Sketch


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How long did the tasks of one handler wait for a worker? Sums add, in any order."""

    seconds: Sketch = field(default_factory=Sketch)
    ahead: int = 0
    """Of those: how many came from a clock ahead of the worker's, and count as no wait at all."""
    unknown: int = 0
    """Beside those: how many came without a moment of sending that could be read."""

    def __add__(self, other: Waited) -> Waited:
        return Waited(
            seconds=self.seconds + other.seconds,
            ahead=self.ahead + other.ahead,
            unknown=self.unknown + other.unknown,
        )


def total(folder: Path) -> Mapping[str, Waited]:
    """Return the sum of each handler of which anything was counted; nothing where there is no such folder.

    Raises ``StoreError`` for a file that nobody of us wrote, or that may not be read.
    """
    sums: dict[str, Waited] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        for handler, found in _read(path):
            if found != Waited():
                sums[handler] = sums.get(handler, Waited()) + found
    return sums


def _read(path: Path) -> Iterator[tuple[str, Waited]]:
    try:
        found = path.read_bytes()
        names = json.loads(found.removeprefix(MARK).partition(b"\n")[0])
        written = len(MARK) + found.removeprefix(MARK).index(b"\n") + 1
        numbers = found[-(-written // STEP) * STEP :]
        each = WIDTH * PLACES
        if not found.startswith(MARK) or len(numbers) != each * len(names):
            raise _foreign(path, "it is of another form")
        for place, name in enumerate(names):
            yield str(name), _waited(struct.unpack_from(f"={PLACES}Q", numbers, place * each))
    except (OSError, ValueError, TypeError) as error:
        raise _foreign(path, str(error)) from error


def _waited(numbers: tuple[int, ...]) -> Waited:
    counted = {FIRST + place: number for place, number in enumerate(numbers[:BUCKETS]) if number}
    return Waited(seconds=Sketch(counted), ahead=numbers[AHEAD], unknown=numbers[UNKNOWN])


def _foreign(path: Path, why: str) -> StoreError:
    return StoreError(
        sentence(
            found=f"{path}, which cannot be read as waits: {why}",
            expected="what this tasksplit writes",
            do="move it out of the folder, or use the tasksplit that wrote it; it was left as it is",
        )
    )
