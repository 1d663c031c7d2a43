"""How do many requests share one commit? Whoever comes while the others' is under way waits, and goes with the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from fastapi.concurrency import run_in_threadpool

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST = 64
"""So many go together at most: the first of them waits for the last."""


class Batches(Generic[Item, Answer]):
    """Await it with an item: its answer. Those that wait are acted upon together, in a thread, a batch at a time."""

    def __init__(self, act: Callable[[Sequence[Item]], Sequence[Answer]]) -> None:
        self._act = act
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Answer:
        """Let an item go with the next batch. If the batch fails, each of its items does."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, answer))
        if self._running is None:
            self._running = loop.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._run_one(batch)
        finally:
            self._running = None

    async def _run_one(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await run_in_threadpool(self._act, [item for item, _ in batch])
        except Exception as error:  # noqa: BLE001  # it is raised where each item is awaited
            for _, future in batch:
                if not future.done():  # a sender that has gone is not waiting any more
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if not future.done():
                future.set_result(answer)
