"""What does a report know of who moved a handler, and what if the store is away?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tasksplit.cli.stages import MOST, UNKNOWN, Moved, looked, moved
from tasksplit.model.review import Step
from tasksplit.model.rollout import Change, Flag
from tasksplit.stores.flags_protocol import open_flag_store
from tests.unit.cli.rolling import NAMES, review
from tests.unit.cli.watching import CANARY, NOW, OFF, SHADOW, put


def steps(found: Sequence[Step]) -> list[tuple[str, str]]:
    return [(one.before, one.after) for one in found]


def test_stages_and_who_moved_each_handler_are_read_from_the_store(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/flags.db"
    put(open_flag_store(url, "toy"), bill=CANARY, pack=SHADOW)
    found = looked(url, NAMES, "toy")
    told = {one.name: one for one in moved(review(), found).handlers}
    assert (told["bill"].stage, told["dispatch"].stage) == ("canary", "off")
    assert steps(told["bill"].steps) == [("shadow", "canary, 0 %"), ("off", "shadow")]
    newest = told["bill"].steps[0]
    assert (newest.who, newest.because, newest.at, newest.forced) == ("ann", "CHG-112", NOW.timestamp(), False)
    assert told["dispatch"].steps == ()


def test_of_each_handler_the_newest_steps_are_shown(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/flags.db"
    store = open_flag_store(url, "toy")
    for number in range(MOST * 2):  # as many as are read
        before = store.read().of("pack")
        after = Flag(handler="pack", stage=OFF if number % 2 else SHADOW, revision=number + 1, changed_at=NOW)
        change = Change(handler="pack", before=before, after=after, who="ann", why=f"step {number}", when=NOW)
        store.apply([change], number)
    found = looked(url, ["pack", "ship"], "toy").steps
    assert [one.because for one in found["pack"]] == [f"step {number}" for number in range(MOST * 2 - 1, MOST - 1, -1)]
    assert found["ship"] == []


def test_without_a_store_nothing_is_known_and_nothing_is_said() -> None:
    assert looked("", NAMES, "toy") == Moved()
    assert moved(review(), Moved()) == review()


def test_a_store_that_is_away_is_said(tmp_path: Path) -> None:
    path = tmp_path / "flags.db"
    path.write_bytes(b"no database at all, and long enough to be read as one" * 40)
    told = moved(review(), looked(f"sqlite:///{path}", NAMES, "toy"))
    assert {one.stage for one in told.handlers} == {UNKNOWN}
    (finding,) = told.findings
    assert (finding.code, finding.blocks, finding.waits) == ("stages-unknown", False, False)
    assert "not a database" in finding.text
