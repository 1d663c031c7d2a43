"""`tasksplit show` finds what is meant by a few digits, and says what it needs when it cannot go on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tasksplit.compare import compare, compile_rules
from tasksplit.model.evidence import Evidence, Grouped, Ledger, ShownPair
from tasksplit.model.message import Origin
from tasksplit.model.review import HandlerReview, Review
from tasksplit.stores import Archive, open_store
from tasksplit.wire.canonical import canonical
from tests.unit.cli.keeping import tasksplit
from tests.unit.report.reviews import handler, review

STORE = "sqlite:///kept.db"


def pair(message: str, legacy: object, split: object, name: str = "build", **known: object) -> ShownPair:
    contents = [canonical({"inputs": {"job": one}, "outcome": {"kind": "ignored"}}) for one in (legacy, split)]
    return ShownPair(**{
        "id": message, "message": message, "legacy": contents[0].decode(), "split": contents[1].decode(), "size": 99,
        "differences": compare(*contents, compile_rules(()), name).differences, **known,
    })  # type: ignore[arg-type]  # fmt: skip


def of(name: str, *pairs: ShownPair, fingerprint: str = "") -> HandlerReview:
    example = pairs[0].differences[0]
    grouped = Grouped(
        fingerprint=fingerprint or example.fingerprint, shape=example.shape, kind=example.kind, count=7,
        example=example, example_message=pairs[0].message, pairs=tuple(one.id for one in pairs),
    )  # fmt: skip
    return handler(name, differences=(grouped,), pairs=pairs)


def keep(run: str, kept: Review) -> None:
    archive = Archive(open_store(STORE))
    archive.save_run(run, [Evidence(handler="build")], Ledger(), {"form": kept.form, "versions": {}})
    archive.save_review(run, kept)


@pytest.fixture
def kept(folder: Path) -> HandlerReview:
    """Two pairs of one difference, in a store."""
    found = of("build", pair("m1", "a\x1b[31m", "b"), pair("m2", "a", 3, instance="two"))
    keep("r1", review(found))
    return found


def show(*words: str) -> tuple[int, str]:
    code, said = tasksplit("show", *words, "--store", STORE)
    return code, said


def test_a_pair_is_drawn_with_signs_and_nothing_in_it_acts(kept: HandlerReview) -> None:
    fingerprint = kept.differences[0].fingerprint
    code, said = show(fingerprint[:4].upper())
    lines = said.splitlines()
    assert code == 0
    assert lines[0] == f"build $.inputs.job (value), 7 × {fingerprint}"
    assert "message m1" in lines
    assert "also kept, with --message: m2" in lines
    assert "run r1, form fixtures" in lines
    assert f'- job: "a\\x1b[31m"  <- {fingerprint}' in lines
    assert f'+ job: "b"  <- {fingerprint}' in lines
    assert '  {kind: "ignored"}' in lines
    assert "\x1b" not in said


def test_another_of_the_kept_messages_can_be_named_and_only_those(kept: HandlerReview) -> None:
    fingerprint = kept.differences[0].fingerprint
    assert "message m2, instance two" in show(fingerprint, "--message", "m2")[1]
    code, said = show(fingerprint, "--message", "m3")
    assert (code, "one of m1, m2" in said) == (2, True)


def test_for_programs_both_sides_are_trees(kept: HandlerReview) -> None:
    code, said = show(kept.differences[0].fingerprint, "--json")
    document = json.loads(said)
    assert code == 0
    assert document["legacy"]["inputs"] == {"job": "a\x1b[31m"}
    assert document["split"]["inputs"] == {"job": "b"}
    assert (document["handler"], document["messages"], document["count"]) == ("build", ["m1", "m2"], 7)
    assert [one["path"] for one in document["differences"]] == ["$.inputs.job"]


def test_of_a_pair_that_was_too_long_what_differs_is_shown_and_that_it_is_all(folder: Path) -> None:
    found = of("build", replace(pair("m1", "a", "b"), legacy="", split="", size=345_678))
    keep("r1", review(found))
    _code, said = show(found.differences[0].fingerprint)
    assert "345,678 bytes of both sides were not kept: here is where they differ." in said
    assert '- job: "a"' in said
    assert json.loads(show(found.differences[0].fingerprint, "--json")[1])["legacy"] is None


def test_a_review_that_kept_no_pairs_shows_its_example(folder: Path) -> None:
    found = of("build", pair("m1", "a", "b"))
    keep("r1", review(replace(found, pairs=(), differences=(replace(found.differences[0], pairs=()),))))
    code, said = show(found.differences[0].fingerprint)
    assert (code, '+ job: "b"' in said) == (0, True)


def test_digits_that_several_begin_with_are_told_apart(folder: Path) -> None:
    one, other = (of(name, pair("m", "a", "b", name), fingerprint=f"abcd0000000{name[-1]}") for name in ("h1", "h2"))
    keep("r1", review(one, other))
    code, said = show("abcd")
    assert code == 2
    assert "2 differences that begin with abcd: abcd00000001 (h1 $.inputs.job, value), abcd00000002 (h2" in said
    assert show("abcd00000002")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("abc",), "Expected a fingerprint: 4 to 12 digits"),
        (("wxyz",), "Expected a fingerprint: 4 to 12 digits"),
        (("0000",), "no difference 0000 in r1"),
        (("abcd", "file.py"), "the file 'file.py' without --pytest"),
        (("abcd", "--pytest", "--json"), "--pytest --json"),
    ],
    ids=["too short", "no digits", "unknown", "file alone", "both"],
)
def test_what_is_not_meant_is_said(kept: HandlerReview, words: tuple[str, ...], said: str) -> None:
    code, printed = show(*words)
    assert code == 2
    assert said in printed


def test_the_latest_run_that_shows_it_is_taken_or_the_one_that_is_named(folder: Path) -> None:
    found = of("build", pair("old", "a", "b"))
    keep("r1", review(found))
    keep("r2", review(of("build", pair("new", "a", "b"))))
    keep("r3", review(handler("build")))
    fingerprint = found.differences[0].fingerprint
    assert "message new" in show(fingerprint)[1]
    assert "message old" in show(fingerprint, "--run", "r1")[1]
    code, said = show(fingerprint, "--run", "r3")
    assert (code, f"no difference {fingerprint} in r3" in said) == (2, True)


# --- the test of it: what keeps it from being written ----------------------------------------------------------------


def written(fingerprint: str, *words: str) -> tuple[int, str]:
    return show(fingerprint, "--pytest", "--migration", "moving_toy:migration", *words)


def test_of_a_live_message_it_is_said_what_to_do(folder: Path) -> None:
    live = of("pack", pair("task-7", "a", "b", "pack", at=1_800_000_000.0))
    keep("r1", review(live, origin=Origin.LIVE))
    code, said = written(live.differences[0].fingerprint)
    assert code == 2
    assert "'task-7', a message of the real world: what is kept of it is redacted" in said
    assert "put it into a folder as a JSON file of that name" in said


def test_the_folder_of_messages_and_the_message_have_to_be_there(kept: HandlerReview, folder: Path) -> None:
    fingerprint = kept.differences[0].fingerprint
    assert "a run that names no folder" in written(fingerprint)[1]
    (folder / "messages").mkdir()
    code, said = written(fingerprint, "--messages", "messages")
    assert (code, "no message 'm1' among 0 messages" in said) == (2, True)


def test_a_file_that_is_there_stays(kept: HandlerReview, folder: Path) -> None:
    (folder / "test_it.py").write_text("mine")
    code, said = written(kept.differences[0].fingerprint, "test_it.py")
    assert (code, "'test_it.py', which is there" in said) == (2, True)
    assert (folder / "test_it.py").read_text() == "mine"
