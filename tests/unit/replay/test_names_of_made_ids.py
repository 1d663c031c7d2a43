"""What stands for ids that a run made, in the bytes that are compared?"""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.replay.world import replaced
from tasksplit.wire.canonical import canonical

NAMES = {b"1900000001": b"new builds copr#1", b"19000000010": b"new builds copr#2", b"ab-1": b"new id copr#1"}


def test_numbers_and_texts_are_told_apart() -> None:
    found = replaced(canonical({"id": 1900000001, "url": "/builds/1900000001"}), NAMES)
    assert found == canonical({"id": "new builds copr#1 (number)", "url": "/builds/new builds copr#1"})


def test_a_part_of_a_longer_number_is_left() -> None:
    content = canonical({"id": 19000000011, "version": "1900000001.2", "url": "/11900000001"})
    assert replaced(content, NAMES) == content


@given(st.lists(st.sampled_from(["1900000001", "0", ".", "ab-1", "-", ",", "\n", "x"]), max_size=12))
def test_it_replaces_what_a_regular_expression_would(parts: list[str]) -> None:
    content = canonical(["".join(parts), 1900000001])
    expected = content
    for value, name in NAMES.items():
        expected = re.sub(
            rb"(?<![0-9.])" + value + rb"(?![0-9.])",
            lambda found, name=name: (  # type: ignore[misc]  # bound at once
                b'"' + name + b' (number)"' if re.match(rb",?(?:\n|\Z)", found.string[found.end() :]) else name
            ),
            expected,
        )
    assert replaced(content, NAMES) == expected
