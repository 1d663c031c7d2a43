"""The words are decided once; the modules stay readable."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = Path(__import__("tasksplit").__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
FORBIDDEN = re.compile(r"(^|_)(utils?|helpers?|managers?|common|misc)($|_)")


def _public_classes() -> set[str]:
    trees = [ast.parse(m.read_text()) for m in (PACKAGE / "model").glob("*.py")]
    return {n.name for tree in trees for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")}


def test_every_public_class_of_the_model_is_in_the_glossary() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text()
    assert {name for name in _public_classes() if f"`{name}`" not in page} == set()


@pytest.mark.parametrize("module", MODULES, ids=[str(m.relative_to(PACKAGE)) for m in MODULES])
def test_module(module: Path) -> None:
    text = module.read_text()
    assert not FORBIDDEN.search(module.stem), "name it after what it answers"
    assert len(text.splitlines()) <= 400
    assert not text or ast.get_docstring(ast.parse(text)), "a module begins with the question that it answers"
