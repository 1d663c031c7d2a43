"""What must the task about installations receive, seen from the legacy handler?"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from shadow.payloads import Installation
from shadow.views.common import Inputs


def installation(handler: Any) -> Inputs:
    event = handler.event
    return {"payload": Installation(**{item.name: getattr(event, item.name) for item in fields(Installation)})}
