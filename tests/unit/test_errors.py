"""One family of errors, each explained where a reader looks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasksplit import errors

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"


def _family(root: type[Exception]) -> list[type[Exception]]:
    children = [c for c in root.__subclasses__() if c.__module__.startswith("tasksplit")]
    return [root, *(d for c in children for d in _family(c))]


@pytest.mark.parametrize("error", _family(errors.TasksplitError))
def test_each_has_a_docstring_and_an_entry(error: type[Exception]) -> None:
    assert error.__dict__.get("__doc__")
    assert f"## `{error.__name__}`" in PAGE.read_text()


def test_a_sentence_has_three_parts() -> None:
    said = errors.sentence(found="a", expected="b", do="c")
    assert said == "Found a. Expected b. To mend it: c."
