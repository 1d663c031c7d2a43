"""Which members hold a secret, told by their names?"""

from __future__ import annotations

import re
from collections.abc import Iterable

# parts of words that say it wherever they stand
_SAYS = r"passw|passphrase|secret|token|cookie|credential|authori[sz]|oauth|signature|webauthn"
# words that say it when they stand alone among others
_WORDS = r"auth|pwd|otp|totp|mfa|csrf|xsrf|jwt|bearer|hmac|salt"
_KEYS = r"(?:api|access|private|signing|signature|encryption|ssh|gpg|pgp|deploy|master|account|service|license|hmac)"
_SECRET = re.compile(
    rf"{_SAYS}|(?:^|_)(?:{_WORDS})s?(?=_|\d|$)|{_KEYS}_?key|session_?id|(?:^|_)sid$|[a-z\d]_pass$|connection_?string"
    r"|recovery_?code"
)
# what is said about a secret, in numbers, in moments or by a database
_ABOUT = re.compile(
    r"(?:^(?:max|min|num|number|total|has|is|needs|requires)_)"
    r"|_(?:used|count|limit|remaining|length|len|size|type|kind|expires|expiry|expiration|expires_in|at|in|on|ttl|age"
    r"|seconds|id|ids|version|enabled|required)$"
)
_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
TOKEN = re.compile(r"token#[0-9a-f]{16}(?: \(\w+\)|, dropped: \d+ (?:bytes|characters))?|\(hidden\)")
_LONGEST = 200  #: characters of a name: what is longer is a text of its own
_MOST = 20_000  # names that are remembered; payloads may bring any

NOTHING, NUMBERS_STAY, ALL = 0, 1, 2  #: what is hidden under a name


def folded(name: str) -> str:
    """Return a name with its words in one spelling: ``X-Hub-Token``, ``xHubToken`` -> ``x_hub_token``."""
    return _BREAK.sub("_", name).strip("_").lower()


class Names:
    """What is hidden under which name? Remembered for each name."""

    def __init__(self, more: Iterable[str] = (), keep: Iterable[str] = ()) -> None:
        self._more = {_squeezed(name) for name in more}
        self._keep = {_squeezed(name) for name in keep}
        self._known: dict[str, int] = {}
        self.declared = bool(self._more)

    def of(self, name: str) -> int:
        """Return what is hidden under a name: nothing, all but numbers and moments, or all."""
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[name] = self._look(name)
        return found

    def _look(self, name: str) -> int:
        if len(name) > _LONGEST:
            return NOTHING
        words = folded(TOKEN.sub("", name))
        squeezed = words.replace("_", "")
        if squeezed in self._more:
            return ALL
        if squeezed in self._keep or _SECRET.search(words) is None:
            return NOTHING
        return NUMBERS_STAY if _ABOUT.search(words) else ALL


def _squeezed(name: str) -> str:
    return folded(name).replace("_", "")
