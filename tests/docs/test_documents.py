"""A document is a test: every code block of README and docs runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, ROOT, Block, blocks, commands, parse, script

LANGUAGES = {"python", "console", "json", "toml", "yaml", "text", "markdown"}
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]


def _copy(folder: Path) -> Path:
    """Return a copy of what git would hand out, with the changes of this working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        target = folder / name
        if (ROOT / name).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
    return folder


def _run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        arguments,
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=840,
        check=False,
    )


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_python_blocks_run(page: Path, tmp_path: Path) -> None:
    text = script(page)
    if not text:
        return
    file = _copy(tmp_path) / "page.py"
    file.write_text(text)
    ended = _run([sys.executable, "-W", "error", str(file)], tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_commands_end_as_the_page_says(page: Path, tmp_path: Path) -> None:
    shown = commands(page)
    if not shown:
        return
    _copy(tmp_path)
    for command in shown:
        ended = _run(["bash", "-c", command.line], tmp_path)
        assert ended.returncode == command.exit, f"$ {command.line}\n{ended.stdout}{ended.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_blocks_are_of_a_known_language_and_parse(page: Path) -> None:
    for block in blocks(page):
        assert block.language in LANGUAGES, f"{page}:{block.line}: say which language the block is in"
        parse(block)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page}: {target}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("$ tasksplit gate x # exit 3", [("tasksplit gate x", 3)]),
        (
            "$ python3 -m venv .venv && .venv/bin/pip install -e . && .venv/bin/tasksplit --help",
            [("tasksplit --help", 0)],
        ),
        ("$ python3 -m venv .venv && .venv/bin/pip install tox && .venv/bin/tox", []),
        ("its output", []),
        ("$ echo a \\\n  b", [("echo a    b", 0)]),
    ],
)
def test_commands_are_recognised(line: str, expected: list[tuple[str, int]], tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"```console\n{line}\n```\n")
    assert [(c.line, c.exit) for c in commands(page)] == expected


def test_a_block_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        parse(Block("json", "{", 1))


def test_ci_runs_the_test_command_of_the_readme_and_nothing_else_but_for_a_browser() -> None:
    shown = [line[2:] for b in blocks(ROOT / "README.md") if b.language == "console" for line in b.text.splitlines()]
    run = (ROOT / ".ci" / "run").read_text().splitlines()
    body = [line for line in run if not line.startswith(("#", "set ", "cd "))]
    assert body == [".ci/browser", shown[-1]]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
