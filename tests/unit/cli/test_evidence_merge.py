"""`tasksplit evidence merge`: what machines showed of one code is one evidence, in whatever order it is added."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from shutil import copyfile

import pytest

from tasksplit.cli.evidence import latest
from tasksplit.model.accepted import Acceptance
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Evidence, Finding, Ledger, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import Review
from tasksplit.model.verdict import Verdict
from tasksplit.replay.accepted import today
from tasksplit.replay.accepted import write as accept
from tasksplit.replay.declared import find
from tasksplit.replay.versions import versions
from tasksplit.stores import Archive, Run, open_store
from tests.unit.cli.keeping import PATH, SERVICE, keep, showing, sqlite, tasksplit
from tests.unit.cli.rolling import PASSES
from tests.unit.gate.evidences import tallied
from tests.unit.gate.judging import NOW, content, judged

LEDGER = Ledger(expected=400, paired=400)


@pytest.fixture
def service(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a declaration, in which stores are files."""
    (folder / "kept_toy.py").write_text(SERVICE)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "kept_toy", raising=False)
    return folder


def shown(first: int, count: int, *, differs: bool = False, **fields: object) -> Evidence:
    """Return what a machine showed of keys that are numbered."""
    pairs = [
        judged(
            *(["x"] if differs and n == first else []), key=f"k{n}", content=content(n), seconds=(0.1, 0.2), **fields
        )
        for n in range(first, first + count)
    ]
    return tallied(pairs, pairs[:2], handler="pack")


def machine(number: int, evidence: Evidence, *, form: str = "fixtures", **fields: object) -> str:
    """Keep what one machine showed, in a store of its own; return its URL."""
    origin = Origin.LIVE if form == "live" else Origin.TEST
    url = sqlite(Path(f"{number}.db"))
    whole = showing(evidence, ledger=LEDGER, form=form, origin=origin, **fields)
    keep(whole, url=url, run=f"20261121T11000{number}.000000" + ("-000001" if form == "live" else ""))
    return url


def merge(stores: Sequence[str], into: str = "sqlite:///sum.db") -> tuple[int, str]:
    return tasksplit("evidence", "merge", *stores, "--into", into, "--migration", PATH)


def merged(into: str = "sqlite:///sum.db") -> tuple[Run, Review]:
    with closing(open_store(into)) as store:
        archive = Archive(store)
        return archive.load_run(), archive.load_review()


def pack(review: Review) -> Evidence:
    return next(one.evidence for one in review.handlers if one.name == "pack")


@pytest.mark.usefixtures("service")
def test_the_evidence_of_two_machines_is_summed_and_decided_anew() -> None:
    stores = [machine(1, shown(0, 300)), machine(2, shown(200, 300))]
    code, output = merge(stores)
    assert (code, output) == (0, "fixtures: 600 pairs of 2 runs, wait\n")  # of the other handlers there is nothing
    run, review = merged()
    assert pack(review) in run.evidence
    assert pack(review).tally == Tally(match=600)
    assert (pack(review).keys_seen, pack(review).itself) == (500, 4)
    assert pack(review).strata["push: returned"].clean.count == shown(0, 500).strata["push: returned"].clean.count
    assert pack(review).sides.split.count == 600
    assert run.ledger == review.ledger == LEDGER + LEDGER
    decision = next(one.decision for one in review.handlers if one.name == "pack")
    assert decision.answer is Answer.PASS
    assert decision.reason.startswith("0 of 500 keys differ: below 1 %")


@pytest.mark.usefixtures("service")
def test_a_sum_is_evidence_like_any_other() -> None:
    merge([machine(1, shown(0, 300)), machine(2, shown(300, 300))])
    code, output = tasksplit("gate", "pack", "--migration", PATH, "--store", "sqlite:///sum.db")
    assert (code, "pass pack: 0 of 600 keys differ" in output) == (0, True)
    assert merge(["sqlite:///sum.db", machine(3, shown(600, 100))], "sqlite:///all.db")[0] == 0
    assert pack(merged("sqlite:///all.db")[1]).tally == Tally(match=700)


