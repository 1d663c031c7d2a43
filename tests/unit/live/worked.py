"""What does each test of routes at work begin with? An empty queue, and a worker of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.live import toy


@pytest.fixture
def worker() -> Iterator[toy.Worker]:
    """Yield a worker whose flags say nothing yet."""
    toy.taken()
    toy.acted.clear()
    toy.hooks.clear()
    worker = toy.Worker()
    worker.cutover.install()
    yield worker
    worker.cutover.uninstall()
    toy.hooks.clear()
    toy.taken()


def drained(worker: toy.Worker) -> list[tuple[str, str]]:
    """Run what waits until nothing does; return task and state of each."""
    ended = []
    while waiting := toy.taken():
        ended += [(one.task, worker.run(one)[0]) for one in waiting]
    return ended
