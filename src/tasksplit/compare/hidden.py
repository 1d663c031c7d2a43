"""Which parts of an observation do a handler's rules leave out, so that no defect there can ever be seen?"""

from __future__ import annotations

from typing import Any

from tasksplit.compare.comparison import compare
from tasksplit.compare.plan import Plan
from tasksplit.errors import TasksplitError
from tasksplit.wire.canonical import canonical

PARTS = ("$.inputs", "$.outcome", "$.effects.calls", "$.effects.rows", "$.effects.started")

_ROW = {"op": "insert", "key": {"id": 1}, "columns": {"id": 1}}
_ONE: dict[str, Any] = {
    "$.inputs": {"job": "a", "probe": [1]},
    "$.outcome": {"kind": "returned", "value": {"probe": 1}},
    "$.effects.calls": [{"call": "probe", "arguments": {"probe": 1}}],
    "$.effects.rows": {"probe": [_ROW]},
    "$.effects.started": [{"handler": "probe", "instance": ""}],
}
_OTHER: dict[str, Any] = {
    "$.inputs": {},
    "$.outcome": {"kind": "raised", "type": "ProbeError", "message": "probe"},
    "$.effects.calls": [],
    "$.effects.rows": {},
    "$.effects.started": [],
}


def hidden_parts(plan: Plan) -> tuple[str, ...]:
    """Return the parts in which even what has nothing in common is called equal."""
    return tuple(part for part in PARTS if _is_hidden(part, plan))


def _is_hidden(part: str, plan: Plan) -> bool:
    other = {**_ONE, part: _OTHER[part]}
    try:
        return compare(canonical(_content(_ONE)), canonical(_content(other)), plan, "").equal
    except TasksplitError:  # a function of the user's that does not know such values: it hides nothing by itself
        return False


def _content(parts: dict[str, Any]) -> dict[str, Any]:
    effects = {part.rpartition(".")[2]: value for part, value in parts.items() if part.startswith("$.effects")}
    return {"inputs": parts["$.inputs"], "outcome": parts["$.outcome"], "effects": effects}
