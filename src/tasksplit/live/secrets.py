"""What follows from a deployment's keys?"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What follows from a deployment's keys? Each use has a key of its own."""

    keys: tuple[str, ...]
    """As they were given, each 32 random bytes as base64: the first seals, all open."""

    @property
    def tokens(self) -> bytes:
        """Return what tokens for equal secrets are made with."""
        return self._for(b"tasksplit tokens")

    @property
    def routes(self) -> bytes:
        """Return what routes are signed with."""
        return self._for(b"tasksplit routes")

    def _for(self, what: bytes) -> bytes:
        return hmac.digest(self.keys[0].encode(), what, hashlib.sha256)