@pytest.mark.usefixtures("service")
def test_a_copy_of_a_store_counts_once() -> None:
    first = machine(1, shown(0, 300))
    copyfile("1.db", "copy.db")
    code, output = merge([first, first, "sqlite:///copy.db", machine(2, shown(300, 300))])
    assert (code, "600 pairs of 2 runs" in output) == (0, True)
    assert merged()[0].ledger == LEDGER + LEDGER


@pytest.mark.usefixtures("service")
def test_evidence_of_other_code_is_refused_with_what_changed_and_nothing_is_written() -> None:
    first = machine(1, shown(0, 300))
    keep(showing(shown(300, 300)), url="sqlite:///2.db", changed={"split": "other", "lock": "other"})
    code, output = merge([first, "sqlite:///2.db"])
    assert code == 2
    assert "Found in sqlite:///2.db: the split's code and the dependencies changed since run" in output
    assert "Expected evidence of the code that is here." in output
    with closing(open_store("sqlite:///sum.db")) as store:
        assert Archive(store).runs() == ()


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("where", [0, 2])
def test_any_order_gives_the_same_decisions(where: int) -> None:
    """Whichever of them saw what differs, whose rehearsal failed and who found what is in the way."""
    stores = []
    for number in range(3):
        odd = number == where
        finding = (Finding(code="forms-disagree", text="so", blocks=True),) if odd else ()
        differences = {"pack": ["x"]} if odd else {}
        evidence = shown(number * 300, 300, differs=odd)
        stores.append(machine(number, evidence, findings=finding, differences=differences))
    found = []
    for order, each in enumerate([*permutations(stores)][::2]):
        url = f"sqlite:///sum{order}.db"
        assert merge(each, url)[0] == 0
        run, review = merged(url)
        told = {one.name: (one.decision, [each.fingerprint for each in one.differences]) for one in review.handlers}
        found.append((review.answer, told, review.findings, run.ledger, pack(review).keys, pack(review).tally))
    assert [one == found[0] for one in found] == [True] * 3
    assert found[0][0] is Answer.FAIL


@pytest.mark.usefixtures("service")
def test_what_differed_on_any_machine_is_shown_with_how_often() -> None:
    stores = []
    for number, names in enumerate((["x", "y"], ["y"], [])):
        stores.append(machine(number, shown(number * 9, 9), differences={"pack": names}))
    merge(stores)
    handler = next(one for one in merged()[1].handlers if one.name == "pack")
    assert [(one.fingerprint, one.count) for one in handler.differences] == [("y", 2), ("x", 1)]


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize(
    ("tried", "together"), [((True, False), False), ((False, True), False), ((None, True), True), ((None, None), None)]
)
def test_a_rehearsal_that_failed_on_one_machine_failed(
    tried: tuple[bool | None, bool | None], together: bool | None
) -> None:
    for number, one in enumerate(tried):
        review = showing(shown(number * 9, 9), ledger=LEDGER)
        handlers = tuple(replace(handler, rehearsed=one) for handler in review.handlers)
        run = f"20261121T11000{number}.000000"
        keep(replace(review, handlers=handlers), url=f"sqlite:///{number}.db", run=run)
    merge(["sqlite:///0.db", "sqlite:///1.db"])
    assert {handler.rehearsed for handler in merged()[1].handlers} == {together}


@pytest.mark.usefixtures("service")
def test_each_form_is_summed_by_itself_and_live_messages_stay_apart() -> None:
    stores = [machine(1, shown(0, 300)), machine(2, shown(0, 300), form="recordings")]
    stores += [machine(3, shown(0, 900, differs=True, at=NOW), form="live")]
    code, output = merge(stores)
    assert code == 0
    assert sorted(line.split(":")[0] for line in output.splitlines()) == ["fixtures", "live", "recordings"]
    with closing(open_store("sqlite:///sum.db")) as store:
        archive = Archive(store)
        forms = {name.rsplit("-", 1)[1]: archive.load_review(name) for name in archive.runs()}
    assert {form: pack(review).tally.pairs for form, review in forms.items()} == {
        "fixtures": 300,
        "recordings": 300,
        "live": 900,
    }
    assert pack(forms["live"]).recent != {}
    code, output = tasksplit("gate", "pack", "--migration", PATH, "--store", "sqlite:///sum.db")
    assert (code, "1 of 900 pairs of the newest 24 hours differ" in output) == (3, True)


