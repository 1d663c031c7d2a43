"""What is known of each handler from the runs that are kept, and what if there is none?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tasksplit.cli.evidence import Known, decided, latest, rehearsed
from tasksplit.model.decision import Answer, Decision
from tasksplit.model.evidence import Evidence, Finding, Tally
from tasksplit.model.message import Origin
from tasksplit.replay.declared import find
from tests.unit.cli.rolling import CLEAN, FAILS, PATH, RUN, WAITS, ran, review

STORE = "sqlite:///reports/evidence.db"
SKIP = Finding(code="skip-rehearsal", text="pack read another row", blocks=True)


@pytest.mark.usefixtures("folder")
def test_the_latest_call_of_run_is_what_counts_with_all_of_its_forms() -> None:
    ran(review({**CLEAN, "pack": FAILS}), run="20261120T110000.000000")
    ran(review(), review({**CLEAN, "bill": WAITS}, form="recordings"))
    known = latest(STORE, find(PATH), PATH)
    assert (known.run, known.at) == (RUN, datetime(2026, 11, 21, 11, tzinfo=UTC))
    assert known.decisions == {**CLEAN, "bill": WAITS}
    assert known.rehearsals == dict.fromkeys(CLEAN, "")


@pytest.mark.usefixtures("folder")
def test_a_run_whose_name_says_no_time_has_no_age() -> None:
    ran(run="nightly")
    known = latest(STORE, find(PATH), PATH)
    assert (known.run, known.at, known.decisions) == ("nightly", None, CLEAN)


@pytest.mark.usefixtures("folder")
def test_if_one_form_is_of_other_code_nothing_counts() -> None:
    ran()
    ran(review(form="recordings"), code="another")
    known = latest(STORE, find(PATH), PATH)
    assert {decision.answer for decision in known.decisions.values()} == {Answer.WAIT}
    assert known.rehearsals == {}


@pytest.mark.usefixtures("folder")
def test_where_there_is_no_evidence_it_is_said_why() -> None:
    assert latest("memory:", find(PATH), PATH).problem.startswith("Found no run in the store.")
    Path("garbled.db").write_bytes(b"no database at all, and long enough to be read as one" * 40)
    known = latest("sqlite:///garbled.db", find(PATH), PATH)
    assert known == Known(problem=known.problem)
    assert "not a database" in known.problem


def test_the_strictest_form_decides_in_its_own_words() -> None:
    other = Decision(answer=Answer.FAIL, reason="1 of 3 keys differ", upper_bound=0.9)
    both = decided([review({"a": FAILS, "b": CLEAN["pack"]}), review({"a": other, "b": WAITS}, form="recordings")])
    assert both == {
        "a": Decision(answer=Answer.FAIL, reason="3 of 400 keys differ; 1 of 3 keys differ", upper_bound=0.9),
        "b": WAITS,
    }


def test_what_blocks_a_whole_run_blocks_each_handler() -> None:
    blocked = decided([review(whole=(Finding(code="x", text="y", blocks=True), Finding(code="z", text="w")))])
    assert {(each.answer, each.reason) for each in blocked.values()} == {(Answer.FAIL, "x: y")}


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        (True, None, {"a": ""}),
        (None, True, {"a": ""}),
        (None, None, {}),
        (True, False, {"a": "it did not come out clean"}),
        (False, True, {"a": "it did not come out clean"}),
    ],
)
def test_a_rehearsal_in_any_form_counts_and_one_that_failed_more(
    first: bool | None, second: bool | None, found: dict[str, str]
) -> None:
    only = {"a": CLEAN["pack"]}
    assert rehearsed([review(only, rehearsed=first), review(only, rehearsed=second, form="recordings")]) == found


@pytest.mark.parametrize("tried", [True, False, None])
def test_a_blocking_finding_is_told_whatever_else_is_said(tried: bool | None) -> None:
    only = {"a": CLEAN["pack"]}
    told = {"a": "skip-rehearsal: pack read another row"}
    assert rehearsed([review(only, rehearsed=tried, findings={"a": SKIP})]) == told
    mild = Finding(code="skip-rehearsal", text="was not tried")
    assert rehearsed([review(only, rehearsed=None, findings={"a": mild})]) == {}


@pytest.mark.usefixtures("folder")
def test_what_live_messages_showed_counts_beside_the_latest_call_and_does_not_hide_it() -> None:
    ran(review({**CLEAN, "bill": FAILS}))
    _seen("20261121T120000.000000-000001", {f"clean {number}": False for number in range(900)})
    known = latest(STORE, find(PATH), PATH)
    assert known.decisions["pack"].answer is Answer.PASS
    assert "0 of 900 keys differ" in known.decisions["pack"].reason
    assert known.decisions["bill"] == FAILS
    assert known.rehearsals == dict.fromkeys(CLEAN, "")


@pytest.mark.usefixtures("folder")
def test_what_live_messages_showed_of_older_code_does_not_count() -> None:
    ran(review({**CLEAN, "pack": FAILS}, form="live"), run="20261121T100000.000000", code="another")
    ran()
    assert latest(STORE, find(PATH), PATH).decisions == CLEAN


def _seen(run: str, keys: dict[str, bool]) -> None:
    """Keep what a shadow worker found of one handler, and decided by itself."""
    one = review(form="live")
    pack = Evidence(
        handler="pack", tally=Tally(match=len(keys) - sum(keys.values()), mismatch=sum(keys.values())), keys=keys,
        capture_complete=True,
    )  # fmt: skip
    handlers = tuple(replace(h, evidence=pack) if h.name == "pack" else h for h in one.handlers)
    ran(replace(one, handlers=handlers, origin=Origin.LIVE), run=run)


@pytest.mark.usefixtures("folder")
def test_shadow_workers_beside_each_other_are_one_evidence() -> None:
    """Whichever of them saved last: what another one saw to differ is not hidden by it."""
    ran()
    _seen("20261121T120000.000000-000001", {f"differs {number}": True for number in range(20)})
    _seen("20261121T120001.000000-000001", {f"clean {number}": False for number in range(900)})
    pack = latest(STORE, find(PATH), PATH).decisions["pack"]
    assert pack.answer is Answer.WAIT
    assert pack.reason.startswith("20 of 920 keys differ")


@pytest.mark.usefixtures("folder")
def test_what_a_shadow_worker_saved_twice_counts_once() -> None:
    """It saves the newer before it takes the older away, and may be killed in between."""
    ran()
    _seen("20261121T120000.000000-000001", {f"differs {number}": True for number in range(20)})
    _seen("20261121T120000.000000-000002", {f"differs {number}": number < 21 for number in range(300)})
    _seen("20261121T120001.000000-000001", {f"clean {number}": False for number in range(620)})
    assert latest(STORE, find(PATH), PATH).decisions["pack"].reason.startswith("21 of 920 keys differ")


@pytest.mark.usefixtures("folder")
def test_what_live_messages_showed_of_this_code_counts_although_a_worker_of_other_code_came_after() -> None:
    """Deployed, taken back, deployed again: what was seen the first time still speaks of the code that is here."""
    _seen("20261119T100000.000000-000001", {f"differs {number}": True for number in range(20)})
    ran(review({**CLEAN, "bill": FAILS}, form="live"), run="20261119T110000.000000-000001", code="another")
    ran()
    pack = latest(STORE, find(PATH), PATH).decisions["pack"]
    assert pack.answer is Answer.FAIL
    assert "20 of 20 keys differ" in pack.reason
