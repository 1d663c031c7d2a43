"""Does every difference stand on marked lines, whatever the values are, and does nothing of them act?"""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from tasksplit.compare import compare, compile_rules
from tasksplit.model import rules
from tasksplit.model.evidence import ShownPair
from tasksplit.model.rules import Rule
from tasksplit.report.shown.unified import unified
from tasksplit.report.words import visible
from tasksplit.wire.canonical import canonical
from tests.hostile import PAYLOADS
from tests.unit.report.beside.test_sides import OBSERVATIONS

_FINGERPRINT = re.compile(r"\b[0-9a-f]{12}\b")


def pair(legacy: object, split: object, *declared: Rule) -> ShownPair:
    contents = canonical(legacy), canonical(split)
    found = compare(*contents, compile_rules(declared), "h")
    return ShownPair(
        id="p", message="m", legacy=contents[0].decode(), split=contents[1].decode(), size=sum(map(len, contents)),
        differences=found.differences, rules=found.touched,
    )  # fmt: skip


def lines(given: ShownPair) -> list[str]:
    return [one.whole for one in unified(given)]


@given(legacy=OBSERVATIONS, split=OBSERVATIONS)
def test_each_difference_is_on_a_marked_line_and_equal_ones_have_none(legacy: object, split: object) -> None:
    given = pair(legacy, split)
    marked = [line for line in lines(given) if line.startswith(("-", "+", ">"))]
    assert set(_FINGERPRINT.findall("\n".join(marked))) == {one.fingerprint for one in given.differences}
    assert bool(marked) == bool(given.differences)
    assert not [line for line in lines(pair(legacy, legacy)) if line.startswith(("-", "+", ">", "~"))]


def observed(inputs: object, *calls: object) -> object:
    return {"inputs": inputs, "outcome": {"kind": "ignored"}, "effects": {"calls": [*calls], "rows": {}, "started": []}}


def test_both_sides_stand_one_below_the_other_under_what_they_belong_to() -> None:
    given = pair(
        observed({"job": 1, "same": [1]}, {"call": "http", "url": "/a", "n": 1}, {"call": "http", "url": "/b"}),
        observed({"job": 1.0, "same": [1]}, {"call": "http", "url": "/a", "n": 2}, {"call": "http", "url": "/b"}),
    )
    kinds = {one.path: one.fingerprint for one in given.differences}
    assert lines(given) == [
        "",
        "inputs",
        f"- job: 1  <- {kinds['$.inputs.job']} (int in legacy, float in the split)",
        f"+ job: 1.0  <- {kinds['$.inputs.job']} (int in legacy, float in the split)",
        "  same: [1]",
        "",
        "outcome",
        '  {kind: "ignored"}',
        "",
        "calls",
        "  [0] http /a",
        '    call: "http"',
        f"-   n: 1  <- {kinds['$.effects.calls[0].n']}",
        f"+   n: 2  <- {kinds['$.effects.calls[0].n']}",
        '    url: "/a"',
        '  [1]: {call: "http", url: "/b"}',
    ]


def test_an_item_that_one_side_has_is_whole() -> None:
    call = {"call": "task", "task": "b"}
    given = pair(observed({}, call), observed({}))
    (found,) = given.differences
    assert lines(given)[-2:] == ["  [0] task b", f'-   {{call: "task", task: "b"}}  <- {found.fingerprint}']


def test_what_a_rule_leaves_out_is_no_minus_and_no_plus() -> None:
    given = pair(observed({"at": 1}), observed({"at": 2}), rules.ignore("$.inputs.at", because="a clock"))
    told = [line for line in lines(given) if "at: " in line]
    assert [line.split(": ")[0] for line in told] == ["~- at", "~+ at"]


@pytest.mark.parametrize("name", PAYLOADS)
def test_nothing_of_a_hostile_value_acts(name: str) -> None:
    value = PAYLOADS[name]
    text = value if isinstance(value, str) else name
    for line in lines(pair(observed({text: text, "n": text}), observed({text: 1, "n": f"{text}2"}))):
        assert visible(line) == line
