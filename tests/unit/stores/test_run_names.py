"""What does a name tell that was given, and what where somebody gave another?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tasksplit.stores.run_names import call_of, form_of, is_live, live_named, named, when_of, worker_named, worker_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_run_tells_its_call_its_form_and_its_time() -> None:
    run = named(NOON, "fixtures")
    assert (call_of(run), form_of(run), when_of(run), is_live(run)) == (
        "20261121T120000.000000", "fixtures", NOON, False,
    )  # fmt: skip


def test_what_a_shadow_worker_saved_tells_which_worker_it_was() -> None:
    run = live_named(worker_named(NOON), 7)
    assert run == "20261121T120000.000000-000007-live"
    assert (worker_of(run), form_of(run), when_of(run), is_live(run)) == (worker_named(NOON), "live", None, True)


@pytest.mark.parametrize(
    "run", ["nightly", "nightly-fixtures", "live", ""], ids=["a word", "two words", "a form alone", "empty"]
)
def test_another_name_says_no_time(run: str) -> None:
    assert (when_of(run), is_live(run)) == (None, False)
