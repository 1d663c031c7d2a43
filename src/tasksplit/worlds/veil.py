"""Which texts hold a secret, told by the names beside them?"""

from __future__ import annotations

import re

NAMES = r"authori[sz]|oauth|\bauth\b|cookie|token|secret|passw|credential|signature|(?:api|access|private)[-_]?key"
_NAME = re.compile(NAMES, re.IGNORECASE)
_IN_QUERY = re.compile(rf"([?&][^=&#\s]*(?:{NAMES})[^=&#\s]*=)[^&#\s'\"]+", re.IGNORECASE)
_USERINFO = re.compile(r"(\w+://)[^/\s@'\"]+@")


def names_a_secret(name: str) -> bool:
    """Return whether what stands under this name must not be read."""
    return _NAME.search(name) is not None


def veiled(text: str) -> str:
    """Return a text, for example of an exception, without the secrets of the URLs in it."""
    return _USERINFO.sub(r"\1…@", _IN_QUERY.sub(r"\1…", text))
