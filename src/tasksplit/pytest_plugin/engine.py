"""Which client do the fixtures of pytest-celery get, where the engine is ``process``?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_docker_tools.wrappers import container

if TYPE_CHECKING:
    from tasksplit.testing.engine import Engine

_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ")  #: a container does not see the environment of its test


def pytest_report_header() -> str:
    """Say it, since the same tests may run on Docker."""
    return "engine: containers of pytest-celery are child processes (--engine docker for Docker)"


@pytest.fixture(scope="session")
def docker_client(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Yield an engine of child processes; none is left afterwards, however the run ends."""
    from tasksplit.testing.engine import Engine  # only where a test asks for it: every run loads this module

    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with pytest.MonkeyPatch.context() as patch, Engine(
        environment=environment, rabbitmq=request.config.getoption("--engine-rabbitmq")
    ) as engine:  # fmt: skip
        # asked to find out whether a container's own ports can be reached: ours never can, wherever we run
        patch.setattr(container, "tests_inside_container", lambda: False)
        yield engine
