"""What stands for the secrets of a message that goes into a file? Texts of their shape that tell nothing of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tasksplit.errors import ReplayError, sentence
from tasksplit.replay.shrink import Ask, Path
from tasksplit.wire.paths import written
from tasksplit.wire.reading import members, tag_of
from tasksplit.wire.redaction import Redactor, Veil
from tasksplit.wire.redaction_names import TOKEN

# what tells one kind of secret from another, to programs too: nothing of a secret is in it
_KINDS = re.compile(
    r"gh[pousr]_|github_pat_|gl[a-z]{2,5}-|A[A-Z]IA(?=[A-Z0-9]{16})|xox[a-z]-|AIza|[srp]k_(?:live|test)_|sk-(?:proj-)?"
    r"|npm_|pypi-|sha(?:1|256)=|(?i:basic|bearer|token|digest)\s+"
)
_LETTERS = "xabcdefghijklmnopqrstuvwyz"  # x first: a secret of its own kind is nothing but x
_DIGITS = "0123456789"
_NOTHING = object()
MOST_NAMED = 5  #: places that a sentence names


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmless:
    """What is the message without its secrets?"""

    payload: Any  # any JSON value
    replaced: tuple[Path, ...]
    """Where in the message something else stands now; the name of a member counts as its place."""


def harmless(redactor: Redactor, payload: Any, *, but: Collection[Path] = ()) -> Harmless:
    """Return the message with stand-ins for what the redactor finds: of the same shape, and equal for equal secrets.

    ``but``: places that stay as they are.
    """
    veil = redactor.message(payload)
    shown = veil.payload()
    replacing = _Replacing(veil, frozenset(but))
    return Harmless(payload=replacing.part((), payload, shown), replaced=tuple(replacing.replaced))


def showing_all_the_same(redactor: Redactor, payload: Any, ask: Ask) -> Harmless:
    """Return the message without its secrets, of which ``ask`` says yes as it does of the message.

    Raises:
        ReplayError: it says so only with a secret in it. It names the place, and holds nothing of the secret.
    """
    safe = harmless(redactor, payload)
    if not safe.replaced or ask([safe.payload])[0]:
        return safe
    alone = ask([harmless(redactor, payload, but=(place,)).payload for place in safe.replaced])
    needed = [place for place, yes in zip(safe.replaced, alone, strict=True) if yes]
    raise ReplayError(
        sentence(
            found=f"a difference that shows only with the secret at {named(needed or safe.replaced)} as it is",
            expected="one that shows with a text of the same shape in its place: no secret is ever written into a file",
            do="put a harmless value there in a copy of the message by hand, and name its folder with --messages",
        )
    )


def named(places: Sequence[Path]) -> str:
    """Return the first few places, and how many others there are."""
    told = ", ".join(written(place) for place in places[:MOST_NAMED])
    return told + (f" and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else "")


class _Replacing:
    """One way through a message and what may be shown of it."""

    def __init__(self, veil: Veil, but: frozenset[Path]) -> None:
        self._veil, self._but = veil, but
        self._ordinals: dict[str, int] = {}  # token -> which secret of the message it is
        self.replaced: list[Path] = []

    def part(self, path: Path, raw: Any, shown: Any) -> Any:
        if isinstance(raw, dict):
            return self._members(path, raw, members(shown) if _is_mapping(shown) else {})
        if isinstance(raw, list):
            told = shown if isinstance(shown, list) and len(shown) == len(raw) else [_NOTHING] * len(raw)
            return [self.part((*path, place), *both) for place, both in enumerate(zip(raw, told, strict=True))]
        if raw is None or isinstance(raw, bool) or raw == shown:
            return raw
        other = self._text(raw, shown) if isinstance(raw, str) else self._number(raw, shown)
        return self._instead(path, raw, other)

    def _members(self, path: Path, raw: dict[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, item in raw.items():
            told = self._veil.text(name)
            here = (*path, name)
            now = name if told == name else self._instead(here, name, self._text(name, told))
            found[now] = self.part(here, item, shown.get(told, _NOTHING))
        return found

    def _instead(self, path: Path, raw: Any, other: Any) -> Any:
        if other != raw and path not in self.replaced:
            self.replaced.append(path)
        return raw if path in self._but else other

    def _text(self, raw: str, shown: Any) -> str:
        """Replace what tokens stand for; where it cannot be told apart from the rest, all of it."""
        tokens = [match[0] for match in TOKEN.finditer(shown)] if isinstance(shown, str) else []
        kept = TOKEN.split(shown) if tokens else []
        match = re.fullmatch("(.*?)".join(map(re.escape, kept)), raw, re.DOTALL) if tokens else None
        if match is None:
            return alike(raw, self._ordinal(str(shown) if isinstance(shown, str) else raw))
        pieces = [kept[0]]
        for token, secret, after in zip(tokens, match.groups(), kept[1:], strict=True):
            pieces += [alike(secret, self._ordinal(token)), after]
        return "".join(pieces)

    def _number(self, raw: float, shown: Any) -> int | float:
        ordinal = self._ordinal(str(shown)) + 1
        return ordinal if isinstance(raw, int) else float(ordinal)

    def _ordinal(self, token: str) -> int:
        return self._ordinals.setdefault(token, len(self._ordinals))


def alike(secret: str, ordinal: int) -> str:
    """Return a text of the shape of a secret: its kind, its length, small and capital letters and digits in place.

    Others than the first (0) of a message differ from it at their end.
    """
    kind = _KINDS.match(secret)
    begin = kind.end() if kind else 0
    signs: list[str] = []
    for sign in reversed(secret[begin:]):
        known = _DIGITS if sign.isdigit() else _LETTERS if sign.isalpha() else ""
        if known:
            ordinal, place = divmod(ordinal, len(known))
            sign = known[place].upper() if sign.isupper() else known[place]  # noqa: PLW2901  # what stands for it
        signs.append(sign)
    return secret[:begin] + "".join(reversed(signs))


def _is_mapping(shown: Any) -> bool:
    return isinstance(shown, dict) and tag_of(shown) is None
