"""What report.json holds, and what is refused when it is read."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from tasksplit.errors import ReportError
from tasksplit.report import as_json, from_json, write
from tasksplit.report.document import document
from tasksplit.report.files import read, write_page
from tasksplit.report.plain import plain
from tests.unit.report import reviews


@given(reviews.reviews)
def test_reading_back_gives_what_was_written(review: reviews.Review) -> None:
    loaded = from_json(as_json(review))
    assert loaded == document(review)
    assert json.loads(as_json(review)) == loaded


def test_holds_at_least_what_programs_rely_on() -> None:
    loaded = from_json(as_json(reviews.review(reviews.handler(differences=(reviews.difference(),)))))
    assert set(loaded) >= {
        "migration", "form", "decision", "ledger", "rules", "harness_errors", "refused", "capture",
        "dependencies", "findings", "isolation", "origin", "versions", "seconds", "handlers", "unwanted",
    }  # fmt: skip
    assert list(loaded["ledger"]) == ["expected", "paired", "pending", "lost", "sampled_out"]
    (handler,) = loaded["handlers"]
    assert handler["evidence"] == {"match": 37, "mismatch": 3, "accepted": 0, "unpaired": 0, "undecided": 0}
    assert handler["keys"] == 2
    assert handler["keys_mismatched"] == 1
    assert handler["upper_bound"] == 0.2
    assert handler["differences"] == [
        {
            "fingerprint": "0123456789ab",
            "path": "$.inputs.job",
            "kind": "value",
            "count": 7,
            "in_pairs": None,
            "legacy": 1,
            "split": 2,
            "strata": {},
            "first_seen": None,
            "last_seen": None,
            "example_message": "m1",
            "example_path": "$.inputs.job",
            "pairs": [],
        }
    ]


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not a report of tasksplit"),
        (b"{}", "not a report of tasksplit"),
        (b'{"format": "tasksplit report", "format_version": 99}', "version 99"),
        (b'{"format": "tasksplit report"}', "version None"),
        (b"\xff", "not JSON"),
    ],
)
def test_what_is_not_ours_is_refused_in_a_sentence(raw: bytes, found: str) -> None:
    with pytest.raises(ReportError, match=found) as caught:
        from_json(raw)
    assert "Expected" in str(caught.value)
    assert "To mend it" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({1, 2}, {"$set": [1, 2]}),
        ((1,), {"$tuple": [1]}),
        (b"\x00\xff", {"$bytes": "00ff"}),
        (float("nan"), {"$float": "nan"}),
        (Decimal("1.0"), {"$Decimal": "1.0"}),
        (2**64, {"$int": "18446744073709551616"}),
        ({1: "a"}, {"1": "a"}),
        (True, True),
    ],
)
def test_plain_shows_what_json_would_blur(value: object, shown: object) -> None:
    assert plain(value) == shown
    assert type(plain(value)) is type(shown)


def test_plain_cuts_what_is_deep_long_or_broad() -> None:
    deep: object = 1
    for _ in range(5_000):
        deep = [deep]
    assert "$cut" in str(plain(deep))
    assert plain(list(range(1_000)))[-1] == {"$cut": "800 more"}
    assert plain(dict.fromkeys(range(1_000)))["$cut"] == "800 more"
    assert plain("x" * 5_000).endswith("(5,000 characters)")
    assert "$int" in plain(10**5_000)


def test_write_leaves_all_papers_and_nothing_else(tmp_path: Path) -> None:
    paths = write(reviews.review(reviews.handler()), tmp_path / "reports")
    assert [p.name for p in paths] == ["report.html", "report.json", "report.md"]
    assert sorted((tmp_path / "reports").iterdir()) == sorted(paths)
    assert read(paths[1])["decision"] == "wait"


def test_a_page_is_written_alone_under_any_name(tmp_path: Path) -> None:
    path = write_page(reviews.review(reviews.handler()), tmp_path / "made" / "index.html", run="a-run")
    assert sorted((tmp_path / "made").iterdir()) == [path]
    assert b"Run <bdi>a-run</bdi>" in path.read_bytes()


def test_write_says_why_it_cannot(tmp_path: Path) -> None:
    file = tmp_path / "reports"
    file.write_text("in the way")
    with pytest.raises(ReportError, match="cannot be written"):
        write(reviews.review(), file)
    assert file.read_text() == "in the way"


def test_a_failed_write_leaves_the_old_report_and_no_draft(tmp_path: Path) -> None:
    write(reviews.review(), tmp_path)
    before = (tmp_path / "report.json").read_bytes()
    (tmp_path / "report.md").unlink()
    (tmp_path / "report.md").mkdir()
    (tmp_path / "report.md" / "in the way").touch()
    with pytest.raises(ReportError):
        write(reviews.review(), tmp_path)
    assert (tmp_path / "report.json").read_bytes() == before
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_read_of_an_absent_report_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="tasksplit run"):
        read(tmp_path / "report.json")
