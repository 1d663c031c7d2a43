"""Is what an exception says shown without what is secret?"""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from shadow.front_door.telling import LONGEST, told


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("plain"), "ValueError: plain"),
        (ValueError("first\nsecond"), "ValueError: first"),
        (ValueError(), "ValueError: "),
        (KeyError("not-a-password"), "KeyError: '***'"),
        (ValueError("with not-a-secret and dummy-token"), "ValueError: with *** and ***"),
        (ValueError("at https://me:pass@forge.example/a?token=1&b=2 it failed"),
         "ValueError: at https://***@forge.example/a?*** it failed"),
        (IntegrityError("INSERT", {"a": "secret"}, Exception("secret")), "IntegrityError"),
        (ValueError("a" * 10_000), f"ValueError: {'a' * 10_000}"[:LONGEST]),
    ],
)  # fmt: skip
def test_what_is_told(error: Exception, text: str) -> None:
    assert told(error) == text
