"""For which keys does the split act?

DO NOT CHANGE what is hashed, nor how. Another formula would deal out every running canary anew: keys that are with the
split would fall back to legacy and others would come, all at once and without evidence; workers of two versions
would disagree about the same key; and what others compute from ``docs/reference/rollout-buckets.md`` would be wrong.
The golden values in the tests and on that page hold it.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from tasksplit.model.message import Side
from tasksplit.model.rollout import SEPARATOR, Flag, Stage

# looking a member up costs a third of a decision
_CANARY, _LIVE, _RETIRED, _LEGACY, _SPLIT = Stage.CANARY, Stage.LIVE, Stage.RETIRED, Side.LEGACY, Side.SPLIT

_BUCKETS = 2.0**48  # six bytes: each bucket is a number that every language with doubles holds exactly, below 1


@lru_cache(maxsize=8192)  # the hash takes about the whole microsecond that a decision may take; this, a tenth
def bucket(name: str, salt: str, key: str) -> float:
    """Return where a key lies, from 0 to 1 exclusive: the first 6 bytes of SHA-256, big-endian, by 2**48.

    What is hashed is the UTF-8 of name, U+001F, salt, U+001F, key, as given: nothing is normalised, and a lone
    surrogate is written as its three bytes.
    """
    text = name + SEPARATOR + salt + SEPARATOR + key
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:6], "big") / _BUCKETS


def in_canary(flag: Flag, key: str | None) -> bool:
    """Return whether the split acts for this key in the canary of a handler: deny, then allow, then share.

    A message without a key (None) stays with legacy; the caller counts it. With a rising share a key never leaves.
    """
    terms = flag.terms
    if key is None or key in terms.deny:
        return False
    return key in terms.allow or bucket(terms.hashed_as or flag.handler, terms.salt, key) < terms.share


def authoritative(flag: Flag, key: str | None) -> Side:
    """Return the side that acts for a message of this key. By one flag: closed flags need no look at the others."""
    stage = flag.stage
    if stage is _CANARY:
        return _SPLIT if in_canary(flag, key) else _LEGACY
    return _SPLIT if stage is _LIVE or stage is _RETIRED else _LEGACY
