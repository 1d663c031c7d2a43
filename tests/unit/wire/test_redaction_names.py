"""Which names say that they hold a secret."""

import pytest

from tasksplit.wire.redaction_names import ALL, NOTHING, NUMBERS_STAY, Names, folded
from tests.hostile import NAMED


@pytest.mark.parametrize(
    ("name", "words"),
    [("X-Hub-Token", "x_hub_token"), ("xHubToken", "x_hub_token"), ("HTTPAuth", "http_auth"), ("API_KEY", "api_key"),
     ("  a..b  ", "a_b"), ("", ""), ("__token__", "token")],
)  # fmt: skip
def test_one_spelling(name: str, words: str) -> None:
    assert folded(name) == words


@pytest.mark.parametrize("name", [*NAMED, "DB_PASS", "webhookSecret", "otp", "basic-auth", "PrivateKey", "sessionid"])
def test_secrets(name: str) -> None:
    assert Names().of(name) == ALL


@pytest.mark.parametrize(
    "name", ["author", "authors", "author_association", "authority", "key", "keys_url", "passed", "bypass", "compass",
             "hotpath", "sha256", "name", "session", "repository", "", "pass", "token#0123456789abcdef"],
)  # fmt: skip
def test_what_only_looks_like_one(name: str) -> None:
    assert Names().of(name) == NOTHING


@pytest.mark.parametrize(
    "name", ["tokens_used", "maxTokens", "token_type", "password_changed_at", "secret_id", "has_otp"]
)
def test_what_is_said_about_a_secret(name: str) -> None:
    assert Names().of(name) == NUMBERS_STAY


def test_what_is_declared() -> None:
    names = Names(["user-email", "IBAN"], keep=["CookieCutter"])
    assert [names.of(n) for n in ("userEmail", "USER_EMAIL", "iban", "email")] == [ALL, ALL, ALL, NOTHING]
    assert [names.of(n) for n in ("cookie_cutter", "cookie")] == [NOTHING, ALL]


def test_names_that_payloads_bring_do_not_fill_the_memory() -> None:
    names = Names()
    for number in range(50_000):
        names.of(f"name {number}")
    assert len(names._known) <= 20_000
    assert names.of("x" * 1_000_000 + "password") == NOTHING  # a text, in which the patterns look
