"""Contents with tokens compare as they did without, and hold no secret in any of their corners."""

import base64
import datetime as dt
import decimal
import enum
import json
import re
import uuid
from collections import namedtuple
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasksplit import Redact
from tasksplit.errors import DeclarationError
from tasksplit.wire.canonical import canonical, plain, restore
from tasksplit.wire.redaction import Redactor, Veil
from tests.hostile import NAMED, PAYLOADS, SECRETS, TELLTALE, carriers

KEY = b"k" * 32
PLAIN = Redactor(key=KEY)
TOKEN = re.compile(r"token#[0-9a-f]{16}")


class State(enum.Enum):
    OPEN = "open"


Pair = namedtuple("Pair", "password user")


def content(inputs: Any = None, **more: Any) -> bytes:
    """The content of an observation."""
    effects = {"calls": more.get("calls", []), "rows": more.get("rows", {}), "started": []}
    return canonical({"effects": effects, "inputs": inputs, "outcome": more.get("outcome")})


def veil(payload: Any = None, **declared: Any) -> Veil:
    return Redactor(Redact(**declared), KEY).message(payload)


def inputs(value: Any, **declared: Any) -> Any:
    """What is left of inputs."""
    return restore(veil(**declared).content(content(value)))["inputs"]


# --- what comparing needs -------------------------------------------------------------------------------------------

names = st.sampled_from(["password", "token", "tokens_used", "name", "value", "x", "$set", "url", "author", "cookie"])
texts = st.one_of(
    st.sampled_from([*SECRETS.values(), "", "a", "token=abc", "https://a:b@c", "2026-01-02"]), st.text(max_size=9)
)
leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts, st.binary(max_size=4))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=3), st.tuples(texts, inner),
        st.frozensets(texts, max_size=3),
    ),
    max_leaves=8,
)  # fmt: skip


@given(values, values)
@settings(max_examples=300, deadline=None)
def test_equal_stays_equal_and_different_stays_different(one: Any, other: Any) -> None:
    mine, theirs = PLAIN.message(None), PLAIN.message(None)
    a, b = mine.content(content(one)), theirs.content(content(other))
    mine.spread(theirs.secrets), theirs.spread(mine.secrets)
    assert (canonical(one) == canonical(other)) == (mine.again(a) == theirs.again(b))


@given(values)
@settings(max_examples=300, deadline=None)
def test_what_has_tokens_is_left_alone(value: Any) -> None:
    hidden = PLAIN.message(None).content(content(value))
    assert PLAIN.message(None).content(hidden) == hidden


@pytest.mark.parametrize("name", PAYLOADS)
def test_hostile_payloads_stay_readable(name: str) -> None:
    """Whatever a payload is, the canonical form of what is shown of it is one."""
    shown = PLAIN.message(PAYLOADS[name]).payload_content()
    assert restore(shown) is not ...
    assert PLAIN.message(restore(shown)).payload_content() == shown


# --- where secrets stand --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TELLTALE)
def test_told_by_its_form_in_every_corner(kind: str) -> None:
    hidden = veil().content(content(carriers(TELLTALE[kind]))).decode()
    assert TELLTALE[kind] not in json.dumps(plain(hidden.encode()), ensure_ascii=False)
    assert json.dumps(TELLTALE[kind])[1:-1] not in hidden


@pytest.mark.parametrize("name", NAMED)
def test_found_by_its_name_in_the_message_and_hidden_in_every_corner(name: str) -> None:
    secret = NAMED[name]
    one = veil({"config": {name: secret}})
    found = one.again(
        one.content(content(carriers(secret), outcome={"kind": "raised", "type": "E", "message": secret}))
    )
    assert secret not in json.dumps(plain(found), ensure_ascii=False)
    assert secret not in one.text(f"in prose: {secret}")
    assert secret not in json.dumps(one.payload(), ensure_ascii=False)


