"""What a payload asks for is done by the service of its handler, through the doors that this one has."""

from __future__ import annotations

from typing import Any

import pytest

from shadow import payloads
from shadow.migration import migration
from shadow.payloads import handler_of
from shadow.running import PAYLOADS, SERVICES
from tasksplit.worlds.references import resolve


@pytest.mark.parametrize("handler", migration.handlers, ids=lambda handler: handler.name)
def test_a_handler_is_run_by_its_own_service(handler: Any) -> None:
    assert SERVICES[handler.name] is resolve(handler.implementation).value
    assert PAYLOADS[handler.name].task == handler.split


def test_there_is_no_other() -> None:
    assert set(SERVICES) == set(PAYLOADS) == {handler.name for handler in migration.handlers}


def test_a_payload_names_its_handler() -> None:
    assert handler_of(payloads.KojiBuildReport) == "koji_build_report"
