"""How is Testing Farm, the test service, asked for a run?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from legacy.clients.transport import post

TESTING_FARM = "https://testing-farm.example"


@dataclass
class Answer:
    status: int
    body: dict[str, Any]


class TestingFarm:
    """The test service."""

    __test__ = False  # not a test class

    def trigger(self, request: dict[str, Any]) -> Answer | None:
        """Ask for a test run; None where no answer came."""
        try:
            return Answer(200, post(f"{TESTING_FARM}/trigger", request))
        except httpx.HTTPStatusError as error:
            return Answer(error.response.status_code, error.response.json())
        except httpx.TransportError:
            return None
