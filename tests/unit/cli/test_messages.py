"""Where the kept messages go to, and what is said of those that are not kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tasksplit.cli import app
from tasksplit.cli.messages import left_out, said
from tasksplit.errors import DeclarationError
from tasksplit.model.message import Message, Refused
from tasksplit.model.verdict import Verdict
from tasksplit.replay.coverage import Shown
from tasksplit.replay.minimise import Kept

TAKEN = [Message(id=f"m{n}", payload={}, entry="e", key=f"k{n % 3}", digest=f"{n}") for n in range(6)]
NO_PAIRS = dict.fromkeys(Verdict, 0)


@pytest.mark.parametrize(
    ("out", "says"), [("all/few", "inside the folder of messages"), ("all", "inside"), ("full", "holds something")]
)
def test_the_folder_for_the_kept_is_new_or_empty_and_elsewhere(tmp_path: Path, out: str, says: str) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.json").write_text("{}")
    asked = ["messages", "minimise", "--messages", str(tmp_path / "all"), "--out", str(tmp_path / out)]
    ended = CliRunner().invoke(app, asked)
    assert isinstance(ended.exception, DeclarationError)
    assert says in str(ended.exception)
    assert (tmp_path / "full" / "kept.json").read_text() == "{}"


def test_it_says_how_much_is_kept_and_which_keys_are_lost() -> None:
    shown = Shown(branches=0b1110111, strata=0b11)
    kept = Kept(messages=("m1", "m4"), shown=shown, of=shown)
    assert list(said(kept, TAKEN, Path("few"))) == [
        "kept: 2 of 6 messages, in few",
        "branches: 6 of 6",
        "strata: 2 of 2",
        "lost: keys, 1 of 3 are left, and a bar counts keys",
    ]


def test_where_no_key_is_lost_nothing_is_said_of_them() -> None:
    shown = Shown(differences=0b1)
    kept = Kept(messages=("m0", "m1", "m2"), shown=shown, of=shown)
    lines = list(said(kept, TAKEN, Path("few")))
    assert "differences: 1 of 1" in lines
    assert not any("keys" in line for line in lines)


def test_what_nobody_can_tell_is_named_and_counted() -> None:
    lost = {f"m{n}": "its process died" for n in range(12)}
    pairs = NO_PAIRS | {Verdict.MATCH: 5, Verdict.UNDECIDED: 1}
    lines = list(left_out(pairs, lost, [Refused(name="x.json", reason="it is empty")]))
    assert lines[0] == "not used: x.json: it is empty"
    assert lines[1] == "not kept: m0: nobody knows what it shows (its process died)"
    assert lines[11] == "not kept: 2 messages more of which nobody knows what they show"
    assert lines[12:] == ["undecided: 1 pair, which is no evidence: no branch was counted for it"]


def test_where_all_was_told_nothing_is_said() -> None:
    assert list(left_out(NO_PAIRS, {}, [])) == []
