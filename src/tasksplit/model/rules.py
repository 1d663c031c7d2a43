"""What may differ, by declaration? Each rule has a name, a path, a reason and a count of what it touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tasksplit.errors import DeclarationError, sentence


class RuleKind(StrEnum):
    """What does a rule do to both sides before they are compared?"""

    IGNORE = "ignore"
    UNORDERED = "unordered"
    TOLERANCE = "tolerance"
    RENAME = "rename"
    NORMALISE = "normalise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which normalisation is declared for which path, and why?"""

    kind: RuleKind
    path: str
    """A subset of RFC 9535: ``$.a.b``, ``$['a b']``, ``$.list[0]``, ``$.list[*].x``, ``$.*.x``, ``$..x``."""
    because: str
    name: str
    absolute: float = 0.0
    relative: float = 0.0
    to: str = ""
    """For ``rename``: the member name under which legacy's member at ``path`` is found in the split."""
    function: Callable[[Any], Any] | None = None  # the user's own values pass through it

    def __post_init__(self) -> None:
        if not self.path.startswith("$"):
            raise DeclarationError(
                sentence(
                    found=f"the rule path {self.path!r}",
                    expected="a JSONPath that starts with $",
                    do=f"write '$.{self.path}'",
                )
            )
        if not self.because.strip():
            raise DeclarationError(
                sentence(
                    found=f"the rule {self.name!r} without a reason",
                    expected="because='...'",
                    do="say why the two sides may differ there",
                )
            )


def _name(kind: RuleKind, path: str, name: str | None) -> str:
    return name or f"{kind} {path}"


def ignore(path: str, *, because: str, name: str | None = None) -> Rule:
    """Leave the value at ``path`` out on both sides."""
    kind = RuleKind.IGNORE
    return Rule(kind=kind, path=path, because=because, name=_name(kind, path, name))


def unordered(path: str, *, because: str, name: str | None = None) -> Rule:
    """Compare the list at ``path`` as a multiset: order is nothing, an item more or fewer is a difference."""
    kind = RuleKind.UNORDERED
    return Rule(kind=kind, path=path, because=because, name=_name(kind, path, name))


def tolerance(
    path: str, *, because: str, absolute: float = 0.0, relative: float = 0.0, name: str | None = None
) -> Rule:
    """Call two numbers at ``path`` equal when |a-b| <= max(absolute, relative * max(|a|, |b|)) (as math.isclose)."""
    kind = RuleKind.TOLERANCE
    if not (absolute > 0 or relative > 0):
        raise DeclarationError(
            sentence(
                found=f"the tolerance rule for {path!r} with neither absolute nor relative above 0",
                expected="at least one of them",
                do="give absolute=... or relative=...",
            )
        )
    return Rule(
        kind=kind,
        path=path,
        because=because,
        name=_name(kind, path, name),
        absolute=absolute,
        relative=relative,
    )


def rename(path: str, *, to: str, because: str, name: str | None = None) -> Rule:
    """Read the split's member ``to`` as the member that legacy has at ``path``."""
    kind = RuleKind.RENAME
    return Rule(kind=kind, path=path, because=because, name=_name(kind, path, name), to=to)


def normalise(path: str, function: Callable[[Any], Any], *, because: str, name: str | None = None) -> Rule:
    """Replace the value at ``path`` on both sides by ``function(value)``; what it raises makes the pair undecided."""
    kind = RuleKind.NORMALISE
    return Rule(kind=kind, path=path, because=because, name=_name(kind, path, name), function=function)
