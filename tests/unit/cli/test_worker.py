"""What does a shadow worker make of each batch, and what outlives it?"""

from __future__ import annotations

import json
import os
import pickle
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tasksplit.capture.heard import Heard
from tasksplit.cli import app
from tasksplit.cli.worker import Batches, Kept
from tasksplit.errors import DeclarationError
from tasksplit.live.envelope import Envelope
from tasksplit.model.evidence import Ledger
from tasksplit.model.message import Side
from tasksplit.model.verdict import Verdict
from tasksplit.replay.arriving import Arriving
from tasksplit.replay.declared import find
from tasksplit.stores import Archive, open_store
from tasksplit.worlds.recording import Recorded
from tests.unit.cli.rolling import PATH

KEY, OTHER = (b64encode(bytes([number]) * 32).decode() for number in (1, 2))
ENVELOPE = Envelope([KEY])
pytestmark = pytest.mark.usefixtures("folder")


class Told(Arriving):
    """Who notes what would be replayed, and starts no process."""

    def __init__(self, versions: Mapping[str, str] | None = None) -> None:
        super().__init__(find(PATH), PATH, token_key=b"k")
        self.versions = dict(versions or self.versions)
        self.took: list[Recorded] = []

    def take(self, recorded: Recorded) -> Mapping[tuple[str, str], Verdict]:
        """Take it for paired."""
        self.took.append(recorded)
        self.book.expect(recorded.message.id)
        self.book.arrived(recorded.message.id, *Side)
        return {}

    @property
    def why(self) -> Mapping[str, int]:
        """Return what is lost, by reason."""
        return self.book.why_lost()


def heard(name: str, payload: Any = None, entry: str = "") -> bytes:
    """Return what a worker heard of a message that did nothing."""
    return pickle.dumps(
        Heard(
            entry=entry or find(PATH).entries[0].name, message=name, payload=pickle.dumps(payload or {"id": name}),
            frames=(), exchanges=(), rows=(), began_at=1.0, ended_at=2.0,
        )
    )  # fmt: skip


class Shadow:
    """A shadow worker with its store and its reports."""

    def __init__(self, folder: Path, versions: Mapping[str, str] | None = None) -> None:
        self.arriving = Told(versions)
        self.archive = Archive(open_store(f"sqlite:///{folder}/evidence.db"))
        self.reports = folder / "reports"
        self.kept = Kept(self.arriving, self.archive, self.reports)
        self.batches = Batches(ENVELOPE, self.arriving, self.kept)

    @property
    def ledger(self) -> Ledger:
        """Return the ledger that is kept."""
        return self.archive.load_review().ledger


def test_each_record_of_a_batch_is_replayed_in_its_order(folder: Path) -> None:
    shadow = Shadow(folder)
    shadow.batches.take(ENVELOPE.seal([heard("m1"), heard("m2")]))
    shadow.batches.take(ENVELOPE.seal([heard("m3")]))
    assert [one.message.id for one in shadow.arriving.took] == ["m1", "m2", "m3"]
    assert (shadow.batches.messages, shadow.batches.unread) == (3, 0)
    assert shadow.ledger == Ledger(expected=3, paired=3)


def too_old() -> bytes:
    return Envelope([KEY], lives=timedelta(seconds=1), clock=lambda: 1_000_000.0).seal([heard("m")])


UNOPENED: dict[str, tuple[Callable[[], bytes], str]] = {
    "expired": (too_old, "expired"),
    "other key": (lambda: Envelope([OTHER]).seal([heard("m")]), "sealed with a key that is not here"),
    "changed on its way": (lambda: ENVELOPE.seal([heard("m")])[:-1] + b"x", "forged"),
    "newer": (lambda: b"\x09" + ENVELOPE.seal([heard("m")])[1:], "of a newer version"),
    "cut off": (lambda: ENVELOPE.seal([heard("m")])[:20], "garbled"),
    "empty": (lambda: b"", "garbled"),
}


