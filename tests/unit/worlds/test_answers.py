"""The same question is answered in the order of the recording; an effect with other arguments is answered too."""

from tasksplit.worlds.answers import Answers, Exchange


def _exchange(asked: bytes, answer: int, *, effect: bool = False, group: str = "g") -> Exchange:
    return Exchange(group=group, asked=asked, effect=effect, answer=("returned", answer))


def _given(answers: Answers, asked: bytes, *, effect: bool = False, group: str = "g") -> int | None:
    found = answers.to(group, asked, effect=effect)
    return None if found is None else found.answer[1]


def test_answers_come_in_order_and_the_last_one_stays() -> None:
    answers = Answers([_exchange(b"q", 1), _exchange(b"p", 9), _exchange(b"q", 2)])
    assert [_given(answers, b"q") for _ in range(4)] == [1, 2, 2, 2]
    assert _given(answers, b"p") == 9


def test_a_read_with_other_arguments_is_a_miss() -> None:
    assert _given(Answers([_exchange(b"q", 1)]), b"r") is None
    assert _given(Answers([_exchange(b"q", 1, effect=True)]), b"r", effect=False) is None
    assert _given(Answers([]), b"r", effect=True) is None


def test_an_effect_with_other_arguments_is_answered_by_its_group_alone() -> None:
    answers = Answers([_exchange(b"q", 1, effect=True), _exchange(b"z", 5, effect=True, group="other")])
    assert _given(answers, b"r", effect=True) == 1
    assert _given(answers, b"r", effect=True, group="nothing") is None


def test_two_effects_of_one_group_are_answered_each_by_its_own() -> None:
    answers = Answers([_exchange(b"a", 1, effect=True), _exchange(b"b", 2, effect=True)])
    assert _given(answers, b"b", effect=True) == 2
    assert _given(answers, b"a", effect=True) == 1