def test_found_in_one_observation_and_hidden_in_the_others() -> None:
    one = veil()
    first = one.content(content({"x": "the word is Sesam-0815"}))
    one.content(content(calls=[{"call": "http", "headers": {"authorization": "Bearer Sesam-0815"}}]))
    assert b"Sesam" not in one.again(first)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("abc", ""), (1234, r" \(int\)"), (1.5, r" \(float\)"), (1_700_000_000, r" \(moment\)"), (10**30, r" \(int\)"),
        (decimal.Decimal("1.0"), r" \(decimal\)"), (uuid.UUID(int=7), r" \(id\)"), (b"abc", r" \(bytes\)"),
        (dt.date(2026, 1, 2), r" \(moment\)"), ("2026-01-02", r" \(moment\)"), ("\ud800abc", ""),
    ],
)  # fmt: skip
def test_all_that_stands_under_a_name_whatever_its_type(value: Any, label: str) -> None:
    assert re.fullmatch(rf"token#[0-9a-f]{{16}}{label}", inputs({"password": value})["password"])


@pytest.mark.parametrize("value", [None, True, False, "", [], {}])
def test_what_is_no_secret_shows_that_it_is_missing(value: Any) -> None:
    assert inputs({"password": value}) == {"password": value}


def test_the_form_of_what_stands_under_a_name_stays() -> None:
    """So that paths of rules and of differences are the same with tokens."""
    found = inputs({"credentials": {"user": "me", "list": [1, None, ("a",)]}})["credentials"]
    assert TOKEN.match(found["user"])
    assert found["list"][1] is None
    assert isinstance(found["list"][2], tuple)


def test_numbers_and_moments_about_secrets_stay() -> None:
    given = {"tokens_used": 3, "token_expires_at": "2026-01-02T03:04:05Z", "password_changed_at": dt.date(2026, 1, 2)}
    assert inputs(given) == given
    assert TOKEN.match(inputs({"token_type": "bearer"})["token_type"])


def test_pairs_and_lists_of_variables() -> None:
    found = inputs(
        {"form": [("api_key", "a"), ("x", "b")], "env": [{"name": "DB_PASSWORD", "value": "c"}], "h": [["Cookie", "d"]]}
    )
    assert (found["form"][1], found["env"][0]["name"], found["h"][0][0]) == (("x", "b"), "DB_PASSWORD", "Cookie")
    assert all(TOKEN.match(v) for v in (found["form"][0][1], found["env"][0]["value"], found["h"][0][1]))


def test_classes_of_the_users() -> None:
    tree = plain(
        veil().content(content({"a": Pair("p", "u"), "secret": State.OPEN, "odd": {1: "x", ("password",): "y"}}))
    )
    assert TOKEN.match(tree["inputs"]["a"]["$namedtuple"][1]["password"])
    assert tree["inputs"]["a"]["$namedtuple"][1]["user"] == "u"
    assert TOKEN.match(tree["inputs"]["secret"]["$enum"][1])


def test_texts_in_bytes_are_looked_into_and_other_bytes_are_dropped() -> None:
    one = veil()
    text, blob = b"x=1&token=abc", b"\xff\xfe\x00"
    found = restore(one.content(content({"text": text, "plain": b"abc", "blob": blob})))["inputs"]
    assert re.fullmatch(rb"x=1&token=token#[0-9a-f]{16}", found["text"])
    assert found["plain"] == b"abc"
    assert re.fullmatch(r"token#[0-9a-f]{16}, dropped: 3 bytes", found["blob"])
    assert one.dropped == {"bytes that are no text": 1}
    assert base64.b64encode(blob) not in one.content(content({"blob": blob}))


def test_a_text_too_long_to_search_is_dropped_where_it_may_hold_something() -> None:
    one, long = veil(), "x" * (4 << 20) + "x"
    assert restore(one.content(content({"long": long, "token": None})))["inputs"]["long"] == long
    found = restore(one.content(content({"long": long + " password"})))["inputs"]["long"]
    assert found.endswith(f", dropped: {len(long) + 9} characters")
    assert one.dropped.total() == 1


