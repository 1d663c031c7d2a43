"""Does each get his own answer, and do those who come meanwhile go together?"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from shadow.front_door.batching import MOST, Batches


def test_those_who_come_while_one_is_under_way_go_together() -> None:
    seen, first_is_in, may_go = [], threading.Event(), threading.Event()

    def double(numbers: Sequence[int]) -> list[int]:
        seen.append(list(numbers))
        first_is_in.set()
        assert may_go.wait(10)
        return [2 * number for number in numbers]

    async def main() -> list[int]:
        batches = Batches(double)
        first = asyncio.create_task(batches(0))
        while not first_is_in.is_set():
            await asyncio.sleep(0)
        others = [asyncio.create_task(batches(number)) for number in range(1, MOST + 2)]
        await asyncio.sleep(0)
        may_go.set()
        return list(await asyncio.gather(first, *others))

    assert asyncio.run(main()) == [2 * number for number in range(MOST + 2)]
    assert [len(batch) for batch in seen] == [1, MOST, 1]


def test_a_batch_that_fails_fails_for_each_and_the_next_one_goes_on() -> None:
    def invert(numbers: Sequence[int]) -> list[float]:
        return [1 / number for number in numbers]

    async def main() -> None:
        batches = Batches(invert)
        failed = await asyncio.gather(batches(0), batches(1), return_exceptions=True)
        assert [type(error) for error in failed] == [ZeroDivisionError] * 2
        assert await batches(2) == 0.5

    asyncio.run(main())


def test_who_has_gone_keeps_nobody_waiting() -> None:
    async def main() -> None:
        batches = Batches(list[int])
        gone, stays = asyncio.create_task(batches(1)), asyncio.create_task(batches(2))
        await asyncio.sleep(0)
        gone.cancel()
        assert await stays == 2
        with pytest.raises(asyncio.CancelledError):
            await gone

    asyncio.run(main())