@pytest.mark.usefixtures("service")
def test_noise_is_said_of_the_sum_and_not_of_its_parts() -> None:
    stores = []
    for number in range(2):
        evidence = tallied([judged("x", key=str(number))], [judged("x")], handler="pack", capture=False)
        part = replace(evidence, findings=(Finding(code="noise", text=f"of part {number}"),))
        stores.append(machine(number, part))
    merge(stores)
    (finding,) = pack(merged()[1]).findings
    assert finding.text.startswith("$.x differs in 2 of 2 pairs of legacy with itself")


def holding(place: Path, *fingerprints: str, **fields: date) -> None:
    """Accept differences of one handler, for the code that is here."""
    code = versions(find(PATH), PATH)
    days = {"since": today() - timedelta(40), "until": today()} | fields
    accept(
        place / "accepted.toml",
        [
            Acceptance(
                handler="pack",
                fingerprint=one,
                because="so",
                by="ann",
                legacy=code["legacy"],
                split=code["split"],
                **days,
            )
            for one in fingerprints
        ],
    )


def test_whether_a_ceiling_is_kept_and_what_is_never_seen_is_said_of_the_sum(service: Path) -> None:
    holding(service, "x", "y")
    known = [judged("x", verdict=Verdict.ACCEPTED), *(judged(key=f"k{n}", content=content(n)) for n in range(9))]
    over = Finding(code="accepted-over-ceiling", text="1 of 10", blocks=True)
    never = [Finding(code="accepted-never-seen", text=each) for each in "xy"]
    first = replace(tallied(known, handler="pack"), findings=(over, never[1]))
    second = replace(shown(100, 700), findings=tuple(never))
    merge([machine(1, first), machine(2, second)])
    review = merged()[1]
    assert [finding.text[:9] for finding in pack(review).findings] == ["y (accept"]
    assert next(one.decision.answer for one in review.handlers if one.name == "pack") is Answer.PASS


def test_what_was_accepted_until_yesterday_fails_evidence_that_passed_then(service: Path) -> None:
    holding(service, "x", until=today() - timedelta(1))
    passed = showing(shown(0, 600), ledger=LEDGER)
    handlers = tuple(replace(one, decision=PASSES) for one in passed.handlers)
    keep(replace(passed, handlers=handlers, answer=Answer.PASS), url="sqlite:///1.db")
    code, output = tasksplit("gate", "--migration", PATH, "--store", "sqlite:///1.db")
    assert code == 1
    assert [line.split()[0] for line in output.splitlines()[1:]] == ["pass", "fail", "pass", "pass"]
    assert f"fail pack: accepted-expired: x (accepted by ann) was accepted until {today() - timedelta(1)}" in output
    known = latest("sqlite:///1.db", find(PATH), PATH)
    assert {name: one.answer for name, one in known.decisions.items()} == {
        "dispatch": Answer.PASS, "pack": Answer.FAIL, "ship": Answer.PASS, "bill": Answer.PASS,
    }  # fmt: skip


def test_a_file_of_what_is_accepted_that_cannot_be_read_is_no_evidence(service: Path) -> None:
    keep(showing(shown(0, 600), ledger=LEDGER), url="sqlite:///1.db")
    (service / "accepted.toml").write_text("[[accepted]\n")
    assert "accepted.toml that cannot be read" in latest("sqlite:///1.db", find(PATH), PATH).problem


@pytest.mark.usefixtures("service")
def test_an_empty_store_is_a_sentence() -> None:
    code, output = merge([machine(1, shown(0, 3)), "sqlite:///empty.db"])
    assert (code, "Found no run in the store." in output) == (2, True)