def test_what_is_ours_in_an_observation_stays() -> None:
    """A password that is a word of ours must not change which kind of thing happened."""
    one = veil({"password": "insert", "secret": "task-of-theirs", "token": "builds_table"})
    given = content(
        calls=[
            {"call": "task", "task": "task-of-theirs", "queue": "task-of-theirs", "kwargs": {"x": "task-of-theirs"}}
        ],
        rows={"builds_table": [{"op": "insert", "key": {"id": 1}, "columns": {"state": "insert"}}]},
        outcome={"kind": "returned", "value": "insert"},
    )
    found = plain(one.again(one.content(given)))
    call, (row,) = found["effects"]["calls"][0], found["effects"]["rows"]["builds_table"]
    assert (call["task"], call["queue"], row["op"], found["outcome"]["kind"]) == (
        "task-of-theirs",
        "task-of-theirs",
        "insert",
        "returned",
    )
    assert TOKEN.match(call["kwargs"]["x"])
    assert TOKEN.match(row["columns"]["state"])
    assert TOKEN.match(found["outcome"]["value"])


# --- what is declared -----------------------------------------------------------------------------------------------


def test_declared_names_and_names_to_keep() -> None:
    found = inputs({"userEmail": "a@b", "cookie": "c"}, names=["user_email"], keep=["cookie"])
    assert TOKEN.match(found["userEmail"])
    assert found["cookie"] == "c"


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("$.inputs.user.email", ["email"]), ("$.inputs.user", ["email", "name"]), ("$..name", ["name"]),
        ("$.inputs.*.name", ["name"]), ("$.inputs['user']['email']", ["email"]), ("$.outcome.user.email", []),
        ("$.inputs.user.email.x", []),
    ],
)  # fmt: skip
def test_declared_paths(path: str, hidden: list[str]) -> None:
    found = inputs({"user": {"email": "me@here", "name": "Ada Lovelace"}}, paths=[path])["user"]
    assert [name for name in found if TOKEN.match(found[name])] == hidden


def test_paths_into_the_message_are_hidden_wherever_they_show_up() -> None:
    one = veil(
        {"user": {"email": "me@here.example"}, "list": [{"x": "first-one"}]},
        paths=["$.payload.user.email", "$.payload.list[*].x"],
    )
    assert b"here.example" not in one.again(one.content(content({"said": "from me@here.example to first-one"})))
    assert TOKEN.match(one.payload()["user"]["email"])
    assert not veil({"a": 1}).secrets


def test_declared_paths_into_tuples_rows_and_odd_mappings() -> None:
    rows = {"builds": [{"op": "insert", "key": {"id": 1}, "columns": {"mail": "a@b.c"}}]}
    one = veil(paths=["$.effects.rows.builds[*].columns.mail", "$.inputs.t[1]", "$..odd.x"])
    found = plain(one.content(content({"t": ("a", "b"), "odd": {1: 2, "x": "y"}}, rows=rows)))
    assert TOKEN.match(found["effects"]["rows"]["builds"][0]["columns"]["mail"])
    assert found["inputs"]["t"]["$tuple"][0] == "a"
    assert TOKEN.match(found["inputs"]["t"]["$tuple"][1])
    assert "y" not in json.dumps(found["inputs"]["odd"])


def test_a_path_that_cannot_be_read_is_refused_before_anything_runs() -> None:
    with pytest.raises(DeclarationError, match="cannot be read"):
        Redactor(Redact(paths=["$.inputs.[x"]), KEY)


# --- tokens ---------------------------------------------------------------------------------------------------------


def test_a_token_is_of_the_secret_and_the_key_alone() -> None:
    here, there, other = Redactor(key=KEY), Redactor(key=KEY), Redactor(key=b"other")
    given = {"password": "abc"}
    assert here.message(given).payload() == there.message(given).payload() != other.message(given).payload()
    assert here.texts.token("abc") in here.text("password=abc")


@pytest.mark.parametrize("common", ["default", "abc", "aaaaaaaa", "********", "GITHUB"])
def test_words_that_are_everywhere_are_hidden_where_they_stand_alone(common: str) -> None:
    one = veil({"token": common})
    assert one.text(f"with {common} in it") == f"with {common} in it"
    assert TOKEN.match(one.payload()["token"])


def test_a_payload_that_has_no_form_is_counted_and_hides_nothing() -> None:
    one = veil(object())
    assert one.payload() is None
    assert one.dropped == {"payloads without a canonical form": 1}


def test_what_has_nothing_to_hide_is_the_same_object() -> None:
    given = content({"name": "x", "author": "y"})
    assert veil().content(given) is given
    assert veil({"a": 1}).is_clean()
