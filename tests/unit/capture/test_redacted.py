"""What cannot be looked into is not kept: an observation without content, undecided, counted, with a reason of ours."""

import json
from typing import Any

from tasksplit.capture.redacted import NOTHING, redacted
from tasksplit.model.message import Side
from tasksplit.model.observation import Observation
from tasksplit.wire.canonical import canonical
from tasksplit.wire.redaction import Redactor

SECRET = "Sesam-öffne-dich-0815"


def observation(inputs: Any, **more: Any) -> Observation:
    effects: dict[str, Any] = {"calls": [], "rows": {}, "started": []}
    given = {
        "message": "m", "handler": "build", "instance": "", "attempt": 0, "ordinal": 0, "side": Side.LEGACY,
        "duration": 0.1, "content": canonical({"inputs": inputs, "outcome": None, "effects": effects}),
    }  # fmt: skip
    return Observation(**{**given, **more})


def test_all_of_a_message_is_hidden_in_all_of_its_observations() -> None:
    veil = Redactor(key=b"k").message({})
    given = [
        observation({"x": f"with {SECRET}"}, instance=f'"{SECRET}"', undecided=f"not in the recording: {SECRET}"),
        observation({"password": SECRET}),
    ]
    found, failed = redacted(given, veil)
    assert failed == ()
    text = repr([(json.loads(one.content), one.instance, one.undecided) for one in found])
    assert SECRET not in text
    assert text.count(Redactor(key=b"k").texts.token(SECRET)) == 4


def test_what_cannot_be_looked_into_is_dropped() -> None:
    veil = Redactor(key=b"k").message({})
    broken = observation({}, content=b'{"inputs": "%s", "token": ' % SECRET.encode(), calls_before_miss=2)
    (found, other), failed = redacted([broken, observation({"a": 1})], veil)
    assert found.content == NOTHING
    assert found.calls_before_miss is None  # nothing of it stands
    assert found.undecided is not None
    assert found.undecided.startswith("tasksplit failed: hiding the secrets of what build did")
    assert SECRET not in f"{found} {failed}"
    assert len(failed) == 1
    assert veil.dropped == {"observations": 1}
    assert other.undecided is None
