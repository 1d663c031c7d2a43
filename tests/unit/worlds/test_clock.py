"""Time, ids and random numbers of a replay depend on message and boundary alone, however they were bound."""

import os
import random
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from tasksplit.worlds.clock import START, Clock
from tests.unit.worlds import drawing

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture
def clock() -> Iterator[Clock]:
    state = random.getstate()
    found = Clock()
    found.install()
    try:
        yield found
    finally:
        found.uninstall()
        random.setstate(state)


def test_every_way_to_ask_gives_the_time_of_the_message(clock: Clock) -> None:
    clock.begin("m", START)
    assert drawing.times() == dict.fromkeys(drawing.times(), START)
    assert drawing.today() == date(2020, 6, 22)


def test_time_stands_still_until_a_boundary_says_otherwise(clock: Clock) -> None:
    clock.begin("m", START)
    time.sleep(0.01)
    assert time.time() == START
    clock.enter("handler", START + 1.25)
    assert drawing.times()["time"] == pytest.approx(START + 1.25, abs=1e-6)
    assert datetime.now(UTC).timestamp() == pytest.approx(START + 1.25, abs=2e-6)


def test_a_column_default_bound_early_sees_it(clock: Clock) -> None:
    clock.begin("m", START + 60)
    default = drawing.ROWS.c.at.default
    assert default is not None
    assert default.arg(None) == datetime(2020, 6, 22, 9, 1)


def test_draws_repeat_for_the_same_message_and_boundary(clock: Clock) -> None:
    seen = []
    for _ in range(2):
        clock.begin("m")
        clock.enter("dispatch", START)
        seen.append((drawing.draws(), drawing.draws()))
    assert seen[0] == seen[1]
    assert all(seen[0][0][name] != seen[0][1][name] for name in seen[0][0])


def test_draws_do_not_repeat_for_another_message_or_boundary(clock: Clock) -> None:
    found = []
    for message, frame in (("m", "a"), ("m", "b"), ("n", "a")):
        clock.begin(message)
        clock.enter(frame, START)
        found.append(drawing.draws())
    for name in found[0]:
        assert len({str(f[name]) for f in found}) == 3, name


def test_draws_do_not_depend_on_the_order_of_the_boundaries(clock: Clock) -> None:
    found: list[dict[str, object]] = []
    for order in (("a", "b"), ("b", "a")):
        clock.begin("m")
        drawn = {}
        for frame in order:
            clock.enter(frame, START)
            drawn[frame] = drawing.draws()
        found.append(drawn)
    assert found[0] == found[1]


def test_a_boundary_goes_on_where_it_was_when_its_child_ends(clock: Clock) -> None:
    clock.begin("m")
    clock.enter("parent", START)
    first = uuid.uuid4()
    clock.enter("child", START)
    uuid.uuid4()
    clock.enter("parent", START)
    second = uuid.uuid4()
    assert first != second
    clock.begin("m")
    clock.enter("parent", START)
    assert (first, second) == (uuid.uuid4(), uuid.uuid4())


def test_random_numbers_of_a_parent_do_not_repeat_after_its_child(clock: Clock) -> None:
    clock.begin("m")
    clock.enter("parent", START)
    first = random.random()
    clock.enter("child", START)
    clock.enter("parent", START)
    assert random.random() != first


def test_how_much_a_child_draws_is_nothing_to_its_parent(clock: Clock) -> None:
    after = []
    for draws in (0, 3):
        clock.begin("m")
        clock.enter("parent", START)
        random.random()
        clock.enter("child", START)
        for _ in range(draws):
            uuid.uuid4()
            random.random()
        clock.enter("parent", START)
        after.append((uuid.uuid4(), random.random()))
    assert after[0] == after[1]


def test_ids_are_told_by_who_made_them(clock: Clock) -> None:
    clock.begin("m")
    clock.enter("handler/job", START)
    one, two = uuid.uuid4(), drawing.uuid4()
    assert clock.made == {str(one): "handler/job#1", str(two): "handler/job#2"}
    assert one.version == 4


def test_ids_that_libraries_draw_for_themselves_are_not_the_users(clock: Clock) -> None:
    from kombu.utils.uuid import uuid as of_kombu

    clock.begin("m")
    clock.enter("a", START)
    plain = [uuid.uuid4(), uuid.uuid4()]
    clock.begin("m")
    clock.enter("a", START)
    mixed = [uuid.uuid4()]
    ours = {of_kombu(), of_kombu()}
    mixed.append(uuid.uuid4())
    assert mixed == plain
    assert len(ours) == 2
    assert set(clock.made) == {str(p) for p in plain}


def test_ids_are_unique_among_messages(clock: Clock) -> None:
    made = set()
    for message in range(200):
        clock.begin(f"m{message}")
        made |= {uuid.uuid4() for _ in range(5)}
    assert len(made) == 1000


def test_the_clock_is_given_back() -> None:
    state = random.getstate()
    urandom, uuid4 = random._urandom, uuid.uuid4.__code__  # type: ignore[attr-defined]
    clock = Clock()
    clock.install()
    clock.begin("m", START)
    clock.uninstall()
    random.setstate(state)
    assert abs(time.time() - os.stat_result.__call__(os.stat("/proc/self")).st_mtime) < 10**6
    assert datetime.now(UTC).year >= 2025
    assert drawing.times()["default"] > START + 10**8
    assert random._urandom is urandom  # type: ignore[attr-defined]
    assert uuid.uuid4.__code__ is uuid4
    assert uuid.uuid4() != uuid.uuid4()


def test_durations_by_the_monotonic_clock_go_on(clock: Clock) -> None:
    clock.begin("m", START)
    first = time.perf_counter()
    time.sleep(0.002)
    assert time.perf_counter() - first >= 0.002


def test_local_time_is_not_utc_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    time.tzset()
    before = time.timezone, os.environ.get("TZ")
    clock = Clock()
    clock.install()
    try:
        clock.begin("m", START)
        assert datetime.fromtimestamp(START) != datetime.fromtimestamp(START, UTC).replace(tzinfo=None)
    finally:
        clock.uninstall()
    assert (time.timezone, os.environ.get("TZ")) == before


def test_a_zone_that_somebody_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    clock = Clock()
    clock.install()
    try:
        assert datetime.fromtimestamp(START) == datetime.fromtimestamp(START, UTC).replace(tzinfo=None)
    finally:
        clock.uninstall()
