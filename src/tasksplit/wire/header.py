"""How does a route travel along a message, and to every task that it causes, so that nobody else can make one?

DO NOT CHANGE the bytes without another ``VERSION``: messages that are on their way, and workers that are not upgraded
yet, hold the old ones. The golden bytes in the tests hold it.

    byte 0      version
    1-6         digest of the migration's handlers, in their order: what the bits below mean
    7-14        revision of the flags that it was decided from
    15-22       when it was decided, microseconds since 1970
    23-34       digest of the id of the message that carries it
    35-36       length of the origin's id; 65535 where a UUID follows as 16 bytes
    37-         id of the origin: the message that the route is of
    then        one bit for dispatch and each handler, lowest first: the split acts
    last 16     HMAC-SHA256 of all before it, cut

All of it is base64 for URLs without padding.
"""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from tasksplit.errors import DeclarationError, MessageError, sentence
from tasksplit.model.rollout import SEPARATOR
from tasksplit.model.route import Route

VERSION = 1
NAME = "tasksplit-route"  #: of the header of a Celery message

_FIXED = struct.Struct(">B6sQq12sH")
_MAC = 16  # bytes: whoever forges one has to guess 128 bits
_UUID = 0xFFFF  # a length that says: 16 bytes of a UUID
_LONGEST_ID = 1024  # bytes
_LONGEST = 8192  # characters; nobody makes us decode more
_SHORTEST_SECRET = 16  # bytes
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Unread(StrEnum):
    """Why is a header not honoured? It is as if there were none; all but ``absent`` are counted by the caller."""

    ABSENT = "absent"
    GARBLED = "garbled"  #: no header of ours ever looked like it
    FORGED = "forged"  #: changed on its way, or signed with another secret or for another migration
    NEWER = "of a newer version"
    OTHER_HANDLERS = "of another list of handlers"  #: signed by us, before or after a deployment
    OTHER_MESSAGE = "of another message"  #: signed by us, and copied


class Headers:
    """How does one migration write and read its headers?"""

    def __init__(self, secret: bytes, migration: str, names: Sequence[str]) -> None:
        """Name the deployment's secret, and the migration with dispatch and its handlers, as ``Migration.names``."""
        if len(secret) < _SHORTEST_SECRET:
            raise DeclarationError(
                sentence(
                    found=f"a secret of {len(secret)} bytes",
                    expected=f"{_SHORTEST_SECRET} at least: whoever guesses it decides which side acts",
                    do="take one of 32 random bytes, for example from 'openssl rand -base64 32'",
                )
            )
        self._key = hmac.digest(secret, b"tasksplit route" + SEPARATOR.encode() + _written(migration), "sha256")
        self._names = tuple(names)
        self._handlers = sha256(b"".join(_counted(_written(name)) for name in names)).digest()[:6]
        self._bits = (len(self._names) + 7) // 8

    def write(self, route: Route, carrier: str) -> str:
        """Return the header for the message of the id ``carrier``: the route's own, or of a task that it causes.

        Raises ``MessageError`` where the id of the route's message is too long.
        """
        length, origin = _id_as_bytes(route.message)
        at = (route.decided_at - _EPOCH) // _MICROSECOND
        fixed = _FIXED.pack(VERSION, self._handlers, route.revision, at, _carrier(carrier), length)
        bits = sum(1 << place for place, name in enumerate(self._names) if name in route.split)
        told = fixed + origin + bits.to_bytes(self._bits, "little")
        return urlsafe_b64encode(told + self._signed(told)).rstrip(b"=").decode("ascii")

    def read(self, header: object, carrier: str) -> Route | Unread:
        """Return the route of a header that came with the message ``carrier``, or why there is none. Never raises."""
        if header is None:
            return Unread.ABSENT
        found = _decoded(header)
        if not found:
            return Unread.GARBLED
        if found[0] > VERSION:
            return Unread.NEWER  # who knows how that one is signed
        if found[0] != VERSION or len(found) < _FIXED.size + _MAC:
            return Unread.GARBLED
        told, signature = found[:-_MAC], found[-_MAC:]
        if not hmac.compare_digest(signature, self._signed(told)):
            return Unread.FORGED
        return self._route(told, carrier)

    def _route(self, told: bytes, carrier: str) -> Route | Unread:
        """Return what we have signed ourselves says: from here on every length is right."""
        _, handlers, revision, at, carried_by, length = _FIXED.unpack_from(told)
        if handlers != self._handlers:
            return Unread.OTHER_HANDLERS
        if carried_by != _carrier(carrier):
            return Unread.OTHER_MESSAGE
        end = _FIXED.size + (16 if length == _UUID else length)
        origin = told[_FIXED.size : end]
        bits = int.from_bytes(told[end:], "little")
        return Route(
            message=str(UUID(bytes=origin)) if length == _UUID else origin.decode("utf-8", "surrogatepass"),
            split=frozenset(name for place, name in enumerate(self._names) if bits >> place & 1),
            revision=revision,
            decided_at=_EPOCH + at * _MICROSECOND,
        )

    def _signed(self, told: bytes) -> bytes:
        return hmac.digest(self._key, told, "sha256")[:_MAC]


def _decoded(header: object) -> bytes:
    """Return the bytes of a header; none where there is only one way to write them and this is not it."""
    if not isinstance(header, str) or len(header) > _LONGEST or not header.isascii():
        return b""
    try:
        found = urlsafe_b64decode(header + "=" * (-len(header) % 4))
    except ValueError:
        return b""
    # the decoder passes over foreign characters and spare bits: another header than the one that was written
    return found if urlsafe_b64encode(found).rstrip(b"=").decode("ascii") == header else b""


def _id_as_bytes(message: str) -> tuple[int, bytes]:
    try:
        if str(found := UUID(message)) == message:
            return _UUID, found.bytes
    except ValueError:
        pass
    written = _written(message)
    if len(written) > _LONGEST_ID:
        raise MessageError("its id is too long for a header", f"{len(written)} bytes, {_LONGEST_ID} at most")
    return len(written), written


def _carrier(message: str) -> bytes:
    return sha256(_written(message)).digest()[:12]


def _counted(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part


def _written(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
