"""Does a batch bring the records that were sealed, and nothing that was not?"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import DeclarationError, MessageError
from tasksplit.live.envelope import VERSION, Envelope, Opened, Unopened, _derived

KEY = b64encode(bytes(range(32))).decode()
OTHER = b64encode(bytes(32)).decode()
SALT = bytes(range(16))
AT = 1_795_262_400.0  # 2026-11-21 12:00 UTC
HEAD = 45  # bytes


class Clock:
    """What time does the test say it is?"""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> float:
        return self.now


ENVELOPE = Envelope([KEY], clock=Clock())

# DO NOT CHANGE: such batches wait in brokers, and are read by workers that are not upgraded yet, see live/envelope.py
GOLDEN = (
    "AdqHn1vaGhSGAAECAwQFBgcICQoLDA0ODwAGYMgZoXAAAAFRgAAAAAMAAAIFFrxEJvv3wbXQRK+1nFZB+Wf+IWPf/UP1GQZjJGDP"
    "1E6xRLQVEfdqPO2D9O6BbV9Xzd69Fg=="
)


def opened(found: Opened | Unopened) -> tuple[bytes, ...]:
    assert isinstance(found, Opened), found
    return found.records


def test_golden_bytes_open() -> None:
    found = ENVELOPE.open_(b64decode(GOLDEN))
    assert found == Opened(records=(b"first", b"", b"third" * 100), sealed_at=datetime(2026, 11, 21, 12, tzinfo=UTC))


def test_golden_head_is_written() -> None:
    """Compressed bytes may change with the library, what is around them may not."""
    assert ENVELOPE.seal([b"first", b"", b"third" * 100], SALT)[:HEAD] == b64decode(GOLDEN)[:HEAD]


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_what_is_sealed_is_opened(records: list[bytes]) -> None:
    assert opened(ENVELOPE.open_(ENVELOPE.seal(records))) == tuple(records)


@given(st.lists(st.binary(max_size=50), max_size=3), st.data())
def test_any_flipped_bit_is_refused(records: list[bytes], data: st.DataObject) -> None:
    sealed = bytearray(ENVELOPE.seal(records))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    assert isinstance(ENVELOPE.open_(bytes(sealed)), Unopened)


def test_every_flipped_bit_of_one_is_refused_and_every_reason_is_right() -> None:
    sealed = bytearray(ENVELOPE.seal([b"record"]))
    for bit in range(len(sealed) * 8):
        sealed[bit // 8] ^= 1 << bit % 8
        place = bit // 8
        found = ENVELOPE.open_(bytes(sealed))
        sealed[bit // 8] ^= 1 << bit % 8
        if place == 0:
            assert found in (Unopened.NEWER, Unopened.GARBLED)
        else:
            assert found is (Unopened.OTHER_KEY if place < 9 else Unopened.FORGED)


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: bytes([VERSION]) + rest))
def test_whatever_comes_is_refused_and_never_raises(sealed: bytes) -> None:
    assert isinstance(ENVELOPE.open_(sealed), Unopened)


@given(st.integers(0, 200))
def test_a_batch_that_was_cut_is_refused(length: int) -> None:
    sealed = ENVELOPE.seal([b"a record that is long enough", b"and another"])
    found = ENVELOPE.open_(sealed[:length])
    assert isinstance(found, Opened) if length >= len(sealed) else found in (Unopened.GARBLED, Unopened.FORGED)


def test_nothing_of_a_record_can_be_read_in_a_batch() -> None:
    secret = os.urandom(64)  # does not compress: it would stand there as it is
    assert secret not in ENVELOPE.seal([secret])


def test_no_two_batches_are_alike() -> None:
    assert len({ENVELOPE.seal([b"same"])[HEAD:] for _ in range(100)}) == 100


def test_keys_rotate() -> None:
    clock = Clock()
    old, both, new = (Envelope(keys, clock=clock) for keys in ([KEY], [OTHER, KEY], [OTHER]))
    assert opened(both.open_(old.seal([b"x"]))) == (b"x",)
    assert opened(new.open_(both.seal([b"x"]))) == (b"x",)  # the first one seals
    assert new.open_(old.seal([b"x"])) is Unopened.OTHER_KEY
    assert old.open_(both.seal([b"x"])) is Unopened.OTHER_KEY


def test_a_batch_lives_as_long_as_its_sealer_said() -> None:
    clock = Clock()
    sealed = Envelope([KEY], lives=timedelta(seconds=60), clock=clock).seal([b"x"])
    reader = Envelope([KEY], lives=timedelta(days=9), clock=clock)
    clock.now = AT + 60
    assert opened(reader.open_(sealed)) == (b"x",)
    clock.now = AT + 61
    assert reader.open_(sealed) is Unopened.EXPIRED


def test_too_much_is_neither_sealed_nor_opened() -> None:
    small = Envelope([KEY], largest=1_000, clock=Clock())
    assert opened(small.open_(small.seal([b"x" * 996]))) == (b"x" * 996,)
    with pytest.raises(MessageError, match="more than a batch may hold"):
        small.seal([b"x" * 997])
    assert small.open_(ENVELOPE.seal([os.urandom(1_000)])) is Unopened.TOO_LARGE
    assert small.open_(ENVELOPE.seal([b"x" * 10_000_000])) is Unopened.TOO_LARGE  # a few hundred bytes, sealed


@pytest.mark.parametrize(
    ("size", "count", "inside"),
    [
        (4, 1, b"\0\0\0\x05"),  # a record longer than what is there
        (4, 2, bytes(4)),  # fewer records than said
        (8, 1, bytes(8)),  # more
        (4, 1, b"x" * 50_000_000),  # a bomb by somebody who has the key: no more than it said is unpacked
        (4, 1, None),  # no zstd
    ],
)
def test_a_batch_of_ours_that_is_not_as_it_says_is_garbled(size: int, count: int, inside: bytes | None) -> None:
    head = ENVELOPE.seal([], SALT)[:37] + struct.pack(">II", count, size)
    squeezed = b"no zstd" if inside is None else zstandard.compress(inside)
    sealed = head + AESGCM(_derived(b64decode(KEY), SALT)).encrypt(bytes(12), squeezed, head)
    assert ENVELOPE.open_(sealed) is Unopened.GARBLED


@pytest.mark.parametrize(
    ("keys", "found"),
    [([], "no key"), (["x"], "no base64"), ([KEY, KEY[:20]], "a key of 15 bytes"), ([KEY + "\n!"], "no base64")],
)
def test_a_key_that_is_none_is_refused_and_not_repeated(keys: list[str], found: str) -> None:
    with pytest.raises(DeclarationError, match=found) as caught:
        Envelope(keys)
    assert KEY[:10] not in str(caught.value)


def test_without_the_extra_a_sentence_says_so() -> None:
    told = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from tasksplit.live.envelope import Envelope\n"
        f"Envelope([{KEY!r}])"
    )
    ended = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert "pip install 'tasksplit[live]'" in ended.stderr
