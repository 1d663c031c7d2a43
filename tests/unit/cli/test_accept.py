"""`tasksplit accept` writes down one difference that the latest evidence has, of the code that is here."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tasksplit.replay.accepted import accepted, read, today
from tasksplit.replay.declared import find
from tasksplit.replay.versions import versions
from tests.unit.cli.keeping import PATH, SERVICE, keep, showing, sqlite, tasksplit
from tests.unit.gate.judging import difference

UNTIL = str(today() + timedelta(30))


@pytest.fixture
def service(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a declaration and of its evidence: two handlers of it differ."""
    (folder / "kept_toy.py").write_text(SERVICE)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "kept_toy", raising=False)
    keep(showing(differences={"pack": ["x", "y"], "bill": ["y", "z"]}), url=sqlite(folder / "evidence.db"))
    return folder


def accept(
    fingerprint: str, *more: str, until: str = UNTIL, because: str = "a clock", by: str = "ann"
) -> tuple[int, str]:
    return tasksplit(
        "accept", fingerprint, "--because", because, "--until", until, "--by", by, "--migration", PATH,
        "--store", "sqlite:///evidence.db", *more,
    )  # fmt: skip


def test_it_is_written_beside_the_declaration_and_holds(service: Path) -> None:
    code, output = accept("x")
    assert (code, " ".join(output.split())) == (
        0,
        f"accepted: $.x of pack until {UNTIL}, in {service}/accepted.toml; run again: what is accepted is code",
    )
    (one,) = read(service / "accepted.toml")
    now = versions(find(PATH), PATH)
    assert (one.handler, one.fingerprint, one.because, one.by) == ("pack", "x", "a clock", "ann")
    assert (str(one.since), str(one.until), one.ceiling, one.shape) == (str(today()), UNTIL, 0.05, "$.x")
    assert (one.legacy, one.split) == (now["legacy"], now["split"])
    holding = accepted(find(PATH), PATH)
    assert holding.of("pack", [difference("x")]) == f"accepted by ann until {UNTIL}: a clock"
    assert holding.of("bill", [difference("x")]) == ""


def test_another_one_is_written_below_and_the_same_one_anew(service: Path) -> None:
    """What is accepted is part of the declaration: that the evidence is older than that hides no difference."""
    assert accept("z", "--ceiling", "0.5")[0] == 0
    assert accept("x", because='a "clock"\n\x7fé')[0] == 0
    assert accept("x", because="anew")[0] == 0
    assert [(one.handler, one.because, one.ceiling) for one in read(service / "accepted.toml")] == [
        ("bill", "a clock", 0.5),
        ("pack", "anew", 0.05),
    ]


def test_what_several_handlers_show_needs_the_name_of_one(service: Path) -> None:
    code, output = accept("y")
    assert code == 2
    assert "Found 'y', which pack and bill show. Expected one of the latest run, of one handler." in output
    assert accept("y", "--handler", "bill")[0] == 0
    assert [one.handler for one in read(service / "accepted.toml")] == ["bill"]


def test_the_last_day_may_be_this_one(service: Path) -> None:
    assert accept("x", until=str(today()))[0] == 0


@pytest.mark.parametrize(
    ("fingerprint", "more", "says"),
    [
        ("x", {"until": "2020-01-31"}, "Found --until 2020-01-31, which is over. Expected a day to come."),
        ("gone", {}, "Found no difference 'gone' in the evidence."),
        ("x", {"because": " "}, "Found an accepted difference without because."),
        ("x", {"by": ""}, "Found an accepted difference without by."),
        ("x", {"because": "caf\udce9"}, "that cannot be written"),
        ("x", {"until": "tomorrow"}, "Invalid value for '--until'"),
    ],
    ids=["over", "not seen", "no reason", "nobody", "no text", "no date"],
)
def test_what_cannot_be_accepted_is_misuse_and_nothing_is_written(
    service: Path, fingerprint: str, more: dict[str, str], says: str
) -> None:
    code, output = accept(fingerprint, **more)
    assert code == 2
    assert says in output
    assert not (service / "accepted.toml").exists()


@pytest.mark.parametrize("ceiling", ["0", "1.1", "-1", "nan"])
def test_a_ceiling_is_a_share(service: Path, ceiling: str) -> None:
    code, output = accept("x", f"--ceiling={ceiling}")
    assert code == 2
    assert "Found the ceiling" in output
    assert not (service / "accepted.toml").exists()


@pytest.mark.parametrize("side", ["legacy", "split"])
def test_a_difference_of_other_code_is_not_accepted_for_the_code_that_is_here(service: Path, side: str) -> None:
    later = "20261121T120000.000000"
    keep(showing(differences={"pack": ["w"]}), url=sqlite(service / "evidence.db"), run=later, changed={side: "other"})
    code, output = accept("w")
    assert code == 2
    assert "Expected a difference of the code that is here." in output
    assert f"changed since run {later}" in output
    assert not (service / "accepted.toml").exists()


def test_a_file_that_is_wrong_is_left_as_it_is(service: Path) -> None:
    (service / "accepted.toml").write_text("[[accepted]]\n")
    code, output = accept("x")
    assert (code, "whose entry 1 has no day since" in output) == (2, True)
    assert (service / "accepted.toml").read_text() == "[[accepted]]\n"


def test_without_evidence_it_says_so(service: Path) -> None:
    code, output = accept("x", "--store", "memory:")
    assert (code, "Found no run in the store." in output) == (2, True)
