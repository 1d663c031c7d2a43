"""What import-linter cannot say: the split may use a few named modules of legacy, and no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {"legacy.clients", "legacy.models", "legacy.database"}
MORE = {"shadow/installed.py": {"legacy.celery_app"}}  # starts the workers of both


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            module = node.module or ""
            yield from [f"legacy.{a.name}" for a in node.names] if module == "legacy" else [module]


@pytest.mark.parametrize("file", sorted((ROOT / "shadow").rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_the_split_uses_only_clients_models_and_database_of_legacy(file: Path) -> None:
    allowed = ALLOWED | MORE.get(str(file.relative_to(ROOT)), set())
    assert {m for m in _imported(file) if m.split(".")[0] == "legacy"} <= allowed


@pytest.mark.parametrize("file", sorted((ROOT / "legacy").rglob("*.py")), ids=lambda f: str(f.relative_to(ROOT)))
def test_legacy_knows_neither_us_nor_the_split(file: Path) -> None:
    assert not {m for m in _imported(file) if m.split(".")[0] in {"tasksplit", "shadow"}}
