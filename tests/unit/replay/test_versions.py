"""Of which code evidence is: whatever can change a verdict moves one of the versions, and that one alone."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import pytest

from tasksplit import Database, DeclarationError, Entry, Handler, Migration, World
from tasksplit.replay.accepted import write as accept
from tasksplit.replay.versions import accepted_file, changes, versions
from tests.unit.replay.test_accepted import ONE

PATH = "vdeclared.migration:migration"
CODE = ("legacy", "split", "declaration", "lock")
FILES = {
    "vlegacy/__init__.py": "",
    "vlegacy/tasks.py": "import os, vshared.rows as rows\nprocess = 1\n",
    "vshared/rows.py": "from vunder import deeper\n",  # of the project, named by nobody, used by legacy
    "vunder.py": "deeper = 1\n",
    "vspare/rows.py": "rows = 1\n",  # used by nobody
    "vengine.py": "engine = 1\n",
    "vlegacy/deep/down/pack.py": "def pack(): ...\n",  # a folder that is no package, to Python
    "vsplit/__init__.py": "",
    "vsplit/tasks.py": "def run():\n    from vshared import rows\n    import vown\ndispatch = 1\n",
    "vown.py": "own = 1\n",
    "vspaces/pack.py": "def run(): ...\n",  # a package without an __init__.py
    "vsingle.py": "def prepare(payload): ...\n",
    "vdeclared/__init__.py": "",
    "vdeclared/migration.py": "migration = 1\n",
    "uv.lock": "celery 5.5\n",
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a project: legacy, the split, what declares and a lock file."""
    return laid(tmp_path / "project", monkeypatch)


def laid(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.delitem(sys.modules, "vdeclared", raising=False)  # looking for a module imports what it is in
    return root


WORLD = World(databases=[Database("vengine:engine")], fixture="vsingle:prepare")


def declared(**fields: Any) -> Migration:
    handler = Handler("pack", legacy="vlegacy.tasks:pack", view=dict, split="pack", implementation="vspaces.pack:run")
    entry = Entry(name="e", legacy="vlegacy.tasks:process", split="vsplit.tasks:dispatch", accepts=bool, arguments=dict)
    return Migration(name="m", entries=[entry], handlers=[handler], world=WORLD, **fields)


def of(**fields: Any) -> dict[str, str]:
    return dict(versions(declared(**fields), PATH))


def moved(before: Mapping[str, str], **fields: Any) -> list[str]:
    after = of(**fields)
    assert after.keys() == before.keys()
    return [part for part in before if before[part] != after[part]]


def test_they_are_of_both_sides_the_declaration_the_lock_and_the_libraries(root: Path) -> None:
    found = of()
    assert found.keys() == {"python", "tasksplit", "celery", "SQLAlchemy", *CODE}
    assert len({found[part] for part in CODE}) == len(CODE)
    assert moved(found) == []


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("vlegacy/__init__.py", "legacy"),
        ("vlegacy/tasks.py", "legacy"),
        ("vlegacy/deep/down/pack.py", "legacy"),
        ("vshared/rows.py", "legacy"),  # the split uses it too
        ("vunder.py", "legacy"),
        ("vown.py", "split"),
        ("vengine.py", "declaration"),
        ("vsplit/tasks.py", "split"),
        ("vspaces/pack.py", "split"),
        ("vsingle.py", "declaration"),
        ("vdeclared/migration.py", "declaration"),
        ("uv.lock", "lock"),
    ],
)
def test_each_changes_by_itself_and_is_as_before_when_it_is_put_back(root: Path, file: str, part: str) -> None:
    before = of()
    (root / file).write_text(FILES[file] + "# other\n")
    assert moved(before) == [part]
    (root / file).write_text(FILES[file])
    assert moved(before) == []


ACTS: dict[str, Callable[[Path], object]] = {
    "new": lambda root: (root / "vlegacy/new.py").touch(),
    "gone": lambda root: (root / "vlegacy/deep/down/pack.py").unlink(),
    "renamed": lambda root: (root / "vlegacy/tasks.py").rename(root / "vlegacy/other.py"),
    "moved": lambda root: (root / "vlegacy/deep/down/pack.py").rename(root / "vlegacy/deep/pack.py"),
    "swapped": lambda root: _swap(root / "vlegacy/tasks.py", root / "vlegacy/deep/down/pack.py"),
}


def _swap(one: Path, other: Path) -> None:
    texts = other.read_text(), one.read_text()
    one.write_text(texts[0])
    other.write_text(texts[1])


