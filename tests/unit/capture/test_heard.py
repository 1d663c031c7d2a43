"""What does it mean what a worker heard, where some of it cannot be written down?"""

from __future__ import annotations

import pickle

from tasksplit.capture.freeze import freeze
from tasksplit.capture.heard import Heard
from tasksplit.capture.journal import Frame
from tasksplit.model.observation import DISPATCH
from tasksplit.worlds.answers import Exchange
from tests.unit.live.recorded_toy import migration


def heard(*exchanges: Exchange, outcome: object = None) -> Heard:
    frame = Frame(number=0, handler=DISPATCH, attempt=0, parent=None, base=0.0)
    frame.outcome = freeze({"kind": "returned", "value": outcome})
    return Heard(
        entry=migration.entries[0].name, message="m", payload=pickle.dumps({"ref": "r", "key": "k"}), frames=(frame,),
        exchanges=exchanges, rows=(), began_at=1.0, ended_at=2.0,
    )  # fmt: skip


def test_what_was_asked_and_cannot_be_written_is_left_out_and_named() -> None:
    recorded = heard(
        Exchange("fine", freeze({"n": 1}), effect=False, answer=("pickled", b"")),
        Exchange("odd", freeze({"n": object()}), effect=False, answer=("pickled", b"")),
    ).recorded(migration)
    assert [one.group for one in recorded.recording.exchanges] == ["fine"]
    (error,) = recorded.harness_errors
    assert error.startswith("writing down what odd was asked: CanonicalError: ")
    assert recorded.observations[0].undecided is None


def test_an_outcome_that_cannot_be_written_undecides_its_boundary() -> None:
    recorded = heard(outcome=object()).recorded(migration)
    assert (recorded.observations[0].undecided or "").startswith("tasksplit failed: writing down what dispatch did")
    assert len(recorded.harness_errors) == 1
