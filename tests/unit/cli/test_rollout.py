"""What does somebody see who moves a handler, and what is refused with which code?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tasksplit.cli.rollout_said import share_of
from tasksplit.errors import DeclarationError
from tasksplit.model.evidence import Finding
from tasksplit.model.message import Side
from tasksplit.model.review import Review
from tasksplit.model.route import ClaimId, Route
from tasksplit.rollout import Asked
from tasksplit.stores import open_store
from tasksplit.stores.claims_store import open_claim_store
from tasksplit.stores.flags_protocol import open_flag_store
from tests.unit.cli.rolling import CLEAN, FAILS, RUN, WAITS, go, ran, rehearsed, review, tasksplit, toy

pytestmark = pytest.mark.usefixtures("folder")
STORE = "sqlite:///reports/rollout.db"


def stages() -> dict[str, str]:
    """Return where the store says that each handler is."""
    with closing(open_flag_store(STORE, "toy")) as store:
        return {name: flag.stage.value for name, flag in store.read().flags.items()}


def latest(handler: str) -> dict[str, object]:
    """Return the newest change of a handler, as JSON."""
    code, told = toy("--history", handler, "--json")
    assert code == 0
    found: dict[str, object] = json.loads(told)[0]
    return found


def in_shadow(*handlers: str) -> None:
    for name in handlers:
        assert go(name, "shadow")[0] == 0


def in_canary(handler: str = "bill") -> None:
    """Have evidence, and one handler in canary by it."""
    ran()
    in_shadow(handler)
    code, told = go(handler, "canary", "--share", "5%")
    assert code == 0, told


def test_in_an_empty_folder_all_is_off_and_nothing_was_shown(folder: Path) -> None:
    code, told = toy()
    assert code == 0
    assert "toy: flags from the store (sqlite:///reports/rollout.db), revision 0" in told
    for name in ("dispatch", "pack", "ship", "bill"):
        assert re.search(rf"^{name} +off +unknown *$", told, re.M)
    assert "The gate has no evidence. Found no run in the store." in told


def test_shadow_needs_no_evidence_and_is_kept_with_who_and_why() -> None:
    code, told = go("bill", "shadow")
    assert (code, told) == (0, "bill: off → shadow\nrevision 1, by ann, because CHG-112\n")
    assert stages() == {"bill": "shadow"}
    code, told = toy("--history")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  revision 1  bill: off → shadow  by ann, because CHG-112  "
        r"\(no evidence asked\)\n",
        told,
    )


def test_where_nothing_was_shown_an_advance_waits_and_all_that_is_missing_is_said() -> None:
    in_shadow("bill")
    code, told = go("bill", "canary", "--share", "5%")
    assert code == 3
    assert told.splitlines() == [
        "refused: the gate has not decided about 'bill'",
        "refused: the gate has not decided about 'dispatch'",
        "refused: no skip rehearsal of 'bill': legacy was not replayed without it",
        "nothing was changed; --force overrides this, and shouts in the table and in the history",
    ]
    assert stages() == {"bill": "shadow"}


SKIP = Finding(code="skip-rehearsal", text="pack read another row", blocks=True)
OTHER = Finding(code="payload-differs", text="$.total", blocks=True)


@pytest.mark.parametrize(
    ("code", "reviews", "said"),
    [
        (1, [review({**CLEAN, "bill": FAILS})], "the gate says fail of 'bill': 3 of 400 keys differ"),
        (1, [review({**CLEAN, "dispatch": FAILS})], "the gate says fail of 'dispatch': 3 of 400"),
        (3, [review({**CLEAN, "bill": WAITS})], "the gate says wait of 'bill': 12 of 328 clean keys"),
        (1, [review({**CLEAN, "bill": WAITS}, rehearsed=False)], "rehearsal of 'bill' is not clean: it did not come"),
        (3, [review(rehearsed=None)], "no skip rehearsal of 'bill'"),
        (1, [review(findings={"bill": SKIP})], "is not clean: skip-rehearsal: pack read another row"),
        (1, [review(findings={"bill": OTHER}, rehearsed=None)], "is not clean: payload-differs: $.total"),
        (1, [review(), review({**CLEAN, "bill": FAILS}, form="recordings")], "the gate says fail of 'bill'"),
        (
            1,
            [review(whole=(Finding(code="forms-differ", text="2 verdicts", blocks=True),))],
            "forms-differ: 2 verdicts",
        ),
    ],
)
def test_what_the_evidence_does_not_allow_is_refused_with_the_code_of_the_gate(
    code: int, reviews: list[Review], said: str
) -> None:
    ran(*reviews)
    in_shadow("bill")
    refused, told = go("bill", "canary", "--share", "5%")
    assert (refused, said in told) == (code, True), told
    assert stages() == {"bill": "shadow"}


def test_only_the_latest_run_counts_and_only_for_the_code_as_it_is() -> None:
    ran(review({**CLEAN, "bill": FAILS}), run="20261120T110000.000000")
    in_canary()
    ran(run="20261122T110000.000000", code="another")
    code, told = go("bill", "live")
    assert code == 3
    assert "code changed since run 20261122T110000.000000" in told


def test_on_clean_evidence_it_advances_to_the_end_and_keeps_what_was_shown() -> None:
    in_canary()
    change = latest("bill")
    assert change["forced"] is False
    assert change["evidence"] == {
        "run": RUN,
        "probe": "not asked",
        "rehearsal": "",
        "decisions": {
            name: {"answer": "pass", "reason": "0 of 400 keys differ", "upper_bound": 0.009}
            for name in ("bill", "dispatch")
        },
    }
    assert f"(bill pass, dispatch pass, rehearsal clean, probe: not asked, run: {RUN})" in toy("--history")[1]
    for stage in ("live", "retired"):
        assert go("bill", stage)[0] == 0
    assert stages() == {"bill": "retired"}


def test_legacy_that_acknowledges_before_it_runs_stays_in_shadow() -> None:
    ran()
    in_shadow("bill")
    code, told = go("bill", "canary", migration="moving_toy:early")
    assert code == 1
    assert "acks-early: Found 'toy.hasty', which is acknowledged before it runs" in told


def test_workers_that_nobody_answers_for_are_waited_for() -> None:
    ran()
    in_shadow("bill")
    code, told = toy("bill", "canary", "--because", "CHG-112", "--seconds", "0.2", "--workers", "2")
    assert code == 3
    assert told.startswith("refused: 0 workers answered, 2 must: start them, or give them longer\n")


def test_back_asks_nobody_not_even_a_declaration_that_can_be_loaded() -> None:
    in_canary()
    Path("reports/evidence.db").write_bytes(b"no database")
    code, told = toy(
        "bill",
        "shadow",
        "--because",
        "p99 up",
        "--by",
        "ann",
        "--evidence",
        "nosuch://x",
        migration="moving_toy:broken",
    )
    assert (code, told) == (0, "bill: canary, 5 % → shadow\nrevision 3, by ann, because p99 up\n")


def test_a_group_goes_together_and_it_is_said_why() -> None:
    code, told = go("ship", "shadow")
    assert code == 0
    assert told.splitlines()[:3] == [
        "pack: off → shadow",
        "ship: off → shadow",
        "'pack' (off) goes with 'ship', since they are one group: now 'pack' (shadow)",
    ]
    ran(review({**CLEAN, "pack": FAILS}))
    code, told = go("ship", "canary", "--share", "5%")
    assert code == 1
    assert "the gate says fail of 'pack'" in told


def test_stepping_back_a_handler_takes_dispatch_along() -> None:
    ran()
    in_shadow("dispatch", "pack", "bill")
    for stage in ("canary", "live"):
        for name in ("pack", "bill"):
            assert go(name, stage)[0] == 0
    for stage in ("canary", "live"):
        assert go("dispatch", stage)[0] == 0
    code, told = go("bill", "shadow")
    assert code == 0
    assert (
        "'dispatch' (live) goes with 'bill', since dispatch needs every handler live: now 'dispatch' (shadow)" in told
    )
    assert stages() == {"dispatch": "shadow", "pack": "live", "ship": "live", "bill": "shadow"}


def test_what_is_forced_is_kept_with_what_it_overrode_and_shouts_until_shadow() -> None:
    in_shadow("bill")
    code, told = go("bill", "canary", "--share", "5%", "--force")
    assert code == 0
    assert "FORCED by ann: 'bill' (shadow) to canary, because CHG-112. But: the gate has not decided" in told
    assert latest("bill")["forced"] is True
    assert "FORCED, although: the gate has not decided about 'bill'; " in toy("--history")[1]
    ran()
    assert go("bill", "live")[0] == 0
    for wide in (80, 200):
        told = toy(wide=wide)[1]
        assert re.search(r"^bill.* live FORCED", told, re.M)
        assert re.search(r"^FORCED: bill to canary by ann at .* But: .*no skip rehearsal of 'bill'", told, re.M)
    (row,) = json.loads(toy("bill", "--json")[1])["handlers"]
    assert row["forced"]
    assert "the gate has not decided about 'bill'" in row["overridden"]
    in_shadow("bill")
    assert "FORCED" not in toy()[1]


@pytest.mark.parametrize("force", [[], ["--force"]])
def test_no_evidence_and_no_force_skips_a_stage_or_lets_dispatch_go_first(force: list[str]) -> None:
    ran()
    in_shadow("bill", "dispatch")
    code, told = go("bill", "live", *force)
    assert (code, "no stage is skipped" in told, "--force" in told) == (2, True, False)
    code, told = go("dispatch", "canary", *force)
    assert (code, "'dispatch' goes last" in told) == (2, True)
    assert stages() == {"bill": "shadow", "dispatch": "shadow"}


def test_keys_are_added_and_taken_out_one_by_one() -> None:
    in_canary()
    for more, allow, deny in (
        (["--deny", "a", "--deny", "b"], [], ["a", "b"]),
        (["--deny", "c"], [], ["a", "b", "c"]),
        (["--allow", "k"], ["k"], ["a", "b", "c"]),
        (["--forget", "b", "--forget", "k"], [], ["a", "c"]),
    ):
        code, told = go("bill", "canary", *more)
        assert code == 0, told
        (row,) = json.loads(toy("bill", "--json")[1])["handlers"]
        assert (row["allow"], row["deny"], row["share"]) == (allow, deny, 0.05)
    assert "bill: canary, 5 %, 1 allowed, 3 denied → canary, 5 %, 2 denied" in toy("--history")[1]


def test_to_where_it_is_nothing_changes() -> None:
    in_shadow("bill")
    assert go("bill", "shadow") == (0, "nothing to change: bill is at shadow already, on these terms\n")
    assert len(toy("--history")[1].splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 0.05), ("5 %", 0.05), ("0.05", 0.05), ("100%", 1), ("0", 0), ("", None)]
)
def test_how_a_share_is_written(text: str, share: float | None) -> None:
    assert share_of(text) == share


@pytest.mark.parametrize("text", ["5", "1", "1.0", "-1%", "101%", "nan", "inf", "five", "%", "5%%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(DeclarationError, match=r"write for example 5%, 0\.05 or 100%"):
        share_of(text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bill", "shadow"], "Found no --because"),
        (["bill", "shadow", "--because", " "], "Found no --because"),
        (["bill", "live", "--because", "x", "--deny", "k"], "Found --deny with the stage live"),
        (["bill", "live", "--because", "x", "--share", "5%"], "Expected a share with the stage canary only"),
        (["bil", "live", "--because", "x"], "Expected one of dispatch, pack, ship, bill"),
        (["bil"], "Expected one of dispatch, pack, ship, bill"),
        (["bill", "--share", "5%"], "Found no stage with --share"),
        (["--force"], "Found no stage with --force"),
        (["bill", "--abort", "m"], "Found --abort with a handler"),
        (["--history", "--abort", "m"], "Found --abort with --history"),
        (["bill", "live", "--history"], "Found --history with a stage"),
        (["bill", "live", "--because", "x", "--json"], "Found --json with a stage"),
        (["--abort", "m", "--json"], "Found --abort with --json"),
        (["--history", "bil"], "Expected one of dispatch, pack, ship, bill"),
        (["bill", "nowhere"], "is not one of"),
        (["--store", "nosuch://x"], "nosuch"),
    ],
)
def test_misuse_is_code_2_and_a_sentence(arguments: list[str], said: str) -> None:
    code, told = toy(*arguments)
    assert (code, said in told) == (2, True), told


def test_the_store_is_named_by_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKSPLIT_STORE", f"sqlite:///{folder / 'other.db'}")
    in_shadow("bill")
    assert not (folder / "reports" / "rollout.db").exists()
    assert "bill: off → shadow" in toy("--history", "--store", f"sqlite:///{folder / 'other.db'}")[1]


def test_the_table_shows_the_age_of_the_evidence_and_what_the_gate_says() -> None:
    ran(review({**CLEAN, "bill": WAITS}, findings={"pack": SKIP}))
    told = toy()[1]
    assert re.search(rf"^evidence of run {RUN}, \d.* old$", told, re.M)
    assert "wait bill: 12 of 328 clean keys\n" in told
    assert "pass pack: 0 of 400 keys differ\n  skip rehearsal not clean: skip-rehearsal: pack read another row" in told
    document = json.loads(toy("--json")[1])
    assert document["evidence"]["run"] == RUN
    rows = {row["handler"]: row for row in document["handlers"]}
    assert rows["bill"]["decision"] == {"answer": "wait", "reason": "12 of 328 clean keys", "upper_bound": 0.2}
    assert (rows["bill"]["rehearsed"], rows["pack"]["rehearsed"]) == (True, False)


def test_a_flag_that_nobody_declares_any_more_is_shown() -> None:
    in_shadow("bill", "pack")
    Path("smaller_toy.py").write_text(
        "from moving_toy import Migration, handler\n"
        "migration = Migration(name='toy', legacy='moving_toy:process', split='moving_toy:dispatch',\n"
        "                      handlers=[handler('pack'), handler('ship', 'pack')])\n"
    )
    assert re.search(r"^bill \(not declared\) +shadow", toy(migration="smaller_toy:migration")[1], re.M)


def lost() -> None:
    Path("reports/rollout.db").unlink()


def older() -> None:
    Path("reports/rollout.db").write_bytes(Path("reports/older.db").read_bytes())


@pytest.mark.parametrize("lose", [lost, older])
def test_a_store_that_forgot_is_announced_until_somebody_makes_a_change(lose: Callable[[], None]) -> None:
    in_canary()
    Path("reports/older.db").write_bytes(Path("reports/rollout.db").read_bytes())
    assert go("bill", "live")[0] == 0
    lose()
    for _ in range(2):
        told = toy()[1]
        assert "THE STORE FORGOT: its flags are of revision" in told
        assert "It forgot: 'bill' (live)." in told
    code, told = go("bill", "shadow")  # as somebody would in an emergency
    assert code == 0
    assert told.startswith("THE STORE FORGOT")
    assert "legacy's code wakes for it. Restore the store first." in told
    assert "THE STORE FORGOT" not in toy()[1]


def test_of_a_store_that_is_away_the_table_shows_what_was_known() -> None:
    in_canary()
    Path("reports/rollout.db").write_bytes(b"no database at all, and long enough to be read as one" * 40)
    code, told = toy()
    assert code == 2
    assert "from a file, since the store is away (sqlite:///reports/rollout.db), revision 2" in told
    assert re.search(r"^bill +canary +5 % ", told, re.M)
    assert "not a database" in told
    code, told = go("bill", "shadow")
    assert (code, "not a database" in told) == (2, True)


def test_abort_gives_back_what_nobody_started_and_names_what_legacy_must_get_again() -> None:
    now = datetime.now(UTC)
    Path("reports").mkdir()
    with closing(open_claim_store(STORE, "toy", redelivery=timedelta(hours=1))) as claims:
        claims.pin(Route(message="m1", split=frozenset({"pack", "ship", "bill"}), decided_at=now))
        claims.offer(ClaimId(message="m1", handler="bill", instance="j"))
        begun = ClaimId(message="m1", handler="ship")
        claims.claim(Asked(id=begun, side=Side.SPLIT, holder="w", lease=timedelta(minutes=1)))
    code, told = toy("--abort", "m1")
    task = ClaimId(message="m1", handler="bill", instance="j").task_id("toy")
    assert (code, told.splitlines()) == (0, [
        "moved back to legacy: bill",
        "kept with the split, which began: pack, ship",
        f"already sent to the split: bill (j), task {task}: it will not act",
        "legacy has passed that boundary: deliver the message m1 to it again",
    ])  # fmt: skip
    code, told = toy("--abort", "m2")
    assert (code, "Found no pinned route of the message 'm2'" in told) == (2, True)


def test_nothing_of_what_a_person_wrote_takes_effect() -> None:
    assert toy("bill", "shadow", "--by", "[red]ann", "--because", "\x1b[2Jgone\n[/]")[0] == 0
    for told in (toy()[1], toy("--history")[1], toy(wide=80)[1]):
        assert "\x1b" not in told
        assert "[red]ann" in told
        assert "\\x1b[2Jgone\\n[/]" in told


def test_the_default_migration_is_that_of_the_other_commands() -> None:
    code, told = tasksplit("--help")
    assert code == 0
    assert "shadow.migration:migration" in told


FOUND = Finding(code="not-idempotent", text="repeats POST /statuses (twice); first on m", blocks=True)
UNTOLD = Finding(code="not-told", text="a replay came to no result (twice); first on m", blocks=True)


@pytest.mark.parametrize(
    ("code", "keep", "said"),
    [
        (
            1,
            lambda: rehearsed(findings=[FOUND]),
            "the rehearsal of 'bill' found not-idempotent: repeats POST /statuses",
        ),
        (3, lambda: rehearsed(findings=[UNTOLD]), "the rehearsal of 'bill' found not-told: a replay came to no result"),
        (3, lambda: rehearsed(tried={}), "the rehearsal of 'bill' could try nothing"),
        (3, lambda: rehearsed({"code": "another"}), "'bill' was rehearsed before this changed: "),
    ],
    ids=["found", "not told", "nothing tried", "other code"],
)
def test_live_needs_a_rehearsal_that_found_nothing(code: int, keep: Callable[[], None], said: str) -> None:
    in_canary()
    keep()
    refused, told = go("bill", "live")
    assert (refused, said in told) == (code, True), told
    assert stages()["bill"] == "canary"
    assert go("bill", "canary", "--share", "6%")[0] == 0  # it is asked of live only


def test_live_without_any_rehearsal_waits() -> None:
    in_canary()
    with closing(open_store("sqlite:///reports/evidence.db")) as store:
        store.forget("rehearsed/toy")
    code, told = go("bill", "live")
    assert code == 3
    assert "refused: 'bill' was not rehearsed: call tasksplit rehearse bill --messages FOLDER" in told
    assert go("bill", "live", "--force")[0] == 0
    assert "was not rehearsed" in toy("--history")[1]


def test_the_newest_rehearsal_of_a_handler_counts_though_others_were_rehearsed_later() -> None:
    in_canary()
    rehearsed(findings=[FOUND])
    rehearsed(names=["pack"])
    assert go("bill", "live")[0] == 1
    rehearsed(names=["bill"])
    assert go("bill", "live")[0] == 0


def test_a_finding_accepted_by_name_goes_live_and_stays_in_the_history() -> None:
    in_canary()
    rehearsed(findings=[FOUND, Finding(code="race", text="two at once", blocks=True)])
    code, told = go("bill", "live", "--accept-finding", "not-idempotent")
    assert (code, "found race" in told, "found not-idempotent" in told) == (1, True, False)
    assert go("bill", "live", "--accept-finding", "not-idempotent", "--accept-finding", "race")[0] == 0
    change = latest("bill")
    assert change["forced"] is False
    evidence = change["evidence"]
    assert isinstance(evidence, dict)
    assert evidence["accepted"] == {"bill": {"not-idempotent": [FOUND.text], "race": ["two at once"]}}
    assert "accepted: not-idempotent, accepted: race" in toy("--history")[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bill", "canary", "--accept-finding", "race"], "Found --accept-finding with the stage canary"),
        (
            ["bill", "live", "--accept-finding", "raze"],
            "Expected one of not-idempotent, lost-on-failure",
        ),
        (["bill", "--accept-finding", "race"], "Found no stage with --accept-finding"),
    ],
)
def test_what_is_accepted_is_a_finding_and_of_live(arguments: list[str], said: str) -> None:
    code, told = toy(*arguments, "--because", "x")
    assert (code, said in told) == (2, True), told
