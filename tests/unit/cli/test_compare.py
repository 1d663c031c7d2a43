"""Two reports on the command line: what is said, with which exit code, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from tasksplit.model.evidence import Evidence, Tally
from tasksplit.model.review import Review
from tasksplit.report import as_json
from tasksplit.stores import Archive, open_store
from tests.unit.cli.keeping import showing, sqlite, tasksplit


def shown(*names: str, pairs: int = 5) -> Review:
    return showing(Evidence(handler="pack", tally=Tally(match=pairs)), differences={"pack": names})


def compared(folder: Path, before: Review, after: Review, *more: str) -> tuple[int, str]:
    """Return the exit code and what is said of two files."""
    paths = [folder / "old.json", folder / "new.json"]
    for path, review in zip(paths, (before, after), strict=True):
        path.write_bytes(as_json(review))
    return tasksplit("compare", *map(str, paths), *more)


@pytest.mark.parametrize(
    ("before", "after", "code", "said"),
    [
        (["a"], [], 0, "nothing is new, and nothing shows more often (1 gone)"),
        (["a"], ["a", "b"], 1, "something is new, shows more often, or is decided worse (1 new, 1 unchanged)"),
    ],
    ids=["mended", "broken"],
)
def test_the_exit_code_says_whether_something_is_new(
    tmp_path: Path, before: Sequence[str], after: Sequence[str], code: int, said: str
) -> None:
    ended, output = compared(tmp_path, shown(*before), shown(*after))
    assert (ended, output.splitlines()[0]) == (code, f"toy: {said}")


def test_what_was_not_looked_at_is_neither(tmp_path: Path) -> None:
    ended, output = compared(tmp_path, shown("a"), shown(pairs=0))
    assert ended == 3
    assert "  pack: the later run compared no pair of it" in output.splitlines()


def test_it_is_written_for_a_comment(tmp_path: Path) -> None:
    page = tmp_path / "new" / "comment.md"
    ended, output = compared(tmp_path, shown("a"), shown(), "--markdown", str(page))
    assert (ended, output.splitlines()[-1]) == (0, f"written: {page}")
    assert page.read_text().startswith("## tasksplit compare: toy: nothing is new")


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    ended, output = compared(tmp_path, shown(), shown(), "--markdown", str(tmp_path / "old.json" / "comment.md"))
    assert ended == 2
    assert "name another one with --markdown" in output


def test_two_runs_of_a_store_do_as_well(tmp_path: Path) -> None:
    url = sqlite(tmp_path / "evidence.db")
    with closing(open_store(url)) as store:
        for name, names in (("old", ["a"]), ("new", ["a", "b"])):
            Archive(store).save_review(name, shown(*names))
    ended, output = tasksplit("compare", "--run", "old", "--run", "new", "--store", url)
    assert (ended, "1 new, 1 unchanged" in output) == (1, True)


@pytest.mark.parametrize("arguments", [(), ("a.json",), ("a.json", "b.json", "--run", "x"), ("--run", "x")])
def test_anything_but_two_is_misuse(arguments: tuple[str, ...]) -> None:
    ended, output = tasksplit("compare", *arguments)
    assert (ended, "Expected two reports" in output) == (2, True)


def test_what_is_no_report_of_this_version_or_migration_is_misuse(tmp_path: Path) -> None:
    assert compared(tmp_path, shown(), replace(shown(), migration="another"))[0] == 2
    later = orjson.loads(as_json(shown())) | {"format_version": 99}
    (tmp_path / "later.json").write_bytes(orjson.dumps(later))
    ended, output = tasksplit("compare", str(tmp_path / "old.json"), str(tmp_path / "later.json"))
    assert (ended, "a report of format version 99" in output) == (2, True)
    ended, output = tasksplit("compare", str(tmp_path / "old.json"), str(tmp_path / "absent.json"))
    assert (ended, "no readable report" in output) == (2, True)
