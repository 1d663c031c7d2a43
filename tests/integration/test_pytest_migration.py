"""Is a migration a set of tests for pytest: the same ids everywhere, run once, with the differences where it fails?"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INI = f"""
[pytest]
addopts = -ra --strict-markers --strict-config --import-mode=importlib
pythonpath = . {ROOT}
testpaths = others
filterwarnings = error
"""
DECLARED = """
import os
from dataclasses import replace

from tests.unit.replay.toy.migration import migration as toy
from tasksplit import Bar

BAR = Bar(max_mismatch_rate=0.5)
STRATA = {"push": ("returned",)}
RARE = {"tag": ("raised",)} if os.environ.get("RARE") else {}


def event(payload):
    with open("ran-by", "a") as file:
        print(os.environ.get("PYTEST_XDIST_WORKER", "main"), file=file)
    return payload["kind"]


migration = replace(
    toy,
    event=event,
    handlers=[
        replace(toy.handler("build"), bar=BAR, strata={**STRATA, "pull [request]": ("returned",)}),
        replace(toy.handler("report"), bar=BAR, strata={**STRATA, **RARE}),
    ],
    dispatch=replace(toy.dispatch, bar=BAR, strata=STRATA),
)
"""
IDS = {
    "gated.py::dispatch::decision", "gated.py::dispatch::push: returned",
    "gated.py::build::decision", "gated.py::build::push: returned", "gated.py::build::pull (request): returned",
    "gated.py::report::decision", "gated.py::report::push: returned",
}  # fmt: skip
BUILD = "gated.py::build::"
OF_BUILD = {name for name in IDS if name.startswith(BUILD)}
ENDED = re.compile(r"^(?:\[gw\d\] \[ *\d+%\] )?(PASSED|FAILED|ERROR) (gated\.py::.*?)(?: - .*)?$", re.M)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "gated.py").write_text(DECLARED)
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "test_plain.py").write_text("def test_plain(): pass\n")
    (tmp_path / "messages").mkdir()
    for n in range(16):
        steps = [{"handler": h, "acts": [["http", f"/{h}/{n}"]], "job": "a"} for h in ("build", "report")]
        message = {"ref": f"r{n}", "key": f"k{n}", "kind": "push", "steps": steps}
        if n % 2:
            message |= {"kind": "pull [request]", "steps": steps[:1]}
        (tmp_path / "messages" / f"{n:02}.json").write_text(json.dumps(message))
    return tmp_path


PLUGINS = ("-p", "tasksplit.pytest_plugin", "-p", "xdist", "-p", "pytest_timeout")
"""By name: what else is installed takes 2 s to be loaded. That ours is found without is tested below, and beside."""


def run(
    project: Path, *arguments: str, migration: str = "gated:migration", messages: str = "messages", **environment: str
) -> tuple[int, dict[str, str], str]:
    """Return the exit code, how each test ended, and all that was said."""
    told = ("--tasksplit", migration, *(("--tasksplit-messages", messages) if messages else ()))
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGINS, "-rA", *told, *arguments],
        cwd=project,
        env={**os.environ, "COLUMNS": "200", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    summary = ended.stdout.partition("short test summary info")[2]
    return ended.returncode, {name: how for how, name in ENDED.findall(summary)}, ended.stdout + ended.stderr


def collected(project: Path, *arguments: str) -> set[str]:
    """Return the ids of the tests that would run."""
    return set(re.findall(r"^\S+\.py::.*$", run(project, *arguments, "--collect-only", "-q")[2], re.M))


def test_what_differs_fails_with_its_path_on_every_worker_and_is_chosen_again(project: Path) -> None:
    code, ended, said = run(project, "-n", "2", "--dist", "each", TOY_DEFECT="other argument", RARE="1")
    tag = "gated.py::report::tag: raised"
    failed = {*OF_BUILD, tag, "gated.py::report::decision"}
    assert (code, ended.keys()) == (1, {*IDS, tag}), said  # and not the tests of testpaths
    assert {name for name, how in ended.items() if how == "FAILED"} == failed, said
    assert f"{2 * len(failed)} failed, {2 * len(IDS - failed)} passed" in said
    path, split = "$.effects.calls[*].url (value)", 'split: "http://forge.toy/build/0/other"'
    for text in (path, split, "1 stratum never seen: 'tag: raised'"):
        assert text in said
    assert len({*(project / "ran-by").read_text().split()}) == 1  # the other worker waited for it

    code, ended, said = run(project, "--lf")  # in this process, mended
    assert (code, ended) == (0, dict.fromkeys(failed & IDS, "PASSED")), said


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("-m", "tasksplit(handler='build')", "-k", "not push", "others"), OF_BUILD - {BUILD + "push: returned"}),
        ((BUILD + "pull (request): returned", BUILD + "decision"), OF_BUILD - {BUILD + "push: returned"}),
    ],
    ids=["marks and words", "ids"],
)
def test_what_is_chosen(project: Path, arguments: tuple[str, ...], expected: set[str]) -> None:
    assert collected(project, *arguments) == expected


def test_in_addopts_it_comes_beside_the_other_tests(project: Path) -> None:
    ini = INI.replace("addopts = ", "addopts = --tasksplit gated:migration --tasksplit-messages messages ")
    (project / "pytest.ini").write_text(ini)
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q"],
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(re.findall(r"^\S+\.py::.*$", ended.stdout, re.M)) == IDS | {"others/test_plain.py::test_plain"}


def test_what_cannot_run_is_an_error_and_no_failure(project: Path) -> None:
    only_elsewhere = 'import sys\nif "pytest" not in sys.argv[0]:\n    raise LookupError("only here")\n'
    (project / "gated.py").write_text(only_elsewhere + DECLARED)
    code, ended, said = run(project, "-k", "report")
    assert (code, set(ended.values())) == (1, {"ERROR"}), said
    assert "LookupError: only here" in said


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"migration": "gated:migrations"}, "Found 'gated:migrations', but 'gated' has no 'migrations'."),
        ({"messages": "nowhere"}, "Found no folder 'nowhere'. Expected a folder of JSON payloads."),
        ({"messages": ""}, "Found no messages for gated:migration."),
    ],
    ids=["name", "folder", "no messages"],
)
def test_what_is_not_there_is_a_usage_error(project: Path, wrong: dict[str, str], sentence: str) -> None:
    code, _, said = run(project, **wrong)
    assert (code, sentence in said, "Traceback" in said) == (4, True, False), said
