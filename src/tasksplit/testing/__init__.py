"""How does a user test what plugs into tasksplit, and that two sides agree on a message?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasksplit.testing.agreement import differences

__all__ = ["differences"]


def __getattr__(name: str) -> Any:  # Any: of a module's names, whatever they are
    """Load what runs both sides when it is asked for: who tests a store needs none of it."""
    if name in __all__:
        from tasksplit.testing import agreement

        return getattr(agreement, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
