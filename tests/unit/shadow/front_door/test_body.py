"""Which bodies are read, and what is said of the others?"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shadow.front_door.body import MAX_DEPTH, parse
from shadow.front_door.problems import ProblemError
from tests.unit.shadow.front_door.conftest import is_problem

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)
)


@given(st.dictionaries(TEXT, JSON))
def test_objects_are_read_as_they_are(value: dict[str, Any]) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"a": NaN}', "NaN is no number"),
        (b'{"a": -Infinity}', "-Infinity is no number"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a": 1, "a": 1}', "twice"),
        (b'{"b": [{"a": 1, "\\u0061": 2}]}', "twice"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": "\x00"}', "not JSON"),
        (rb'{"a": ["\u0000"]}', r"\u0000"),
        (rb'{"\u0000": 1}', r"\u0000"),
        (rb'{"a": "\ud800"}', "surrogate"),
        (b'{"a": ' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "too deeply"),
        (b'{"a": ' * 100_000 + b"1" + b"}" * 100_000, "too deeply"),
        (b"[" * 100_000, "too deeply"),
    ],
)
def test_what_some_part_of_the_service_could_not_keep(body: bytes, text: str) -> None:
    with pytest.raises(ProblemError) as refused:
        parse(body)
    assert refused.value.status == 400
    assert text in refused.value.detail


def test_what_only_looks_like_it_is_read() -> None:
    assert parse(rb'{"a": "\\u0000", "b": "\ud83d\ude00"}') == {"a": r"\u0000", "b": "😀"}
    deep = b'{"a": ' + b"[" * (MAX_DEPTH - 1) + b"1" + b"]" * (MAX_DEPTH - 1) + b"}"
    assert parse(deep)
    assert parse(json.dumps({"a": [[]] * 1000}).encode()) == {"a": [[]] * 1000}


@pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null", b"true"])
def test_only_objects_are_events(body: bytes) -> None:
    with pytest.raises(ProblemError) as refused:
        parse(body)
    assert refused.value.status == 422


def test_a_body_that_says_it_is_too_long(door: Any) -> None:
    answer = door.github(b" " * 10_001)
    assert is_problem(answer, 413, "10000 bytes")
    assert door.github(b" " * 9_998 + b"{}").status_code == 202


def test_a_body_that_does_not_say_how_long_it_is(door: Any) -> None:
    read = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(1_000):
            read.append(number)
            yield b" " * 1_000

    answer = door.request("POST", "/events", content=chunks(), headers={"content-type": "application/json"})
    assert is_problem(answer, 413, "10000 bytes")
    assert len(read) < 20
    assert door.nothing_was_kept()


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": ""},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_bodies_of_other_types(door: Any, headers: dict[str, str]) -> None:
    signed = {**headers, "x-hub-signature-256": door.sign(b"{}")}
    assert is_problem(door.request("POST", "/webhooks/github", content=b"{}", headers=signed), 415, "send")
    assert door.nothing_was_kept()


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"'])
def test_other_names_of_the_type(door: Any, media_type: str) -> None:
    headers = {"content-type": media_type, "x-hub-signature-256": door.sign(b"{}")}
    assert door.request("POST", "/webhooks/github", content=b"{}", headers=headers).status_code == 202
