"""What of a message is nobody's business, beside what every migration hides?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tasksplit.errors import DeclarationError, sentence

_ROOTS = ("payload", "inputs", "outcome", "effects")
_ROOTED = re.compile(rf"\$(?:\.\.|\.(?:{'|'.join(_ROOTS)})(?=$|[.\[])|\['(?:{'|'.join(_ROOTS)})'\])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redact:
    """What else is hidden in observations and reports, beside what is hidden always?"""

    names: Sequence[str] = ()
    """Of members: all that stands under one of them is hidden. Case, ``-``, ``_`` and camelCase make no difference."""
    patterns: Sequence[str] = ()
    """Regular expressions: what matches is hidden in any text; with a group, what the first group matched."""
    paths: Sequence[str] = ()
    """``$.payload...`` in the message, ``$.inputs...``, ``$.outcome...``, ``$.effects...`` in what was observed,
    ``$..name`` in both. What a message has at its paths is hidden wherever it shows up again."""
    keep: Sequence[str] = ()
    """Names of members that sound like secrets and hold none."""

    def __post_init__(self) -> None:
        for field in ("names", "patterns", "paths", "keep"):
            _are_texts(field, getattr(self, field))
        for pattern in self.patterns:
            _compiles(pattern)
        for path in self.paths:
            if not _ROOTED.match(path):
                raise DeclarationError(
                    sentence(
                        found=f"the path {path!r} in Redact(paths=...)",
                        expected="one that starts with $.payload, $.inputs, $.outcome, $.effects or $..",
                        do="say of what it is a path, for example $.payload.user.email",
                    )
                )


def _are_texts(field: str, given: Sequence[str]) -> None:
    if isinstance(given, str) or not all(isinstance(one, str) and one.strip() for one in given):
        raise DeclarationError(
            sentence(
                found=f"Redact({field}={given!r})",
                expected="a list of texts that are not empty",
                do=f"write {field}=['...']",
            )
        )


def _compiles(pattern: str) -> None:
    try:
        empty = re.compile(pattern).search("")
    except re.error as error:
        raise DeclarationError(
            sentence(
                found=f"the pattern {pattern!r} in Redact(patterns=...): {error}",
                expected="a regular expression",
                do="correct it",
            )
        ) from error
    if empty is not None:
        raise DeclarationError(
            sentence(
                found=f"the pattern {pattern!r} in Redact(patterns=...), which matches the empty text",
                expected="one that matches only what is to be hidden",
                do="ask for at least one character",
            )
        )
