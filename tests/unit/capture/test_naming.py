"""What stands for ids that a run made, in the bytes that are compared?"""

from __future__ import annotations

import re

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.capture.naming import replaced, with_ids
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


# --- and back again: as they were in the real world -------------------------------------------------------------------

IDS = {
    f"new {table} copr#{place}": f"19000{len(table)}00{place}" for table in ("builds", "runs") for place in (1, 2, 11)
}
IDS |= {'new runs copr/\u2192 "q"#1': "1900000005", "new runs copr/a\\b#1": "1900000006"}


def named_by_a_replay(content: bytes) -> bytes:
    """Return what a replay compares, where it gave a row the id that stands in ``IDS``."""
    return replaced(content, {value.encode(): orjson.dumps(name)[1:-1] for name, value in IDS.items()})


def test_a_name_that_begins_like_another_is_left_to_the_longer_one() -> None:
    content = canonical({"a": "new builds copr#11", "b": "new builds copr#1", "c": "new builds copr#1 (number)"})
    assert with_ids(content, {"new builds copr#1": "7", "new builds copr#11": "8"}) == canonical(
        {"a": "8", "b": "7", "c": 7}
    )


def test_what_no_id_is_known_of_is_left() -> None:
    content = canonical({"a": "new builds copr#3", "b": "new id copr#1"})
    assert with_ids(content, {"new builds copr#1": "7"}) == content
    assert with_ids(content, {}) == content


distinct = dict(zip(dict.fromkeys(IDS.values()), range(len(IDS)), strict=False))
values_with_ids = st.recursive(
    st.sampled_from([*map(int, distinct), *distinct, 5, "", "x", None, True, 1.5, "\u2192"])
    | st.lists(st.sampled_from([*distinct, "/", " ", '"', "\\", "builds"]), max_size=4).map("-".join),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*distinct, "a", "b"]), inner),
    max_leaves=12,
)


@given(values_with_ids)
def test_names_of_a_replay_and_back_are_what_was_there(value: object) -> None:
    content = canonical(value)
    assert with_ids(named_by_a_replay(content), IDS) == content
