"""How would DeepDiff put it? For reports only: it explains, it never decides."""

from __future__ import annotations

from typing import Any


def explain(legacy: Any, split: Any) -> str:
    """Return DeepDiff's words for two values that differ; imported here, since no worker may pay for it."""
    from deepdiff import DeepDiff

    found = DeepDiff(legacy, split, ignore_order=False, verbose_level=2)
    return str(found.pretty()) or "DeepDiff sees no difference; the types or the spelling differ."
