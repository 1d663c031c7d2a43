"""The story goes on as it should: the gate is asked, what it says is heeded or overridden aloud, time ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tasksplit.live.play.parts import Said
from tasksplit.live.play.script import PlayError
from tasksplit.live.play.seen import Seen
from tasksplit.live.play.story import FORCED, STORY, Moves, Step, Story
from tasksplit.model.evidence import Tally
from tasksplit.model.rollout import Stage
from tests.unit.live.play.acts import HANDLER, runs, seen


class Told:
    """What was said, in its order; implements ``Screen``."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.drawn = 0

    def step(self, number: int, step: Step) -> None:
        self.lines.append(f"step {number}")

    def asked(self, command: str) -> None:
        self.lines.append(f"$ {command}")

    def said(self, said: Said) -> None:
        self.lines.append(f"code {said.code}")

    def note(self, text: str) -> None:
        self.lines.append(text)

    def draw(self, seen: Seen) -> None:
        self.drawn += 1


class Stage_:  # a stage to play on, not one of a handler
    """Time that passes by sleeping, and commands that end as they are told to."""

    def __init__(self, look: Callable[[float], Seen], codes: Sequence[int] = ()) -> None:
        self.now, self.told = 0.0, Told()
        self.commands: list[list[str]] = []
        self._codes = list(codes)
        self.story = Story(
            run=self._run, look=lambda: look(self.now), screen=self.told, check=lambda: None,
            moves=Moves(handler=HANDLER, options=["--evidence", "here"]), sleep=self._sleep, clock=lambda: self.now,
        )  # fmt: skip

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _run(self, arguments: Sequence[str], *, options: Sequence[str], deadline: float) -> Said:
        assert list(options) == ["--evidence", "here"]
        self.commands.append(list(arguments))
        code = self._codes.pop(0) if self._codes else 0
        return Said(command=" ".join(arguments), code=code, lines=("because",) if code else ())


def busy(now: float) -> Seen:
    """Everybody acts, more with each second."""
    done = int(now)
    return seen(Tally(match=done), runs=runs(legacy=done, split=done))


def still(_now: float) -> Seen:
    return seen(Tally())


def test_a_handler_goes_forward_by_one_stage_each_time_and_back_to_shadow() -> None:
    stage = Stage_(busy)
    stage.story.play(1000.0)
    assert [words[2] for words in stage.commands] == ["shadow", "canary", "live", "shadow"]
    assert stage.commands[1][3:5] == ["--share", "50%"]
    assert not any("--force" in words for words in stage.commands)
    assert stage.story.short == []
    assert [line for line in stage.told.lines if line.startswith("step")] == [f"step {n}" for n in range(1, 6)]


@pytest.mark.parametrize("code", [1, 3])
def test_what_the_gate_refuses_is_shown_and_then_overridden_aloud(code: int) -> None:
    stage = Stage_(busy, codes=[0, code, 0])
    stage.story.play(1000.0, STORY[:3])
    assert [("--force" in words, words[2]) for words in stage.commands] == [
        (False, "shadow"),
        (False, "canary"),
        (True, "canary"),
    ]
    assert FORCED in stage.commands[2]
    codes = [line for line in stage.told.lines if line.startswith("code")]
    assert codes == ["code 0", f"code {code}", "code 0"]
    assert any("overridden" in line for line in stage.told.lines)


def test_nobody_forces_a_handler_that_differs() -> None:
    def differs(now: float) -> Seen:
        return seen(Tally(match=int(now), mismatch=1), runs=runs(legacy=int(now), split=int(now)))

    stage = Stage_(differs, codes=[0, 1])
    with pytest.raises(PlayError, match="1 pairs that differ"):
        stage.story.play(1000.0)
    assert not any("--force" in words for words in stage.commands)


@pytest.mark.parametrize("codes", [[2], [0, 2], [0, 3, 2]], ids=["shadow", "canary", "forced"])
def test_a_move_that_is_misuse_ends_the_story(codes: list[int]) -> None:
    stage = Stage_(busy, codes=codes)
    with pytest.raises(PlayError, match="ended with code 2: because"):
        stage.story.play(1000.0)
    assert len(stage.commands) == len(codes)


def test_a_step_of_which_not_enough_is_seen_ends_with_its_time_and_is_named() -> None:
    stage = Stage_(still)
    stage.story.play(100.0)
    assert stage.story.short == [step.title for step in STORY]
    assert stage.now <= 100.0 + sum(step.at_least for step in STORY)


def test_a_step_lasts_as_long_as_it_must_be_seen() -> None:
    stage = Stage_(lambda _now: seen(Tally(match=99)))
    step = replace(STORY[1], at_least=4.0)
    stage.story.play(1000.0, [step])
    assert 4.0 <= stage.now < 5.0
    assert stage.told.drawn


def test_who_has_gone_ends_the_story_at_once() -> None:
    stage = Stage_(still)

    def gone() -> None:
        raise PlayError("a worker has gone")

    story = Story(
        run=stage._run, look=lambda: still(0.0), screen=stage.told, check=gone, moves=Moves(handler=HANDLER),
        sleep=stage._sleep, clock=lambda: stage.now,
    )  # fmt: skip
    with pytest.raises(PlayError, match="has gone"):
        story.play(100.0)


def test_settling_waits_until_nothing_is_on_its_way() -> None:
    stage = Stage_(lambda now: seen(sent=9, reached=9 if now > 5 else 8))
    assert stage.story.settle(100.0).settled
    assert 5.0 < stage.now < 6.0


def test_settling_ends_with_the_time() -> None:
    stage = Stage_(lambda _now: seen(sent=9, reached=8))
    assert not stage.story.settle(10.0).settled
    assert 10.0 <= stage.now < 11.0


def test_only_stages_beyond_shadow_are_the_gates() -> None:
    assert [step.asks for step in STORY] == [False, False, True, True, False]
    assert [step.stage for step in STORY] == [None, Stage.SHADOW, Stage.CANARY, Stage.LIVE, Stage.SHADOW]
