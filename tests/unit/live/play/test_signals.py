"""A signal ends the play, and never between the start of a process and the note that it runs."""

from __future__ import annotations

import os
import signal

import pytest

from tasksplit.live.play.signals import Signals


def struck(signals: Signals, number: int, done: list[str]) -> None:
    with signals:
        os.kill(os.getpid(), number)
        done.append("went on")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])
def test_the_first_signal_ends_it_at_once(number: int) -> None:
    signals, done = Signals(), list[str]()
    with pytest.raises(KeyboardInterrupt):
        struck(signals, number, done)
    assert (signals.came, done) == (number, [])


def struck_while_held(signals: Signals, done: list[str]) -> None:
    with signals:
        with signals.held():
            os.kill(os.getpid(), signal.SIGTERM)
            done.append("started")
            with signals.held():
                done.append("noted")
        done.append("went on")


def test_what_is_held_is_done_to_its_end_first() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        struck_while_held(Signals(), done)
    assert done == ["started", "noted"]


def test_a_second_signal_changes_nothing() -> None:
    signals, done = Signals(), []
    with signals:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        done.append("everything ended in order")
    assert (signals.came, len(done)) == (signal.SIGTERM, 1)


def failed_while_held(signals: Signals) -> None:
    with signals, signals.held():
        os.kill(os.getpid(), signal.SIGTERM)
        raise ValueError("theirs")


def test_an_error_inside_is_not_hidden_by_a_signal() -> None:
    with pytest.raises(ValueError, match="theirs"):
        failed_while_held(Signals())


def test_afterwards_signals_mean_what_they_meant() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Signals():
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
