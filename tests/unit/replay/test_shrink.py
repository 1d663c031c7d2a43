"""Does a search leave just what is needed?"""

import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.replay.shrink import BATCH, SHORT, Shrunk, applied, places, shrink

leaves = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.text("ab", max_size=3), st.just("x" * 60))
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc", max_size=2), inner, max_size=4),
    max_leaves=25,
)


def asking(needed: Callable[[Any], bool]) -> Callable[[Sequence[Any]], list[bool]]:
    return lambda values: [needed(value) for value in values]


def holds(paths: list[tuple[Any, ...]], whole: Any) -> Callable[[Any], bool]:
    """Whether what stands at each path of the whole is somewhere in the value: deleting moves items of lists."""
    wanted = [json.dumps(value) for path, value in places(whole, {}) if path in paths]
    return lambda value: all(text in json.dumps(value) for text in wanted)


def one_step_smaller(value: Any) -> list[Any]:
    """Every value that is this one with one member or item left out, or one leaf as plain as it may be."""
    found = []
    for path, item in places(value, {}):
        found.append(without(value, path))
        if isinstance(item, str | int | float) and item:
            found.append(applied(value, {path: type(item)()}))
    return found


def without(value: Any, path: tuple[Any, ...]) -> Any:
    copied = json.loads(json.dumps(value))
    inner = copied
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return copied


@given(tree=trees, data=st.data())
def test_what_is_left_still_shows_it_and_no_single_step_is_left(tree: Any, data: st.DataObject) -> None:
    known = [path for path, _ in places(tree, {})]
    chosen = data.draw(st.lists(st.sampled_from(known), max_size=3)) if known else []
    needed = holds(chosen, tree)
    found = shrink(tree, asking(needed))
    assert needed(found.value)
    assert found.minimal
    assert not [smaller for smaller in one_step_smaller(found.value) if smaller != found.value and needed(smaller)]
    assert shrink(tree, asking(needed)) == found


@given(tree=trees, odd=st.integers(0, 7))
def test_of_whatever_is_asked_the_answer_for_the_result_is_yes(tree: Any, odd: int) -> None:
    whole = len(json.dumps(tree)) % 8

    def needed(value: Any) -> bool:  # no order in it at all: neither of two halves, but perhaps both
        return len(json.dumps(value)) % 8 in (whole, odd)

    assert needed(shrink(tree, asking(needed)).value)


def test_what_is_needed_together_stays_together_and_the_rest_goes() -> None:
    payload = {"job": {"id": 7, "name": "n" * 90}, "more": [{"a": 1}, {"b": 2, "c": [1, 2, 3]}], "sender": {"x": "y"}}
    found = shrink(payload, asking(lambda v: v.get("job", {}).get("id") == 7 and _second(v).get("b") == 2))
    assert found.value == {"job": {"id": 7}, "more": [{}, {"b": 2}]}


def _second(value: Any) -> dict[str, Any]:
    more = value.get("more", [])
    return more[1] if len(more) > 1 else {}


def test_what_must_be_there_becomes_plain_and_a_long_text_short() -> None:
    payload = {"kind": "build", "id": 12, "flag": True, "log": "a" * 200 + "needle" + "b" * 300}

    def needed(value: Any) -> bool:
        return value.keys() == payload.keys() and "needle" in value["log"]

    found = shrink(payload, asking(needed)).value
    assert found == {"kind": "", "id": 0, "flag": False, "log": found["log"]}
    assert len(found["log"]) <= 2 * SHORT


def test_where_the_budget_ends_what_was_reached_is_used() -> None:
    payload = {f"m{n}": n + 1 for n in range(40)}
    rounds = iter([True] * 5)
    found = shrink(payload, asking(lambda v: "m7" in v and "m31" in v), goes_on=lambda: next(rounds, False))
    assert not found.minimal
    assert {"m7", "m31"} <= found.value.keys() < payload.keys()


def test_it_asks_in_batches_and_never_twice_for_the_same() -> None:
    asked: list[str] = []
    sizes: list[int] = []

    def ask(values: Sequence[Any]) -> list[bool]:
        sizes.append(len(values))
        asked.extend(json.dumps(value) for value in values)
        return [{"m3", "m55"} <= value.keys() for value in values]

    found = shrink({f"m{n}": {"n": n} for n in range(64)}, ask)
    assert found == Shrunk(value={"m3": {}, "m55": {}}, asked=len(asked), minimal=True)
    assert len(set(asked)) == len(asked) < 60
    assert max(sizes) <= BATCH
