"""What do all tests share? Settings of hypothesis: the same examples on every machine, and no clock."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "tasksplit",
    max_examples=30,
    deadline=None,  # machines that share their cores are slow at random
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tasksplit")


@pytest.fixture(scope="session", autouse=True)
def _folder_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make pytest's own folder before a test arms the guard, which moves temporary files elsewhere for so long."""
    tmp_path_factory.getbasetemp()
