"""Does `tasksplit report` write the page of a run that is kept, with the other forms of the same call in it?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from typer.testing import CliRunner

from tasksplit.cli import app
from tasksplit.model.evidence import Ledger
from tasksplit.stores import Archive, open_store
from tests.unit.report import reviews

RUN = "20261121T120000.000000"


def kept(folder: Path) -> str:
    """Keep one call in two forms, and one of the day before; return the address of the store."""
    address = f"sqlite:///{folder / 'evidence.db'}"
    archive = Archive(open_store(address))
    review = reviews.review(reviews.handler("copr_build_end"))
    for name in (RUN.replace("21T", "20T") + "-recordings", f"{RUN}-recordings", f"{RUN}-fixtures"):
        one = replace(review, form=name.rpartition("-")[2])
        archive.save_run(name, [handler.evidence for handler in one.handlers], Ledger(), {})
        archive.save_review(name, one)
    return address


def test_the_page_is_written_alone_and_names_the_other_form_of_its_call(tmp_path: Path) -> None:
    page = tmp_path / "made" / "page.html"
    ended = CliRunner().invoke(app, ["report", "--store", kept(tmp_path), "--html", str(page)])
    assert ended.exit_code == 0, ended.output
    assert ended.output.endswith(f"written: {page}\n")
    text = page.read_text()
    assert f"Run <bdi>{RUN}-fixtures</bdi>" in text
    assert text.count("The same run, <bdi>recordings</bdi>") == 1
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]


def test_all_papers_and_a_page_of_another_name_can_be_asked_for_at_once(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    asked = ["--reports", str(tmp_path / "all"), "--html", str(page), "--run", f"{RUN}-recordings"]
    ended = CliRunner().invoke(app, ["report", "--store", kept(tmp_path), *asked])
    assert ended.exit_code == 0, ended.output
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["report.html", "report.json", "report.md"]
    assert (tmp_path / "all" / "report.html").read_bytes() == page.read_bytes()


def test_a_page_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = CliRunner().invoke(app, ["report", "--store", kept(tmp_path), "--html", str(tmp_path / "file" / "x.html")])
    assert ended.exit_code != 0
    assert "name another file with --html" in str(ended.exception)
