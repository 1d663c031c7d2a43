"""Did it work, and what is there to say about it?"""

from __future__ import annotations

from typing import Any

Results = dict[str, Any]


def results(*, success: bool, **details: Any) -> Results:
    """What a handler returns: plain JSON."""
    return {"success": success, "details": details}
