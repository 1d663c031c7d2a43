"""A declaration of what else is hidden that cannot be is refused, with a sentence."""

import pytest

from tasksplit import DeclarationError, Redact


def test_nothing_needs_to_be_declared() -> None:
    assert Redact() == Redact(names=(), patterns=(), paths=(), keep=())


@pytest.mark.parametrize(
    "path", ["$.payload.user.email", "$.inputs", "$.effects.rows[*].x", "$..email", "$['outcome'].x"]
)
def test_a_path_says_what_it_is_a_path_of(path: str) -> None:
    assert Redact(paths=[path]).paths == [path]


@pytest.mark.parametrize("path", ["payload.x", "$.user.email", "$.payloads.x", "$", "$.*", "$[0]"])
def test_a_path_of_nothing_that_there_is(path: str) -> None:
    with pytest.raises(DeclarationError, match=r"Expected one that starts with \$\.payload"):
        Redact(paths=[path])


@pytest.mark.parametrize(("pattern", "found"), [("(", "missing"), ("x*", "empty text"), ("(?i)", "empty text")])
def test_a_pattern_that_cannot_be(pattern: str, found: str) -> None:
    with pytest.raises(DeclarationError, match=found):
        Redact(patterns=[pattern])


@pytest.mark.parametrize("field", ["names", "patterns", "paths", "keep"])
@pytest.mark.parametrize("given", ["email", [""], [7]], ids=["a-text", "empty", "a-number"])
def test_lists_of_texts(field: str, given: object) -> None:
    with pytest.raises(DeclarationError, match=f"Redact\\({field}="):
        Redact(**{field: given})  # type: ignore[arg-type]
