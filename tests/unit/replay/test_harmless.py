"""Is nothing left of a secret, and everything else as it was?"""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import ReplayError
from tasksplit.model.redact import Redact
from tasksplit.replay.harmless import alike, harmless, showing_all_the_same
from tasksplit.wire.redaction import Redactor
from tests.hostile import NAMED, TELLTALE, carriers

REDACTOR = Redactor(Redact(names=["shoe size"], paths=["$.payload.user.mail"]), b"key")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("abc $", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("xyz$", max_size=3), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize("kind", TELLTALE)
def test_of_a_secret_that_its_form_tells_nothing_is_left(kind: str) -> None:
    secret = TELLTALE[kind]
    for how, carrier in carriers(secret).items():
        payload = {"note": carrier, "plain": "as it was", "n": 7}
        found = harmless(REDACTOR, payload)
        written = json.dumps(found.payload)
        for part in (secret, secret.split(maxsplit=1)[0]):
            assert json.dumps(part)[1:-1] not in written or part.startswith("-----BEGIN"), how
        assert (found.payload["plain"], found.payload["n"]) == ("as it was", 7)
        assert {path[0] for path in found.replaced} == {"note"}
        assert _shape(written) == _shape(json.dumps(payload)), how


@pytest.mark.parametrize("name", NAMED)
def test_of_a_secret_that_its_name_tells_nothing_is_left_here_or_elsewhere(name: str) -> None:
    secret = NAMED[name]
    payload = {"auth": {name: secret}, "said": f"refused <{secret}>", "again": {name: secret}}
    found = harmless(REDACTOR, payload).payload
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in json.dumps(found, ensure_ascii=False)
    assert found["auth"] == found["again"]
    assert len(found["auth"][name]) == len(secret)


def test_what_is_declared_and_numbers_become_others_too() -> None:
    payload = {"shoeSize": 43, "user": {"mail": "jo@example.org"}, "password": 123456, "pin_code": 4, "secret": None}
    found = harmless(REDACTOR, payload)
    assert found.payload == {
        "shoeSize": 1, "user": {"mail": "xx@xxxxxxx.xxa"}, "password": 3, "pin_code": 4, "secret": None,
    }  # fmt: skip
    assert found.replaced == (("shoeSize",), ("user", "mail"), ("password",))


def test_secrets_that_differ_stay_apart_and_places_can_be_left_as_they_are() -> None:
    payload = {"tokens": [{"token": "aaaa-1111"}, {"token": "bbbb-2222"}, {"token": "aaaa-1111"}]}
    found = harmless(REDACTOR, payload)
    first, second, third = (one["token"] for one in found.payload["tokens"])
    assert first == third != second
    kept = harmless(REDACTOR, payload, but=[("tokens", 1, "token")])
    assert [one["token"] for one in kept.payload["tokens"]] == [first, "bbbb-2222", third]
    assert kept.replaced == found.replaced


@given(json_values)
def test_a_message_without_secrets_stays_as_it_is(payload: Any) -> None:
    found = harmless(REDACTOR, payload)
    assert (found.payload, found.replaced) == (payload, ())


@given(st.text("QZwé鍵79-/ |", max_size=30))
def test_a_stand_in_has_the_length_of_what_it_stands_for_and_none_of_its_letters(secret: str) -> None:
    found = alike(secret, 0)
    assert {sign for sign in found if sign.isalnum()} <= set("xX0")
    assert [sign.isalpha() for sign in found] == [sign.isalpha() for sign in secret]
    assert [sign for sign in found if not sign.isalnum()] == [sign for sign in secret if not sign.isalnum()]


def test_where_what_it_shows_needs_a_secret_its_place_is_named_and_nothing_of_it() -> None:
    payload = {"auth": {"password": "correct-horse"}, "token": "aaaa-1111", "n": 1}
    for wanted, place in (("correct-horse", "$.auth.password"), ("aaaa-1111", "$.token")):
        with pytest.raises(ReplayError) as raised:
            showing_all_the_same(REDACTOR, payload, lambda tried, wanted=wanted: [wanted in str(one) for one in tried])
        assert f"the secret at {place} as it is" in str(raised.value)
        assert wanted not in str(raised.value)


def test_where_several_secrets_are_needed_together_all_are_named_up_to_a_few() -> None:
    payload = {f"token_{n}": f"secret-number-{n}{n}" for n in range(7)}
    with pytest.raises(ReplayError, match=r"\$\.token_0, .*\$\.token_4 and 2 more"):
        showing_all_the_same(REDACTOR, payload, lambda tried: [one == payload for one in tried])


def test_what_shows_without_its_secrets_is_taken_and_what_has_none_is_not_asked_about() -> None:
    found = showing_all_the_same(REDACTOR, {"token": "aaaa-1111"}, lambda tried: [True for _ in tried])
    assert found.payload == {"token": "xxxx-0000"}
    assert showing_all_the_same(REDACTOR, {"n": 1}, lambda tried: [False for _ in tried]).payload == {"n": 1}


def _shape(text: str) -> str:
    return re.sub(r"\\u[0-9a-f]{4}|\w", "x", text)
