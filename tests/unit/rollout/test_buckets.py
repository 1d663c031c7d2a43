"""Is the choice of keys what it always was, whoever computes it, and fair?"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import DeclarationError
from tasksplit.model.message import Side
from tasksplit.model.rollout import Flag, Stage, Terms
from tasksplit.rollout import authoritative, bucket, in_canary

# DO NOT CHANGE: a failure here means that every running canary would be dealt out anew, see rollout/buckets.py
GOLDEN = [
    ("copr_build_end", "", "packit/ogr", 0.3201959728501187),
    ("copr_build_end", "", "packit/specfile", 0.4309823930843528),
    ("build", "2026-11", "packit/ogr", 0.42159974854812887),
    ("build", "", "", 0.16617520128377805),
    ("build", "", "a\x1fb", 0.5522359160921653),
    ("build", "a", "b", 0.2943153265701959),
    ("build", "", "Žluťoučký kůň", 0.3083302193720385),
    ("build", "", "Z\u030c", 0.017341996278215532),
    ("build", "", "\u017d", 0.30280768515459044),
    ("build", "", "🚀", 0.918871108688311),
    ("build", "", "\ud800", 0.005841231291970672),
]


@pytest.mark.parametrize(("name", "salt", "key", "expected"), GOLDEN)
def test_golden_values(name: str, salt: str, key: str, expected: float) -> None:
    assert bucket(name, salt, key) == expected


def test_another_process_with_other_hash_seeds_says_the_same() -> None:
    code = "from tasksplit.rollout import bucket; print(repr(bucket('copr_build_end', '', 'packit/ogr')))"
    for seed in ("1", "2"):
        ended = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": seed}
        )
        assert float(ended.stdout) == GOLDEN[0][3]


@given(st.text(st.characters(codec=None)), st.text(), st.text(st.characters(codec=None)))
def test_every_text_has_a_bucket_from_0_to_1_exclusive(name: str, salt: str, key: str) -> None:
    assert 0 <= bucket(name, salt, key) < 1


def test_a_share_is_about_that_share_of_keys_and_another_for_each_handler_and_salt() -> None:
    keys = [f"owner/project-{n}" for n in range(20_000)]
    chosen = {
        (name, salt): {key for key in keys if bucket(name, salt, key) < 0.1}
        for name, salt in (("build", ""), ("test", ""), ("build", "2"))
    }
    for found in chosen.values():
        assert 1800 < len(found) < 2200
    for one, other in combinations(chosen.values(), 2):
        assert len(one & other) < 300
    tenths = Counter(int(bucket("build", "", key) * 10) for key in keys)
    assert all(1800 < tenths[n] < 2200 for n in range(10))


def canary(**terms: object) -> Flag:
    return Flag(handler="build", stage=Stage.CANARY, terms=Terms(**terms))  # type: ignore[arg-type]


def test_denied_goes_before_allowed_and_allowed_before_the_share() -> None:
    key = "packit/ogr"
    assert not in_canary(canary(share=1.0, allow={key}, deny={key}), key)
    assert in_canary(canary(share=0.0, allow={key}), key)
    assert not in_canary(canary(share=0.0, allow={"another"}), key)
    assert in_canary(canary(share=1.0), key)
    assert in_canary(canary(share=1.0), "")


def test_the_bucket_decides_and_its_own_bound_is_outside() -> None:
    at = bucket("build", "", "packit/ogr")
    assert not in_canary(canary(share=at), "packit/ogr")
    assert in_canary(canary(share=at + 1e-12), "packit/ogr")


def test_handlers_that_are_hashed_as_one_agree_on_every_key() -> None:
    one = canary(share=0.3, hashed_as="both")
    other = Flag(handler="test", stage=Stage.CANARY, terms=one.terms)
    alone = canary(share=0.3)
    keys = [f"k{n}" for n in range(500)]
    assert [in_canary(one, key) for key in keys] == [in_canary(other, key) for key in keys]
    assert [in_canary(one, key) for key in keys] != [in_canary(alone, key) for key in keys]


def test_a_message_without_a_key_stays_with_legacy_until_live() -> None:
    sides = [authoritative(Flag(handler="build", stage=stage, terms=Terms(share=1.0)), None) for stage in Stage]
    assert sides == [Side.LEGACY, Side.LEGACY, Side.LEGACY, Side.SPLIT, Side.SPLIT]


def test_which_side_acts_in_which_stage() -> None:
    flags = [Flag(handler="build", stage=stage, terms=Terms(allow=frozenset({"k"}))) for stage in Stage]
    assert [authoritative(flag, "k") for flag in flags] == [
        Side.LEGACY,
        Side.LEGACY,
        Side.SPLIT,
        Side.SPLIT,
        Side.SPLIT,
    ]
    assert [authoritative(flag, "x") for flag in flags] == [Side.LEGACY] * 3 + [Side.SPLIT] * 2


@pytest.mark.parametrize(
    "terms",
    [
        {"share": -0.01},
        {"share": 1.01},
        {"share": float("nan")},
        {"share": "5%"},
        {"allow": "key"},
        {"deny": {1}},
        {"salt": "a\x1fb"},
        {"hashed_as": "\x1f"},
    ],
)
def test_terms_that_cannot_be_are_refused_in_a_sentence(terms: dict[str, object]) -> None:
    with pytest.raises(DeclarationError, match=r"^Found .* Expected .* To mend it: "):
        canary(**terms)


@pytest.mark.parametrize("handler", ["", "a\x1fb"])
def test_a_handler_that_cannot_be_hashed_is_refused(handler: str) -> None:
    with pytest.raises(DeclarationError, match="rename the handler"):
        Flag(handler=handler)
