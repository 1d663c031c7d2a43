"""What does each side do about messages, in the database of DATABASE_URL? Names in, JSON out.

A process of its own: the database of the example is chosen when it is imported.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from tests.unit.shadow.damage import Damage
from tests.unit.shadow.world import World, begin


def acts(damages: list[Damage]) -> list[dict[str, Any]]:
    """What legacy and the split do about each message."""
    begin()
    world = World()
    return [dict(zip(("legacy", "split"), world.both(one), strict=True)) for one in damages]


def main() -> None:
    logging.disable(logging.CRITICAL)  # failures are what some of the messages are about
    named = [Damage.of(one) for one in json.load(sys.stdin)]
    json.dump(acts(named), sys.stdout, default=str)


if __name__ == "__main__":
    main()
