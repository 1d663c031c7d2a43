"""Is the written test Python, formatted, and does nothing in it act?"""

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.verdict import Difference, Kind
from tasksplit.report.shown.literal import FITS, literal, text
from tasksplit.report.shown.regression import Regression, name_of, written
from tasksplit.report.words import visible
from tests.hostile import PAYLOADS

GOLDEN = Path(__file__).parent / "golden_regression.py"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)


def regression(payload: Any, **known: Any) -> Regression:
    different = Difference(
        path="$.effects.calls[2].body['a \"b\"']",
        shape="$.effects.calls[*].body['a \"b\"']",
        kind=Kind.MISSING,
        legacy={"state": "pending", "url": "https://forge.example/a/b"},
        split=None,
        fingerprint="0123456789ab",
    )
    return Regression(**{
        "migration": "shadow.migration:migration", "handler": "copr_build_end", "difference": different,
        "payload": payload, "message": "copr_end-007-tests-accepted.json", "sizes": (7042, 343), "replaced": True,
        **known,
    })  # fmt: skip


PAYLOAD = {
    "action": "opened",
    "number": 860,
    "pull_request": {
        "head": {"sha": "726842a6815ccfc8515e", "repo": {"name": "beacon", "owner": {"login": "pia-11"}}},
        "labels": [],
        "rate": 0.5,
        "draft": False,
    },
    "body": 'it\'s "quoted", \\ and\tbroken\n \u202e and é 鍵',
    "said": 'a "word"',
    "long": "0123456789" * 8,
    "more": [[1, 2], {"empty": {}}, None, ["x" * 40, "y" * 40]],
}


def test_it_reads_as_the_one_that_is_kept_and_that_the_formatter_checks() -> None:
    assert written(regression(PAYLOAD)) == GOLDEN.read_text(encoding="utf-8")


@given(json_values)
def test_a_value_comes_back_as_it_was_and_lines_are_short_where_they_can_be(value: Any) -> None:
    source = literal(value)
    assert repr(ast.literal_eval(source)) == repr(value)
    for line in source.splitlines():
        assert len(line) <= FITS + 1 or line.count(": ") + line.count(", ") <= 1 or len(line.strip()) > FITS - 20


@given(st.text())
def test_a_text_is_on_one_line_and_shows_what_is_in_it(value: str) -> None:
    source = text(value)
    assert ast.literal_eval(source) == value
    assert all(sign.isprintable() for sign in source)


@pytest.mark.parametrize("name", PAYLOADS)
def test_nothing_of_a_hostile_message_acts(name: str) -> None:
    hostile = PAYLOADS[name]
    what = hostile if isinstance(hostile, str) else name
    different = Difference(
        path=f"$[{what!r}]", shape=f"$[{what!r}]", kind=Kind.VALUE, legacy=what, split=f"{what}2", fingerprint="0" * 12
    )
    source = written(regression({"a": what}, difference=different, handler=what, message=what, migration=what))
    tree = ast.parse(source)
    assert [type(node) for node in tree.body] == [ast.Expr, ast.ImportFrom, ast.Assign, ast.FunctionDef]
    assert all(visible(line) == line for line in source.splitlines())
    assert ast.literal_eval(tree.body[2].value) == {"a": what}  # type: ignore[attr-defined]
    function = tree.body[3]
    assert [type(node) for node in function.body] == [ast.Expr, ast.Assign, ast.Assign, ast.Assert]  # type: ignore[attr-defined]


def test_its_name_says_handler_place_and_kind() -> None:
    assert name_of(regression({})) == "test_copr_build_end_effects_calls_body_a_b_missing"
    assert name_of(regression({}, handler="ü" * 200)).isidentifier()
