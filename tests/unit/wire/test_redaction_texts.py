"""Secrets in texts: told by their form, or by the name before them; and everything else stays as it is."""

import json
import re
import time

import pytest

from tasksplit.wire.redaction_names import ALL, Names
from tasksplit.wire.redaction_texts import Texts, parts_of
from tests.hostile import BASIC_PASSWORD, NAMED, SECRETS, STRINGS, TELLTALE, carriers

TEXTS = Texts(Names(), b"k" * 32)
TOKEN = r"token#[0-9a-f]{16}"


def hidden(text: str) -> str:
    found = TEXTS.hidden(text)
    assert TEXTS.hidden(found) == found
    return found


@pytest.mark.parametrize("kind", TELLTALE)
def test_told_by_its_form_wherever_it_stands(kind: str) -> None:
    for text in (carriers(TELLTALE[kind])[how] for how in ("prose", "header-line", "json-text")):
        assert TELLTALE[kind] not in hidden(text)
        assert json.dumps(TELLTALE[kind])[1:-1] not in hidden(text)


@pytest.mark.parametrize("name", NAMED)
def test_told_by_the_name_before_it(name: str) -> None:
    secret = NAMED[name]
    once = json.dumps({name: secret})
    for text in (
        f"{name}={secret!r}",
        repr({name: secret}),
        once,
        json.dumps(once),
        repr(once),
        f'[{{"{name}" : "{secret}',
    ):
        assert secret.split()[-1] not in hidden(text), text
        assert re.search(TOKEN, hidden(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GET /a?page=2&access_token=abc&x=1", rf"GET /a\?page=2&access_token={TOKEN}&x=1"),
        ("https://user:pa@ss@host/p?q=a@b", rf"https://user:{TOKEN}@host/p\?q=a@b"),
        ("https://tokenonly@host/", f"https://{TOKEN}@host/"),
        ("Authorization: Bearer abc.def-1234\nX-Next: 1", f"Authorization: {TOKEN}\nX-Next: 1"),
        ("Cookie: a=1; b=2\r\nx", f"Cookie: {TOKEN}\r\nx"),
        ("sent Bearer abc.def-1234 there", f"sent Bearer {TOKEN} there"),
        ("sent Basic dXNlcjpwYXNzd29yZA== there", f"sent Basic {TOKEN} there"),
        ("f(password='a b', x=1)", f"f\\(password='{TOKEN}', x=1\\)"),
        ("(token=abc), next", rf"\(token={TOKEN}\), next"),
        ("password=b'abc'", f"password=b'{TOKEN}'"),
        (r'{\"secret\": \"a\\\"b\", \"x\": 1}', rf'{{\\"secret\\": \\"{TOKEN}\\", \\"x\\": 1}}'),
        ("token=new id build/a:0#1 x", f"token={TOKEN} \\(id\\) x"),
        ("tool --password abc-1 --user x", f"tool --password {TOKEN} --user x"),
        ("<a:password x='1'>abc</a:password>", f"<a:password x='1'>{TOKEN}</a:password>"),
        ("next=%2Fx%3Ftoken%3Dabc&y", f"next=%2Fx%3Ftoken%3D{TOKEN}&y"),
        ("%7B%22secret%22%3A%22abc%22%7D", f"%7B%22secret%22%3A{TOKEN}"),
        ("{&quot;token&quot;: &quot;abc&quot;, 1}", f"{{&quot;token&quot;: &quot;{TOKEN}&quot;, 1}}"),
        ("api key: abc, session id = def", f"api key: {TOKEN}, session id = {TOKEN}"),
        ("token: 2026-01-02T03:04:05Z", f"token: {TOKEN} \\(moment\\)"),
    ],
)  # fmt: skip
def test_only_the_secret_is_hidden(text: str, found: str) -> None:
    assert re.fullmatch(found, hidden(text)), hidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "Basic authentication failed", "the bearer capabilities", "author: Jane", "tokens_used: 3", "asian-food",
        '{"token": null, "password": "", "secret": false}', "legacy.tokens:Handler.run", "oauth://host", "key: value",
        '{"cookie": {"a": 1}}', "password_changed_at=2026-01-02", "task-12345678-1234-1234-1234-123456789012",
        "https://host/path?x=a@b", "mail@host.example", "a@b://c",
    ],
)  # fmt: skip
def test_what_is_no_secret_stays(text: str) -> None:
    assert hidden(text) == text


@pytest.mark.parametrize("name", STRINGS)
def test_hostile_texts_are_looked_through_in_time(name: str) -> None:
    began = time.process_time()
    hidden(STRINGS[name])
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "piece",
    [
        "token=",
        "eyJa.",
        "://a",
        "-----BEGIN PRIVATE KEY",
        "pass ",
        "--a",
        "<token>",
        "<token a",
        "&quot;",
        '\\"auth',
        "key:",
        "gh_p_",
    ],
)
def test_twice_the_text_is_about_twice_the_time(piece: str) -> None:
    def seconds(times: int) -> float:
        began = time.process_time()
        TEXTS.hidden(piece * times)
        return time.process_time() - began

    assert min(seconds(40_000) for _ in range(3)) < 8 * min(seconds(10_000) for _ in range(3)) + 0.05


def test_every_name_and_form_is_noticed_before_it_is_looked_for() -> None:
    """What ``hinted`` denies is never looked at."""
    names = [
        n for base in NAMED for n in (base, base.upper(), base.title(), f"my_{base}", f"{base}2", f"x{base.title()}")
    ]
    names += [
        "auth",
        "xAuth",
        "AUTH_X",
        "authHeader",
        "dbPass",
        "DB_PASS",
        "sid",
        "SID",
        "ssh-key",
        "deployKey",
        "api key",
    ]
    assert all(TEXTS.hinted(f'{{"{name}": 1}}') for name in names if Names().of(name) == ALL)
    assert all(TEXTS.hinted(secret) for secret in TELLTALE.values())


def test_parts_see_what_the_whole_has() -> None:
    whole = "\n".join(SECRETS.values())
    within = TEXTS.within(whole)
    assert all(within(secret) for secret in SECRETS.values() if TEXTS.hinted(secret))
    assert not TEXTS.within("nothing at all")("password=abc")


def test_declared_patterns_and_names() -> None:
    texts = Texts(Names(["IBAN"]), b"k", patterns=[r"DE\d{20}", r"card (\d{4})"], more=["iban"])
    told: list[str] = []
    found = texts.hidden("from DE12345678901234567890 by card 1234, iban=x7", told.append)
    assert re.fullmatch(f"from {TOKEN} by card {TOKEN}, iban={TOKEN}", found)
    assert {"DE12345678901234567890", "1234"} <= set(told)


def test_without_a_key_one_word_stands_for_all() -> None:
    assert Texts(Names(), None).hidden("token=abc secret=def") == "token=(hidden) secret=(hidden)"


def test_what_may_show_up_alone() -> None:
    assert BASIC_PASSWORD in parts_of(NAMED["Authorization"])
    assert parts_of("sha256=abc") == ["sha256=abc", "abc"]
    assert parts_of("a=kekse; b=milch") == ["a=kekse; b=milch", "kekse", "milch"]
    assert parts_of("correct horse") == ["correct horse"]
