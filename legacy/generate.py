"""Which messages could come? `python -m legacy.generate --seed 1 --per-kind 50 --out DIR` writes some."""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from legacy.junk import junk
from legacy.kinds import Kind, kinds
from legacy.payloads import Payload

REPEATS = 0.3  # messages of the busiest projects, on top of one for each project
MOST_REPEATS = 15  # they show what one project sends several times; more of them show no more
FEW = 0.05  # of kinds whose handlers others reach as well: for bars they need no more
PROJECTS = 4000
TRIES = 8000
AGAIN = 0.85  # ways that end early are rare in life: so much of what is drawn by chance is drawn once more
AGAIN_FOR_BARS = 0.98


class _Projects:
    """Projects in an order of their own, none twice: the first ones are the busiest."""

    def __init__(self, count: int, rng: random.Random) -> None:
        self._order = rng.sample(range(count), count)
        self.used: list[int] = []

    def find(self, kind: Kind, way: str, rng: random.Random) -> tuple[int, Payload]:
        """A message that goes a certain way, of a project that has none yet."""
        for attempt in range(TRIES):
            index = self._order[attempt % len(self._order)]
            payload = kind.make(index, rng)
            if kind.label(payload) == way:
                return index, payload
        raise LookupError(f"No {kind.name} message goes the way {way!r}.")

    def take(self, index: int | None = None) -> int:
        index = self._order[0] if index is None else index
        self._order.remove(index)
        self.used.append(index)
        return index


def _usual(kind: Kind, projects: _Projects, rng: random.Random, again: float) -> Payload:
    """A message of the next project; where it would end early, mostly of the one after it."""
    payload = kind.make(projects.take(), rng)
    while not kind.late(kind.label(payload)) and rng.random() < again:
        projects.used.pop()
        payload = kind.make(projects.take(), rng)
    return payload


def _of_kind(kind: Kind, per_kind: int, rng: random.Random, *, varied: bool) -> Iterator[Payload]:
    ways = kind.ways[:per_kind] if varied else ()
    share = kind.share if varied or kind.share >= 1 else min(kind.share, FEW)
    wanted = max(len(ways), round(per_kind * share))
    projects = _Projects(max(PROJECTS, 6 * wanted), rng)
    found = []
    for way in ways:
        index, payload = projects.find(kind, way, rng)
        projects.take(index)
        found.append(payload)
    enough = len(ways)
    while enough < wanted:
        found.append(_usual(kind, projects, rng, AGAIN if varied else AGAIN_FOR_BARS))
        enough += varied or kind.late(kind.label(found[-1]))
    repeats = min(round(wanted * REPEATS), MOST_REPEATS)
    weights = [1 / (rank + 1) for rank in range(len(projects.used))]
    for index in rng.choices(projects.used, weights, k=repeats) if weights else ():
        found.append(kind.make(index, rng))
    rng.shuffle(found)
    yield from found


def generate(seed: int, per_kind: int, *, compact: bool = False, varied: bool = False) -> Iterator[tuple[str, object]]:
    """Named messages, the same ones for the same arguments.

    Of each kind (of some kinds a share of) `per_kind` messages about as many projects that come as far as their
    handlers, a few that end early, and some more about the busiest projects; then a few that the service does
    not know. `varied`: each way of each kind is among them, and many end early, as in life; `per_kind` then
    counts these as well.
    """
    for kind in kinds(compact=compact):
        rng = random.Random(f"{seed}/{kind.name}")  # a kind does not depend on the others
        for number, payload in enumerate(_of_kind(kind, per_kind, rng, varied=varied)):
            yield f"{kind.name}-{number:03d}-{kind.label(payload)}", payload
    for name, value in junk(random.Random(f"{seed}/junk")):
        yield f"junk-{name}", value


def text(payload: object) -> str:
    """How a message is written to a file."""
    return json.dumps(payload, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-kind", type=int, default=50)
    parser.add_argument("--compact", action="store_true", help="less around what is read: about 6 KB")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, payload in generate(arguments.seed, arguments.per_kind, compact=arguments.compact, varied=True):
        (arguments.out / f"{name}.json").write_text(text(payload))


if __name__ == "__main__":
    main()
