"""How did a boundary end, in Celery's terms, and what was behind it?"""

from __future__ import annotations

import re
from typing import Any

from tasksplit.model.observation import OutcomeKind

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # of an object: no run has it twice
_UNCOMPILED = ("CompileError", "UnsupportedCompilationError")  # told by name: no SQLAlchemy on this floor
_CONTROL = {"Retry": "retried", "Ignore": "ignored", "Reject": "rejected"}


def returned(value: Any) -> dict[str, Any]:
    """Return the outcome of a call that returned."""
    return {"kind": OutcomeKind.RETURNED.value, "value": value}


def raised(error: BaseException) -> dict[str, Any]:
    """Return the outcome of a call that raised: the class by its full name, the text without addresses."""
    cls = type(error)
    if cls.__module__ == "celery.exceptions" and cls.__name__ in _CONTROL:  # told by name: no Celery on this floor
        kind = _CONTROL[cls.__name__]
        return {"kind": kind, "countdown": getattr(error, "when", None)} if kind == "retried" else {"kind": kind}
    name = cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    return {"kind": OutcomeKind.RAISED.value, "type": name, "message": _ADDRESS.sub("", _said(error))}


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as another:  # noqa: BLE001  # the user's own __str__ may raise anything
        return f"no text: {type(another).__name__}"


def is_time_limit(error: BaseException) -> bool:
    """Return whether Celery raised it, in the middle of whatever ran: told by name, no Celery on this floor."""
    return type(error).__name__ == "SoftTimeLimitExceeded"


def is_uncompiled(error: BaseException | None) -> bool:
    """Return whether SQL of another database was behind it: both sides fail alike here, and neither does there."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if type(error).__module__ == "sqlalchemy.exc" and type(error).__name__ in _UNCOMPILED:
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def led_to(first: BaseException, last: BaseException | None) -> bool:
    """Return whether the last error is the first one, or came of it."""
    seen: set[int] = set()
    while last is not None and id(last) not in seen:
        if last is first:
            return True
        seen.add(id(last))
        last = last.__cause__ or last.__context__
    return False
