"""What is said aloud on a worker is counted, and holds no secret that can be told by itself."""

import logging

import pytest

from tasksplit.live.noted import LOUD, Noted, Tally
from tests.hostile import TELLTALE


def test_what_is_loud_is_logged_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    tally = Tally()
    with caplog.at_level(logging.WARNING, logger="tasksplit.live"):
        tally(Noted.LATER, "build[1]: redis://user:pw-of-redis@host is away")
        tally(Noted.NOT_PARKED, f"task[2]: token {TELLTALE['github-personal']}")
        tally(Noted.PINNED, "nobody has to know")
    assert len(caplog.records) == 2
    assert "redis://user:(hidden)@host is away" in caplog.text
    assert "pw-of-redis" not in caplog.text
    assert TELLTALE["github-personal"] not in caplog.text
    assert tally.counts == {Noted.LATER: 1, Noted.NOT_PARKED: 1, Noted.PINNED: 1}
    assert Noted.PINNED not in LOUD
