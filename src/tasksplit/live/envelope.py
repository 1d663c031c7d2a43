"""How do recordings travel and wait, so that nobody without the deployment's key reads them, changes them or adds one?

DO NOT CHANGE the bytes without another ``VERSION``: batches that wait, and workers that are not upgraded yet, hold the
old ones. The golden bytes in the tests hold it.

    byte 0      version
    1-8         digest of the key: which one opens it
    9-24        random: each batch has a key of its own, derived from it, so that no nonce can come twice
                however many workers share the deployment's key
    25-32       when it was sealed, microseconds since 1970
    33-36       time to live, seconds
    37-40       how many records are in it
    41-44       bytes of all records with their lengths, before compression
    45-         AES-256-GCM, nonce 0, of the records (4 bytes of length, then the record; all compressed as one zstd
                frame); bytes 0-44 are authenticated with them

All numbers are big-endian.
"""

from __future__ import annotations

import hmac
import os
import struct
import time
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from tasksplit.errors import DeclarationError, MessageError, sentence

VERSION: Final = 1
LARGEST: Final = 64 * 1024 * 1024  #: bytes, sealed or open: nobody makes us decompress more

_HEAD: Final = struct.Struct(">B8s16sQIII")
_LENGTH: Final = struct.Struct(">I")
_NONCE: Final = bytes(12)
_KEY: Final = 32  # bytes
_LEVEL: Final = 1  # of zstd: more costs time and gains 1 % on webhooks
_NO_EXTRA: Final = sentence(
    found="no package 'cryptography' or 'zstandard'",
    expected="both: recordings hold raw values and leave a worker sealed only",
    do="pip install 'tasksplit[live]'",
)


class Unopened(StrEnum):
    """Why is a batch not used? Each is counted by whoever opens it."""

    GARBLED = "garbled"  #: no batch of ours ever looked like it
    FORGED = "forged"  #: changed on its way
    OTHER_KEY = "sealed with a key that is not here"
    NEWER = "of a newer version"
    EXPIRED = "expired"
    TOO_LARGE = "too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was in a batch? Whoever made the records had the deployment's key."""

    records: tuple[bytes, ...]
    sealed_at: datetime


class Envelope:
    """How does one deployment seal and open?"""

    def __init__(
        self,
        keys: Sequence[str],
        *,
        lives: timedelta = timedelta(days=1),
        largest: int = LARGEST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the deployment's keys, each 32 random bytes as base64: the first seals, every one opens.

        ``lives``: for how long a batch may be opened, whole seconds; ``largest``: bytes, of a batch sealed or open;
        ``clock``: seconds since 1970. Raises ``DeclarationError`` for no key, one that is none, or where the extra
        ``live`` is not installed.
        """
        try:
            import zstandard
            from cryptography.exceptions import InvalidTag
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        except ImportError as error:
            raise DeclarationError(_NO_EXTRA) from error
        found = [_key(text) for text in keys]
        if not found:
            raise _no_key("no key")
        self._cipher, self._invalid, self._zstd = AESGCM, InvalidTag, zstandard
        self._first = found[0]
        self._keys = {_told(key): key for key in found}
        self._lives = int(lives.total_seconds())
        self._largest = largest
        self._clock = clock

    def seal(self, records: Sequence[bytes], salt: bytes | None = None) -> bytes:
        """Return one batch of records. ``salt``: 16 random bytes, never the same twice; for tests of the format only.

        Raises ``MessageError`` where they are more than may be opened.
        """
        size = sum(map(len, records)) + _LENGTH.size * len(records)
        if size > self._largest:
            raise MessageError("more than a batch may hold", f"{size} bytes, {self._largest} at most")
        inside = b"".join(part for record in records for part in (_LENGTH.pack(len(record)), record))
        salt = os.urandom(16) if salt is None else salt
        at = int(self._clock() * 1_000_000)
        head = _HEAD.pack(VERSION, _told(self._first), salt, at, self._lives, len(records), size)
        squeezed = self._zstd.ZstdCompressor(level=_LEVEL).compress(inside)
        return head + self._cipher(_derived(self._first, salt)).encrypt(_NONCE, squeezed, head)

    def open_(self, sealed: bytes) -> Opened | Unopened:
        """Return the records of a batch, or why it is not used. Never raises for what the bytes are.

        What comes out was made by whoever has the deployment's key, that is by our own workers. Only therefore may it
        be unpickled, and never before: until the tag is verified nothing but the 45 bytes of the head is looked at.
        """
        refused = self._looked_at(sealed)
        if refused is not None:
            return refused
        head = _HEAD.unpack_from(sealed)
        key = self._keys.get(head[1])
        if key is None:
            return Unopened.OTHER_KEY
        try:
            squeezed = self._cipher(_derived(key, head[2])).decrypt(_NONCE, sealed[_HEAD.size :], sealed[: _HEAD.size])
        except self._invalid:
            return Unopened.FORGED
        return self._inside(squeezed, *head[3:])

    def _looked_at(self, sealed: bytes) -> Unopened | None:
        """Return why a batch is not worth a key."""
        if len(sealed) > self._largest:
            return Unopened.TOO_LARGE
        if sealed and sealed[0] > VERSION:
            return Unopened.NEWER  # who knows how that one is sealed
        return Unopened.GARBLED if len(sealed) < _HEAD.size or sealed[0] == 0 else None

    def _inside(self, squeezed: bytes, at: int, lives: int, count: int, size: int) -> Opened | Unopened:
        """Return what one of our workers has sealed; it may have been set otherwise than we are."""
        if at / 1_000_000 + lives < self._clock():
            return Unopened.EXPIRED
        if size > self._largest:
            return Unopened.TOO_LARGE
        try:
            with self._zstd.ZstdDecompressor().stream_reader(squeezed) as reader:
                inside = reader.read(size + 1)
        except self._zstd.ZstdError:
            return Unopened.GARBLED
        records = _parted(inside, count) if len(inside) == size else None
        if records is None:
            return Unopened.GARBLED
        return Opened(records=records, sealed_at=datetime.fromtimestamp(at / 1_000_000, UTC))


def _parted(inside: bytes, count: int) -> tuple[bytes, ...] | None:
    records, at = [], 0
    for _ in range(count):
        if at + _LENGTH.size > len(inside):
            return None
        (length,) = _LENGTH.unpack_from(inside, at)
        at += _LENGTH.size + length
        records.append(inside[at - length : at])
    return tuple(records) if at == len(inside) else None


def _derived(key: bytes, salt: bytes) -> bytes:
    return hmac.digest(key, b"tasksplit recordings 1\0" + salt, "sha256")


def _told(key: bytes) -> bytes:
    return sha256(b"tasksplit key\0" + key).digest()[:8]


def _key(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except ValueError as error:
        raise _no_key("a key that is no base64") from error
    if len(key) != _KEY:
        raise _no_key(f"a key of {len(key)} bytes")
    return key


def _no_key(found: str) -> DeclarationError:
    return DeclarationError(
        sentence(
            found=found,
            expected=f"{_KEY} random bytes as base64: recordings hold raw values, and leave a worker sealed only",
            do="make one with 'openssl rand -base64 32' and give it to all workers; to rotate, in front of the old one",
        )
    )
