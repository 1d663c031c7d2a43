"""Does a pair agree? In tiers, the cheapest first.

1. Equal canonical bytes are equal under every rule.
2. Equal but for plain ignored paths is seen in the text, without decoding it.
3. Else both are decoded and walked, strictly, with the rules.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasksplit.compare.cut import agree_but_for
from tasksplit.compare.plan import Plan
from tasksplit.compare.walk import Walk
from tasksplit.model.verdict import Difference
from tasksplit.wire.canonical import CanonicalError, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Do the two sides agree, where not, and which rules did it take?"""

    equal: bool
    differences: tuple[Difference, ...] = ()
    """At most 50 of them, in the order of the paths."""
    touched: tuple[str, ...] = ()
    """Names of the rules that changed what was compared, once per touch."""
    found: int = 0
    """How many differences there are, also those that were not kept."""


_EQUAL = Comparison(equal=True)


def compare(legacy: bytes, split: bytes, plan: Plan, handler: str) -> Comparison:
    """Compare two canonical forms; raise RuleFailed or CanonicalError where we cannot tell."""
    if legacy == split:
        return _EQUAL
    if plan.cut is not None:
        needed = agree_but_for(plan.cut, legacy, split)
        if needed is not None:
            return Comparison(equal=True, touched=tuple(needed))
    walk = Walk(handler)
    try:
        walk.pair(plain(legacy), plain(split), plan.root)
    except RecursionError as error:
        raise CanonicalError(
            "Found a pair nested too deeply for this stack. Expected less. To mend it: compare from a shallower call."
        ) from error
    return Comparison(
        equal=walk.found == 0,
        differences=tuple(walk.differences),
        touched=tuple(walk.touched),
        found=walk.found,
    )
