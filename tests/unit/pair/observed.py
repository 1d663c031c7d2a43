"""Observations in few words."""

from __future__ import annotations

import json
from typing import Any

from tasksplit.model.message import Side
from tasksplit.model.observation import DISPATCH, Observation


def seen(handler: str = DISPATCH, instance: str = "", *, outcome: str = "returned", **fields: Any) -> Observation:
    """Return an observation of message m, by dispatch where no parent is named."""
    content = json.dumps({"inputs": {}, "outcome": {"kind": outcome}, "effects": {}}).encode()
    told = {"message": "m", "attempt": 0, "ordinal": 0, "side": Side.LEGACY, "content": content, "duration": 0.0}
    told["parent"] = None if handler == DISPATCH else DISPATCH
    return Observation(handler=handler, instance=instance, **(told | fields))
