"""What did Testing Farm tell?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from shadow.events.common import ForgeEvent


class TestingFarmResult(Enum):
    __test__ = False  # not a test class

    passed = "passed"
    failed = "failed"
    error = "error"
    running = "running"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingFarmResultsEvent(ForgeEvent):
    """How a test run ended; for which pull request it was, our rows say."""

    __test__ = False  # not a test class
    kind: ClassVar[str] = "testing_farm_results"

    pipeline_id: Any
    result: TestingFarmResult
    tests: list[Any]  # their names
    message: Any
    log_url: Any
    copr_chroot: Any
