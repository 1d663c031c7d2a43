"""What leaves a replay holds no secret, whichever of its parts it stood in; and both sides hide the same."""

import json
import pickle
from dataclasses import replace
from typing import Any

import pytest

from tasksplit.capture.arrival import live_message
from tasksplit.errors import DeclarationError
from tasksplit.model.message import Message, Origin, Side
from tasksplit.model.verdict import Verdict
from tasksplit.replay.arriving import Arriving
from tasksplit.replay.process import Job, SideProcess
from tasksplit.replay.redacted import alike, shown
from tasksplit.wire.redaction import Redactor
from tasksplit.worlds.recording import Recorded
from tests.unit.replay.replayed import PATH, replay, running, step
from tests.unit.replay.toy.migration import migration

SECRET = "Sesam-öffne-dich-0815"
REDACTOR = Redactor(key=b"k")
TOKEN = REDACTOR.texts.token(SECRET)


def texts(replayed: Any) -> str:
    """All that is kept of a replay, but what it knows for the other side."""
    contents = [json.loads(one.content) for one in replayed.observations]
    payloads = [one.content.decode() for one in replayed.payloads.values()]
    rest = (replayed.harness_errors, replayed.alarms, replayed.runs, replayed.left)
    return json.dumps([contents, payloads, repr(rest)], ensure_ascii=False)


def test_everything_that_a_side_hands_back() -> None:
    acts = [["http", f"/a?api_key={SECRET}", {"x": SECRET}], ["call", {"password": SECRET}], ["row", SECRET]]
    event = {"steps": [step("build", *acts, ["fail", "ValueError", f"bad {SECRET}"], job=SECRET)]}
    for side in Side:
        found = replay(side, event, payloads=True)
        assert SECRET not in texts(found)
        assert TOKEN in texts(found)
        assert found.secrets >= {SECRET}
        assert SECRET not in repr(found)


def test_what_one_side_alone_shows_to_be_secret_is_hidden_on_both() -> None:
    """Else the same text would be hidden here and stand there, and look like a difference."""
    telling = {"steps": [step("build", ["call", f"with {SECRET}"], ["call", {"password": SECRET}])]}
    silent = {"steps": [step("build", ["call", f"with {SECRET}"])]}
    legacy, split = replay(Side.LEGACY, telling), replay(Side.SPLIT, silent)
    assert SECRET in texts(split)
    legacy, split = alike(REDACTOR, legacy, split)
    assert SECRET not in texts(legacy) + texts(split)
    for one in (legacy, split):
        calls = json.loads(one.observations[1].content)["effects"]["calls"]
        assert calls[0]["arguments"]["text"] == f"with {TOKEN}"
    assert all(a is b for a, b in zip((legacy, split), alike(REDACTOR, legacy, split), strict=True))


def test_a_message_as_it_is_counted_and_shown() -> None:
    payload = {"url": "https://me:pw-1234567@forge", "key": "https://me:pw-1234567@forge"}
    message = Message(id="m", payload=payload, entry="e", key="https://me:pw-1234567@forge", digest="d")
    found = shown(message, REDACTOR)
    assert found.key == "https://me:(hidden)@forge"  # the same in every run: keys are counted
    assert "pw-1234567" not in repr(found)
    plain = Message(id="m", payload={"a": 1}, entry="e", key="k", digest="d")
    assert shown(plain, REDACTOR).payload is plain.payload


def as_a_worker_sends_it(payload: dict[str, Any]) -> Recorded:
    """Return a recording with everything as it was."""
    message = live_message(migration, migration.entries[0], task_id="m", payload=payload)
    with running(Side.LEGACY, record=True) as runner:
        did = runner._run(replace(message, origin=Origin.TEST), None, frozenset(), None)
    assert did.recording is not None
    assert SECRET in texts(did)
    return Recorded(message=message, recording=did.recording, observations=did.observations, ended_at=did.recording.at)


def test_what_a_worker_recorded_is_hidden_before_it_is_held_against_its_replay() -> None:
    """The worker wrote down what was there; its replay has tokens, and nothing differs for that."""
    acts = [["http", "/a", {"password": SECRET}], ["call", f"with {SECRET}"], ["row", f"state {SECRET}"], ["fresh"]]
    came = as_a_worker_sends_it({"ref": "r", "key": "k", "note": SECRET, "steps": [step("build", *acts, job="a")]})
    arriving = Arriving(migration, PATH, token_key=b"k")
    arriving.start()
    try:
        assert arriving.take(came) == {("dispatch", ""): Verdict.MATCH, ("build", "a"): Verdict.MATCH}
        review = arriving.reviewed()
        own = arriving.own()
    finally:
        arriving.stop()
    assert {h.evidence.capture_complete for h in review.handlers if h.evidence.tally.pairs} == {True}
    assert SECRET not in f"{review}{own}"


def test_what_a_process_says_of_an_exception_is_hidden_before_anybody_hears_it() -> None:
    """An import that fails, or a message that is lost, may quote a configuration."""
    asked = SideProcess(Job(name="x", migration=PATH, side=Side.SPLIT, token_key=b"k"), ())
    with pytest.raises(DeclarationError) as refused:
        list(asked._take(pickle.dumps(("refused", "DeclarationError", "cannot connect: db://me:pw-123456@host"))))
    assert "db://me:token#" in str(refused.value)
    assert "pw-123456" not in str(refused.value)


def test_a_text_about_a_message_is_hidden_as_what_was_observed_of_it() -> None:
    message = Message(id="m", payload={"password": SECRET}, entry="toy", key=None, digest="d")
    with running(Side.SPLIT) as runner:
        assert runner.said(message, f"ValueError: {SECRET} is wrong") == f"ValueError: {TOKEN} is wrong"
