"""Is what was forced loud, and for how long?"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from tasksplit.cli import rollout_history, rollout_table
from tasksplit.cli.evidence import Known
from tasksplit.cli.rollout_table import State, rows
from tasksplit.cli.rollout_words import age, still_forced, when
from tasksplit.model.rollout import Change, Flag, Stage
from tasksplit.rollout import Structure, applied
from tasksplit.stores.flags_memory import MemoryFlagStore

OFF, SHADOW, CANARY, LIVE, RETIRED = Stage
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RED = "\x1b[1;31m"


def history(*steps: tuple[Stage, bool]) -> list[Change]:
    """Return changes to these stages, forced or not, newest first."""
    changes: list[Change] = []
    before = Flag(handler="bill")
    for stage, forced in steps:
        after = Flag(handler="bill", stage=stage, revision=len(changes) + 1, changed_at=NOW)
        evidence = {"overridden": ["the gate says fail"]} if forced else {}
        changes.insert(0, Change(
            handler="bill", before=before, after=after, who="ann", why="CHG-112", when=NOW, evidence=evidence,
            forced=forced,
        ))  # fmt: skip
        before = after
    return changes


@pytest.mark.parametrize(
    ("steps", "loud"),
    [
        ([], False),
        ([(SHADOW, False), (CANARY, False)], False),
        ([(SHADOW, False), (CANARY, True)], True),
        ([(SHADOW, False), (CANARY, True), (LIVE, False), (CANARY, False)], True),
        ([(SHADOW, False), (CANARY, True), (SHADOW, False), (CANARY, False)], False),
        ([(SHADOW, False), (CANARY, True), (OFF, False)], False),
    ],
)
def test_what_was_forced_is_so_until_the_handler_was_at_shadow_again(
    steps: Sequence[tuple[Stage, bool]], loud: bool
) -> None:
    assert (still_forced(history(*steps)) is not None) is loud


@pytest.mark.parametrize("wide", [80, 200])
@pytest.mark.parametrize("forced", [True, False])
def test_forced_stages_are_bold_and_red_in_the_table_and_the_history(forced: bool, wide: int) -> None:
    changes = history((SHADOW, False), (CANARY, forced))
    store = MemoryFlagStore()
    for change in reversed(changes):
        store.apply([change], change.revision - 1)
    out = io.StringIO()
    console = Console(file=out, width=wide, force_terminal=True, color_system="standard", highlight=False)
    flags = store.read()
    found = list(rows(flags, Structure(handlers=("bill",)), store))
    state = State(
        migration="m", store="memory:", flags=flags, rows=found, known=Known(problem="none"), problems=(), now=NOW
    )
    rollout_table.draw(state, console)
    rollout_history.draw(changes, console)
    loud = [line for line in out.getvalue().splitlines() if RED in line]
    assert len(loud) == (3 if forced else 0), out.getvalue()
    assert all("FORCED" in re.sub(r"\x1b\[[0-9;]*m", "", line) for line in loud)


def test_times_are_in_utc_and_ages_in_words() -> None:
    assert when(datetime.fromisoformat("2026-11-21T13:00:00+01:00")) == "2026-11-21 12:00:00 UTC"
    assert when(None) == ""
    assert age(NOW - timedelta(seconds=182), NOW) == "3 min 2 s old"
    assert age(NOW + timedelta(seconds=5), NOW) == "0 ms old"  # another machine's clock
    assert age(None, NOW) == "of unknown age"


def test_a_flag_that_is_not_declared_comes_last() -> None:
    flags = applied(MemoryFlagStore().read(), history((SHADOW, False)))
    names = [row.flag.handler for row in rows(flags, Structure(handlers=("pack",)), None)]
    assert names == ["dispatch", "pack", "bill"]
