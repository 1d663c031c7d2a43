"""A pair is of a stratum whatever the user's functions do; what they cannot name is ``?``, counted and said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

import pytest

from tasksplit import DeclarationError, Dispatch
from tasksplit.model.message import Message
from tasksplit.model.migration import Migration
from tasksplit.model.observation import DISPATCH, Observation
from tasksplit.model.strata import NO_KIND, Feature
from tasksplit.pair.pairs import Paired
from tasksplit.pair.strata import Strata, did_nothing
from tests.unit.model.test_declaration import handler, migration
from tests.unit.pair.observed import seen


class Colour(Enum):
    RED = 1


class Unsayable:
    def __str__(self) -> str:
        raise ValueError("no words")


def message(name: str = "m", **payload: Any) -> Message:
    return Message(id=name, payload={"kind": "push", **payload}, entry="e", key="k", digest="0" * 32)


def named(strata: Strata, one: Message, *, nothing: bool = False, legacy: Observation | None = None) -> str:
    return strata.of(one, Paired(legacy=legacy or seen("a", ended="returned"), split=None), nothing=nothing)


def featured(**features: Feature) -> Strata:
    return Strata(migration(handler("a", features=features), event=lambda payload: payload["kind"]))


def said(strata: Strata, name: str = "a") -> list[str]:
    return [finding.text for finding in strata.findings(name)]


def declared(**more: Any) -> Migration:
    return migration(handler("a"), event=lambda payload: payload["kind"], **more)


def test_it_is_named_after_the_event_and_how_legacy_ended() -> None:
    strata = Strata(declared())
    assert named(strata, message()) == "push: returned"
    assert named(strata, message("n", kind=None)) == f"{NO_KIND}: returned"
    both = Paired(legacy=seen("a", ended="raised"), split=seen("a", ended="returned"))
    assert strata.of(message(), both, nothing=False) == "push: raised"
    assert strata.of(message(), Paired(legacy=None, split=both.split), nothing=False) == "push: returned"
    assert named(strata, message(), legacy=seen("a")) == "push: never reached"


def test_a_migration_that_names_no_kinds_has_one() -> None:
    assert named(Strata(migration(handler("a"))), message()) == f"{NO_KIND}: returned"


def test_an_event_that_cannot_be_named_is_a_stratum_of_its_own() -> None:
    strata = Strata(migration(handler("a"), event=lambda payload: payload["gone"]))
    assert named(strata, message()) == "?: returned"


def test_only_dispatch_makes_nothing_of_a_message() -> None:
    strata = Strata(declared(dispatch=Dispatch(features={"forge": "$.forge"})))
    dispatch = seen(DISPATCH, ended="returned")
    assert named(strata, message(forge="x"), nothing=True, legacy=dispatch) == "push: returned:nothing · forge=x"
    assert named(strata, message(), nothing=True) == "push: returned"


def test_features_are_paths_into_the_payload_or_functions_of_payload_and_inputs() -> None:
    def job(payload: Any, inputs: Mapping[str, Any] | None) -> object:
        return "never" if inputs is None else inputs["job"]

    strata = featured(option="$.build.option", job=job)
    content = json.dumps({"inputs": {"job": "tests"}, "outcome": {"kind": "returned"}, "effects": {}}).encode()
    came = seen("a", ended="returned", content=content)
    assert named(strata, message(build={"option": "rare"}), legacy=came) == "push: returned · option=rare, job=tests"
    unreached = seen("a", ended="raised", content=json.dumps({"inputs": None}).encode())
    assert named(strata, message(build=["none"]), legacy=unreached) == "push: raised · option=None, job=never"
    assert said(strata) == []


@pytest.mark.parametrize(
    ("value", "name"), [(True, "True"), (0, "0"), ("", ""), (None, "None"), (1.5, "1.5"), (Colour.RED, "Colour.RED")]
)
def test_each_value_is_a_stratum_of_its_own(value: object, name: str) -> None:
    strata = featured(option=lambda payload, inputs: value)
    assert named(strata, message()) == f"push: returned · option={name}"
    assert said(strata) == []


@pytest.mark.parametrize(
    ("value", "what"),
    [({"a": 1}, "dict"), ([1], "list"), ({1, 2}, "set"), ((1, 2), "tuple"), (object(), "object"), (b"x", "bytes")],
    ids=["dict", "list", "set", "tuple", "object", "bytes"],
)
def test_what_is_not_one_value_is_unknown_counted_and_said(value: object, what: str) -> None:
    strata = featured(option=lambda payload, inputs: value)
    assert [named(strata, message(name)) for name in "mn"] == ["push: returned · option=?"] * 2
    assert said(strata) == [
        f"the feature 'option' gave a {what}, where one value is due, on 2 pairs, first on m; "
        "what it cannot name counts as '?'"
    ]
    assert said(strata, DISPATCH) == []


@pytest.mark.parametrize(
    "feature", [lambda payload, inputs: payload["gone"], lambda payload: 1, lambda *_: Unsayable()]
)
def test_a_function_that_raises_is_unknown_counted_and_said(feature: Any) -> None:
    strata = featured(option=feature, other="$.kind")
    assert named(strata, message()) == "push: returned · option=?, other=push"
    (text,) = said(strata)
    assert text.startswith("the feature 'option' raised ")
    assert " on 1 pair, first on m (" in text


def test_every_way_in_which_a_feature_fails_is_said() -> None:
    def feature(payload: Any, inputs: object) -> object:
        if payload["n"] == 0:
            raise KeyError("n")
        return [] if payload["n"] == 1 else "fine"

    strata = featured(option=feature)
    assert [named(strata, message(str(n), n=n))[-2:] for n in (0, 0, 1, 2)] == ["=?", "=?", "=?", "ne"]
    assert [text.partition("; ")[0] for text in said(strata)] == [
        "the feature 'option' gave a list, where one value is due, on 1 pair, first on 1",
        "the feature 'option' raised KeyError on 2 pairs, first on 0 ('n')",
    ]


def test_more_than_a_hundred_values_are_no_strata() -> None:
    strata = featured(option="$.n", other="$.n")
    names = {named(strata, message(str(n), n=n)) for n in range(150)}
    assert len(names) == 101
    assert named(strata, message("again", n=99)) == "push: returned · option=99, other=99"  # those that are known stay
    assert named(strata, message("more", n=100)) == "push: returned · option=?, other=?"
    assert said(strata)[0] == (
        "the feature 'option' gave more than 100 different values on 51 pairs, first on 100; "
        "what it cannot name counts as '?'"
    )


@pytest.mark.parametrize("path", ["option", "$", "$.jobs[0].kind", "$['a b']", "$..option", "$.jobs[*]", "$.a..b", ""])
def test_a_path_that_would_never_lead_anywhere_is_refused(path: str) -> None:
    with pytest.raises(DeclarationError, match=r"^Found the path .* of the feature 'option' of 'a'"):
        featured(option=path)


@pytest.mark.parametrize(
    ("content", "nothing"),
    [
        ({}, True),
        ({"outcome": {"kind": "returned", "value": 0}}, False),
        ({"outcome": {"kind": "raised"}}, False),
        ({"effects": {"calls": [{"call": "x"}], "rows": {}, "started": []}}, False),
        ({"effects": {"calls": [], "rows": {"t": [1]}, "started": []}}, False),
        ({"effects": {"calls": [], "rows": {}, "started": [{"handler": "a"}]}}, False),
    ],
)
def test_nothing_is_neither_an_effect_nor_a_value(content: dict[str, Any], nothing: bool) -> None:
    quiet = {
        "inputs": {},
        "outcome": {"kind": "returned", "value": None},
        "effects": {"calls": [], "rows": {}, "started": []},
    }
    one = seen(content=json.dumps(quiet | content).encode())
    assert did_nothing([one]) is nothing
    assert did_nothing([one, one]) is False
    assert did_nothing([]) is False
