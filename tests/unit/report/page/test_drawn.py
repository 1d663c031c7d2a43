"""Does the map show who sends what to whom, with nothing on top of anything else?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.decision import Answer
from tasksplit.model.review import Way
from tasksplit.report.page.drawn import MOST_FOLLOW_UPS, Box, Map, drawn
from tests.unit.report import large, reviews

NAMES = ("dispatch", "first", "second", "third")
ENTRY = Way(sender="", task="task.entry", queue="dispatch", receiver="dispatch", times=9)
FIRST = Way(sender="dispatch", task="task.first", queue="short", receiver="first", times=4)

ways = st.builds(
    Way,
    sender=st.sampled_from(["", *NAMES, "of another migration"]),
    task=st.sampled_from(["task.a", "task.b", "", "x" * 300, "\u202e"]),
    queue=st.sampled_from(["", "short", "long"]),
    receiver=st.sampled_from(["", *NAMES]),
    times=st.integers(0, 10**9),
)


def of(*known: Way, names: tuple[str, ...] = NAMES) -> Map:
    """Return the map of a review of these handlers."""
    handlers = [reviews.handler(name, list(Answer)[place % 3]) for place, name in enumerate(names)]
    return drawn(reviews.review(*handlers, ways=known))


def box(of_map: Map, label: str, kind: str = "handler") -> Box:
    """Return the one box of this kind and label."""
    [found] = [one for one in of_map.boxes if (one.label, one.kind) == (label, kind)]
    return found


def test_the_way_leads_from_the_message_over_dispatch_and_a_queue_to_a_handler_and_on() -> None:
    follow_up = Way(sender="first", task="task.babysit", queue="celery", times=3)
    found = of(ENTRY, FIRST, follow_up)
    on_the_way = [
        box(found, "message", "message"), box(found, "dispatch", "queue"), box(found, "dispatch"),
        box(found, "short", "queue"), box(found, "first"), box(found, "celery", "queue"),
        box(found, "task.babysit", "task"),
    ]  # fmt: skip
    assert [one.x for one in on_the_way] == sorted({one.x for one in on_the_way})
    assert (box(found, "first").answer, box(found, "first").number, box(found, "first").times) == ("fail", 2, "4 ×")
    assert {line.title for line in found.lines} == {
        "message → dispatch: 9", "dispatch → dispatch: 9", "dispatch → short: 4", "short → first: 4",
        "first → celery: 3", "celery → task.babysit: 3",
    }  # fmt: skip
    assert [heading.text for heading in found.headings] == [
        "entry", "queue", "dispatch", "queue", "handlers", "queue", "what they send on",
    ]  # fmt: skip


def test_a_handler_that_another_one_sends_stands_behind_it() -> None:
    found = of(ENTRY, FIRST, Way(sender="first", task="task.second", queue="short", receiver="second", times=2))
    assert box(found, "second").x > box(found, "first").x
    assert box(found, "third").x == box(found, "first").x  # nobody sent it: it stands beside the others
    assert box(found, "third").times == ""


def test_what_is_sent_back_is_drawn_as_such() -> None:
    again = Way(sender="first", task="task.first", queue="short", receiver="first", times=1)
    assert box(of(ENTRY, FIRST, again), "↩ first", "back").number == 2


@pytest.mark.parametrize("names", [NAMES, NAMES[1:], ("dispatch",), ()], ids=len)
def test_without_a_way_every_handler_is_still_there_and_the_map_says_so(names: tuple[str, ...]) -> None:
    found = of(names=names)
    assert [one.label for one in found.boxes if one.number] == list(names)
    assert "not seen in this run" in found.said


def test_tasks_that_follow_are_bounded_and_counted() -> None:
    many = [Way(sender="first", task=f"task.{number}", queue="q", times=1) for number in range(MOST_FOLLOW_UPS + 7)]
    found = of(ENTRY, FIRST, *many)
    assert len([one for one in found.boxes if one.kind == "task"]) == MOST_FOLLOW_UPS
    assert found.left_out == 7


def test_a_wider_line_stands_for_more_messages() -> None:
    found = of(ENTRY, FIRST, replace(FIRST, task="task.second", receiver="second", times=4_000))
    widths = {line.title: line.width for line in found.lines}
    assert widths["short → first: 4"] < widths["short → second: 4,000"] <= 6


@pytest.mark.parametrize("handlers", [3, 40])
def test_few_and_many_handlers_have_room(handlers: int) -> None:
    found = drawn(large.review(handlers, 0))
    assert_apart(found)
    assert found.height < 40 * handlers + 100
    assert found.width < 1_400


@given(st.lists(ways, max_size=12), st.permutations(NAMES))
def test_no_box_stands_on_another_whatever_is_sent(known: list[Way], names: list[str]) -> None:
    found = of(*known, names=tuple(names))
    assert {one.label for one in found.boxes if one.number and one.kind == "handler"} == set(names)
    assert_apart(found)


def assert_apart(found: Map) -> None:
    """Every box is within the drawing, and none overlaps another."""
    for place, one in enumerate(found.boxes):
        assert one.x >= 0
        assert one.y >= 20  # the headings have their own room
        assert one.x + one.width <= found.width
        assert one.y + one.height <= found.height
        for other in found.boxes[place + 1 :]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert beside or abs(one.middle - other.middle) >= one.height
