"""Does a header bring the route that was written, and nothing that was not?"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tasksplit.errors import DeclarationError, MessageError
from tasksplit.model.route import Route
from tasksplit.wire.header import Headers, Unread

SECRET = b"0123456789abcdef0123456789abcdef"
NAMES = ("dispatch", *(f"handler_{n}" for n in range(20)))
ID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
AT = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
ROUTE = Route(message=ID, split=frozenset({"handler_0", "handler_19"}), revision=7, decided_at=AT)
HEADERS = Headers(SECRET, "process_message", NAMES)

# DO NOT CHANGE: these are on their way in brokers, and read by workers that are not upgraded yet, see wire/header.py
GOLDEN = [
    (
        ROUTE,
        ID,
        "Aba4BZJi6QAAAAAAAAAHAAZgyBmjUkDlhV_0h5nFLJzPgLj__2unuBCdrRHRgLQAwE_UMMgCABBQUkyUELzkdj5cjkrN6YM4",
    ),
    (
        ROUTE,
        "child",
        "Aba4BZJi6QAAAAAAAAAHAAZgyBmjUkDdyeZpGUJUzvAZop3__2unuBCdrRHRgLQAwE_UMMgCABDis1quOzWhuUu5rEzOWhGG",
    ),
    (
        replace(ROUTE, message="žluťoučký-1", split=frozenset(NAMES), revision=0),
        "žluťoučký-1",
        "Aba4BZJi6QAAAAAAAAAAAAZgyBmjUkD51VblYwgMcV93vGQAD8W-bHXFpW91xI1rw70tMf__H7cHc3nK7vq9_8CYmA1Tqdk",
    ),
]

_ids = st.text(st.characters(codec=None), max_size=40) | st.uuids().map(str) | st.uuids().map(lambda u: str(u).upper())
_routes = st.builds(
    Route,
    message=_ids,
    split=st.frozensets(st.sampled_from(NAMES)),
    revision=st.integers(0, 2**64 - 1),
    decided_at=st.datetimes(timezones=st.just(UTC)),
)


@pytest.mark.parametrize(("route", "carrier", "header"), GOLDEN)
def test_golden_bytes(route: Route, carrier: str, header: str) -> None:
    assert HEADERS.write(route, carrier) == header
    assert HEADERS.read(header, carrier) == route


def test_a_header_is_small() -> None:
    assert len(HEADERS.write(ROUTE, ID)) < 120


@given(_routes, _ids)
def test_what_is_written_is_read(route: Route, carrier: str) -> None:
    header = HEADERS.write(route, carrier)
    assert header.isascii()
    assert HEADERS.read(header, carrier) == route


@given(_routes, st.data())
def test_any_flipped_bit_is_refused(route: Route, data: st.DataObject) -> None:
    header = HEADERS.write(route, ID)
    bit = data.draw(st.integers(0, len(header) * 8 - 1))
    flipped = bytearray(header, "ascii")
    flipped[bit // 8] ^= 1 << bit % 8
    assert isinstance(HEADERS.read(flipped.decode("latin-1"), ID), Unread)


def test_every_flipped_bit_of_one_is_refused() -> None:
    found = bytearray(decoded(HEADERS.write(ROUTE, ID)))
    reasons = set()
    for bit in range(len(found) * 8):
        found[bit // 8] ^= 1 << bit % 8
        reasons.add(HEADERS.read(encoded(bytes(found)), ID))
        found[bit // 8] ^= 1 << bit % 8
    assert reasons == {Unread.FORGED, Unread.NEWER, Unread.GARBLED}


@given(
    st.binary(max_size=120).map(lambda found: encoded(b"\x01" + found))
    | st.text(st.characters(codec=None))
    | st.binary()
    | st.integers()
    | st.lists(st.text())
)
def test_whatever_comes_is_refused_and_never_raises(header: object) -> None:
    assert HEADERS.read(header, ID) in (Unread.GARBLED, Unread.FORGED, Unread.NEWER)


@given(_ids, _ids)
def test_a_header_that_was_copied_onto_another_message_is_not_honoured(carrier: str, other: str) -> None:
    assume(carrier != other)
    assert HEADERS.read(HEADERS.write(ROUTE, carrier), other) is Unread.OTHER_MESSAGE


def test_none_is_absent() -> None:
    assert HEADERS.read(None, ID) is Unread.ABSENT


@pytest.mark.parametrize("header", ["", "A", "====", " " * 90, "AQ", "x" * 100_000, b"AQ", 5, ["AQ"], {}, "ů"])
def test_what_never_was_one_is_garbled(header: object) -> None:
    assert HEADERS.read(header, ID) is Unread.GARBLED


@pytest.mark.parametrize("more", ["=", "\n", " ", "A"])
def test_one_that_was_added_to_is_refused(more: str) -> None:
    assert HEADERS.read(HEADERS.write(ROUTE, ID) + more, ID) in (Unread.GARBLED, Unread.FORGED)


def test_one_that_was_cut_is_refused() -> None:
    header = HEADERS.write(ROUTE, ID)
    assert {HEADERS.read(header[:end], ID) for end in range(len(header))} == {Unread.GARBLED, Unread.FORGED}


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (Headers(SECRET[::-1], "process_message", NAMES), Unread.FORGED),
        (Headers(SECRET, "another", NAMES), Unread.FORGED),
        (Headers(SECRET, "process_message", NAMES[:-1]), Unread.OTHER_HANDLERS),
        (Headers(SECRET, "process_message", (*NAMES[:-2], NAMES[-1], NAMES[-2])), Unread.OTHER_HANDLERS),
        (Headers(SECRET, "process_message", ("dispatchhandler_0", *NAMES[2:], "x")), Unread.OTHER_HANDLERS),
    ],
)
def test_one_of_another_deployment_is_not_honoured(headers: Headers, reason: Unread) -> None:
    assert HEADERS.read(headers.write(ROUTE, ID), ID) is reason


def test_a_newer_one_is_told_from_a_forged_one() -> None:
    newer = b"\x02" + decoded(HEADERS.write(ROUTE, ID))[1:]
    assert HEADERS.read(encoded(newer), ID) is Unread.NEWER
    assert HEADERS.read(encoded(b"\xff"), ID) is Unread.NEWER
    assert HEADERS.read(encoded(b"\x00" + newer[1:]), ID) is Unread.GARBLED


def test_a_handler_that_is_not_declared_cannot_be_written_and_is_legacys() -> None:
    route = replace(ROUTE, split=frozenset({"gone", "handler_3"}))
    read = HEADERS.read(HEADERS.write(route, ID), ID)
    assert isinstance(read, Route)
    assert read.split == {"handler_3"}


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(DeclarationError, match="a secret of 15 bytes"):
        Headers(b"x" * 15, "one", NAMES)


def test_an_id_that_is_too_long_is_a_sentence() -> None:
    longest = replace(ROUTE, message="x" * 1024)
    assert HEADERS.read(HEADERS.write(longest, ID), ID) == longest
    with pytest.raises(MessageError, match="its id is too long for a header: 1025 bytes"):
        HEADERS.write(replace(ROUTE, message="x" * 1025), ID)


def test_the_id_of_a_split_task_says_which_run_it_is_of() -> None:
    """A child's header is bound to the child's id, and that is derived from its claim: no other run can use it."""
    from tasksplit.model.route import ClaimId

    ids = [ClaimId(message=ID, handler="build", instance=arch).task_id("process_message") for arch in ("x86", "arm")]
    header = HEADERS.write(ROUTE, ids[0])
    assert HEADERS.read(header, ids[0]) == ROUTE
    assert HEADERS.read(header, ids[1]) is Unread.OTHER_MESSAGE


def encoded(found: bytes) -> str:
    return urlsafe_b64encode(found).rstrip(b"=").decode()


def decoded(header: str) -> bytes:
    return urlsafe_b64decode(header + "=" * (-len(header) % 4))
