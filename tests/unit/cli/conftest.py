"""A folder of its own for each test that asks for one, from which the toy service can be imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.rolling import TOYS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the current one and that of workers; no store is named by the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(TOYS))
    monkeypatch.delenv("TASKSPLIT_STORE", raising=False)
    monkeypatch.setenv("TASKSPLIT_FOLDER", str(tmp_path))
    return tmp_path