@pytest.mark.parametrize("act", ACTS)
def test_files_that_come_go_and_move_are_changes(root: Path, act: str) -> None:
    before = of()
    ACTS[act](root)
    assert moved(before) == ["legacy"]


def test_what_is_no_source_changes_nothing(root: Path) -> None:
    before = of()
    (root / "vlegacy/notes.txt").write_text("mine")
    (root / "vlegacy/__pycache__").mkdir()
    (root / "vlegacy/__pycache__/tasks.cpython-311.pyc").write_bytes(b"\x00")
    (root / "README.md").write_text("mine")
    assert moved(before) == []


def test_another_folder_holds_the_same_code(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence of several machines adds up only so."""
    before = of()
    other = laid(tmp_path / "a" / "b", monkeypatch)
    shutil.rmtree(root)
    assert accepted_file("vsingle:x") == other / "accepted.toml"
    assert moved(before) == []


# What is accepted


def test_what_is_accepted_is_of_the_declaration(root: Path) -> None:
    before = of()
    place = accepted_file(PATH)
    assert place == root / "vdeclared" / "accepted.toml"
    accept(place, [ONE])
    assert moved(before) == ["declaration"]
    accepting = of()
    accept(place, [])
    assert moved(accepting) == ["declaration"]
    place.unlink()
    assert moved(before) == []


def test_a_declaration_in_no_file_has_none_beside_it() -> None:
    assert accepted_file("gone_altogether:migration") is None


# The dependencies


@pytest.mark.parametrize("name", ["poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "requirements-dev.txt"])
def test_any_lock_file_is_one(root: Path, name: str) -> None:
    (root / "uv.lock").unlink()
    before = of()
    (root / name).write_text("celery 5.6\n")
    assert moved(before) == ["lock"]
    with_one = of()
    (root / name).write_text("celery 5.7\n")
    assert moved(with_one) == ["lock"]


def test_without_a_lock_file_all_that_is_installed_counts(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "uv.lock").unlink()
    before = of()
    assert moved(before) == []
    (root / "newly-1.0.dist-info").mkdir()
    (root / "newly-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: newly\nVersion: 1.0\n")
    invalidate_caches()
    assert moved(before) == ["lock"]


# A release


@pytest.mark.parametrize("release", ["7", lambda: "7"], ids=["text", "function"])
def test_a_release_takes_the_place_of_the_digests(root: Path, release: str | Callable[[], str]) -> None:
    found = of(release=release)
    assert {part: found.get(part) for part in (*CODE, "release")} == {
        "legacy": "7", "split": "7", "release": "7", "declaration": None, "lock": None,
    }  # fmt: skip
    assert found["python"] == of()["python"]
    for file in FILES:
        (root / file).write_text("# other")
    assert moved(found, release=release) == []
    assert moved(found, release="8") == ["legacy", "split", "release"]


def test_no_release_is_none_declared(root: Path) -> None:
    assert of(release=lambda: "") == of()


def test_a_release_is_a_text(root: Path) -> None:
    with pytest.raises(DeclarationError, match=r"^Found Migration\.release that gave a NoneType\. Expected the name"):
        of(release=lambda: None)


# In words


def test_changes_are_named_in_words_in_their_order() -> None:
    then = {"python": "3.11", "legacy": "a", "split": "b", "declaration": "c", "lock": "d", "celery": "5.5"}
    assert changes(then, then) == ()
    assert changes({}, {}) == ()
    now = dict.fromkeys(then, "other")
    assert changes(then, now) == (
        "Python",
        "legacy's code",
        "the split's code",
        "the declaration or what it accepts",
        "the dependencies",
        "celery",
    )
    assert changes(then, {**then, "split": "x"}) == ("the split's code",)


def test_what_was_not_told_of_one_of_them_is_a_change() -> None:
    assert changes({"legacy": "a"}, {"legacy": "7", "release": "7"}) == ("legacy's code", "the release")
    assert changes({"legacy": "7", "release": "7"}, {"legacy": "7"}) == ("the release",)


def test_a_service_that_is_installed_is_its_code_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an image, where workers import it from site-packages."""
    root = laid(tmp_path / "site-packages", monkeypatch)
    before = of()
    for file, part in (("vlegacy/tasks.py", "legacy"), ("vspaces/pack.py", "split"), ("vsingle.py", "declaration")):
        text = (root / file).read_text()
        (root / file).write_text(text + "# another\n")
        assert moved(before) == [part]
        (root / file).write_text(text)