@pytest.mark.parametrize(("batch", "reason"), UNOPENED.values(), ids=UNOPENED)
def test_a_batch_that_cannot_be_opened_is_counted_with_its_reason_and_the_next_is_taken(
    folder: Path, batch: Callable[[], bytes], reason: str
) -> None:
    shadow = Shadow(folder)
    shadow.batches.take(batch())
    shadow.batches.take(batch())
    shadow.batches.take(ENVELOPE.seal([heard("m")]))
    assert shadow.batches.unread == 2
    assert shadow.ledger == Ledger(expected=3, paired=1, lost=2)
    assert [(reason in why, count) for why, count in shadow.arriving.why.items()] == [(True, 2)]
    assert reason in (shadow.reports / "report.md").read_text()


def test_a_batch_over_the_size_that_is_opened_is_counted(folder: Path) -> None:
    shadow = Shadow(folder)
    small = Batches(Envelope([KEY], largest=1_000), shadow.arriving, shadow.kept)
    small.take(ENVELOPE.seal([heard("m", {"large": os.urandom(2_000).hex()})]))
    assert (small.unread, shadow.ledger) == (1, Ledger(expected=1, lost=1))
    assert [*shadow.arriving.why] == ["a batch that is too large"]


def deep() -> Any:
    payload: Any = "x"
    for _ in range(150):
        payload = [payload]
    return payload


UNREADABLE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no pickle": (lambda: b"no pickle", "UnpicklingError"),
    "a class that is not here": (lambda: b"cno.such.module\nName\n.", "ModuleNotFoundError"),
    "something else": (lambda: pickle.dumps("a text"), "AttributeError"),
    "cut off": (lambda: heard("m")[:-20], "cannot be read here"),
    "no message": (lambda: heard("bad", deep()), "levels deep"),
    "another entry": (lambda: heard("bad", entry="gone"), "an entry that this migration does not declare"),
    "a number too large": (lambda: heard("bad", {"number": 2**70}), ""),
}


@pytest.mark.parametrize(("record", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_record_that_cannot_be_read_costs_itself_alone(
    folder: Path, record: Callable[[], bytes], reason: str
) -> None:
    shadow = Shadow(folder)
    shadow.batches.take(ENVELOPE.seal([heard("m1"), record(), heard("m2")]))
    assert [one.message.id for one in shadow.arriving.took] == ["m1", "m2"]
    assert shadow.ledger == Ledger(expected=3, paired=2, lost=1)
    assert all(reason in why for why in shadow.arriving.why)


def test_what_is_kept_is_one_run_that_takes_the_place_of_the_last(folder: Path) -> None:
    shadow = Shadow(folder)
    for name in ("m1", "m2"):
        shadow.batches.take(ENVELOPE.seal([heard(name)]))
        (run,) = shadow.archive.runs()
        assert run.endswith("-live")
    assert shadow.archive.load_run().meta["form"] == shadow.archive.load_review().form == "live"
    assert json.loads((shadow.reports / "report.json").read_text())["ledger"]["expected"] == 2


def test_a_shadow_worker_that_starts_again_goes_on_where_the_code_is_the_same(folder: Path) -> None:
    Shadow(folder).batches.take(ENVELOPE.seal([heard("m1"), heard("m2")]))
    again = Shadow(folder)
    again.batches.take(ENVELOPE.seal([heard("m3")]))
    assert again.ledger == Ledger(expected=3, paired=3)
    other = Shadow(folder, versions={"code": "another"})
    other.batches.take(ENVELOPE.seal([heard("m4")]))
    assert other.ledger == Ledger(expected=1, paired=1)


# --- the command ------------------------------------------------------------------------------------------------------


def refused(*arguments: str) -> str:
    """Return what the command says, where it starts nothing."""
    ended = CliRunner().invoke(app, ["worker", *arguments, "--migration", PATH], env={"TASKSPLIT_KEY": ""})
    assert isinstance(ended.exception, DeclarationError), ended.exception
    return str(ended.exception)


def test_without_shadow_it_says_whose_workers_run_what() -> None:
    assert "call 'tasksplit worker --shadow'" in refused()


@pytest.mark.parametrize("keys", [(), ("--key", "no base64!")], ids=["no key", "no base64"])
def test_without_a_key_it_says_how_to_make_one(keys: tuple[str, ...]) -> None:
    assert "openssl rand -base64 32" in refused("--shadow", "--store", "memory:", *keys)
