"""Does an archive keep what it was given, whatever the store? Subclass, and give it your store."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pytest

from tasksplit.errors import StoreError
from tasksplit.model.decision import Answer, Bar, Decision
from tasksplit.model.evidence import Evidence, Finding, Grouped, Ledger, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import HandlerReview, Review, RuleUse
from tasksplit.model.verdict import Difference, Kind
from tasksplit.stores import Archive, Store, merge

SHOWN = Evidence(
    handler="build",
    tally=Tally(match=3, mismatch=1, undecided=2),
    keys={"a": False, "b": True},
    unpaired_reasons={"missing: so": 1},
    undecided_reasons={"miss": 2},
    capture_complete=True,
    findings=(Finding(code="unread-input", text="x", blocks=True),),
)
MORE = Evidence(handler="build", tally=Tally(match=1), keys={"a": True, "c": False}, capture_complete=None)
LEDGER = Ledger(expected=5, paired=5)


def review(value: object = 1) -> Review:
    difference = Difference(
        path="$.x", shape="$.x", kind=Kind.VALUE, legacy=value, split={"y": [None, 1.5]}, fingerprint="0" * 12
    )
    grouped = Grouped(fingerprint="0" * 12, shape="$.x", kind="value", count=1, example=difference, example_message="m")
    handler = HandlerReview(
        name="build",
        stage="shadow",
        decision=Decision(answer=Answer.WAIT, reason="so", upper_bound=0.5),
        bar=Bar(),
        evidence=SHOWN,
        differences=(grouped,),
        seen={"returned": 1},
        exercised={"push": {"returned": 1, "raised": 0}},
    )
    return Review(
        migration="p",
        form="fixtures",
        origin=Origin.TEST,
        isolation="guarded, not isolated",
        answer=Answer.WAIT,
        ledger=LEDGER,
        handlers=(handler,),
        rules=(RuleUse(name="r", because="b", touched=0),),
    )


class ArchiveContract:
    """What does every archive promise? Override the fixture ``store``; each test needs an empty one."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """Yield an empty store, and close it afterwards."""
        raise NotImplementedError("override the fixture 'store' of ArchiveContract")

    @pytest.fixture
    def archive(self, store: Store) -> Archive:
        return Archive(store)

    def test_a_run_comes_back_as_it_was(self, archive: Archive) -> None:
        archive.save_run("1", [SHOWN, MORE], LEDGER, {"seed": 7})
        found = archive.load_run("1")
        assert (found.evidence, found.ledger, found.meta) == ((SHOWN, MORE), LEDGER, {"seed": 7})

    def test_the_latest_run_is_the_last_one_saved(self, archive: Archive) -> None:
        for run in ("z", "a"):
            archive.save_run(run, [], LEDGER)
        assert archive.runs() == ("z", "a")
        assert archive.load_run().run == "a"

    def test_a_run_id_is_used_once_unless_it_was_forgotten(self, archive: Archive) -> None:
        archive.save_run("1", [SHOWN], LEDGER)
        with pytest.raises(StoreError, match="Found a run '1'"):
            archive.save_run("1", [MORE], LEDGER)
        assert archive.load_run("1").evidence == (SHOWN,)
        archive.save_run("2", [], LEDGER)
        archive.forget_run("1")
        archive.save_run("1", [MORE], LEDGER)
        assert archive.runs() == ("2", "1")
        assert archive.load_run("1").evidence == (MORE,)

    def test_a_run_that_died_before_it_was_listed_is_replaced(self, archive: Archive, store: Store) -> None:
        store.append("run/1", [b"half"])
        assert archive.runs() == ()
        archive.save_run("1", [SHOWN], LEDGER)
        assert archive.load_run("1").evidence == (SHOWN,)

    def test_recordings_and_reviews_belong_to_a_run_and_go_with_it(self, archive: Archive, store: Store) -> None:
        archive.save_run("1", [], LEDGER)
        archive.save_recordings("1", [b"\x00", b"\xff"])
        archive.save_review("1", review(0))
        archive.save_review("1", review(1))
        assert list(archive.recordings("1")) == [b"\x00", b"\xff"]
        assert archive.load_review() == review(1)
        archive.forget_run("1")
        assert store.streams() == ("runs",)

    @pytest.mark.parametrize("value", [None, "žluť", 2**70, [1.5, {"deep": [True]}]])
    def test_a_review_keeps_whatever_differed(self, archive: Archive, value: object) -> None:
        archive.save_review("1", review(value))
        assert archive.load_review("1") == review(value)

    def test_nothing_there_is_a_sentence(self, archive: Archive) -> None:
        with pytest.raises(StoreError, match="Found no run"):
            archive.load_run()
        with pytest.raises(StoreError, match="Found nothing under 'run/x'"):
            archive.load_run("x")

    @pytest.mark.parametrize("item", [b"no JSON", b"[]", b'{"version": 2}', orjson.dumps({"version": 1, "run": 5})])
    def test_what_cannot_be_read_is_a_sentence_and_stays(self, archive: Archive, store: Store, item: bytes) -> None:
        store.append("run/1", [item])
        with pytest.raises(StoreError, match="left as it is"):
            archive.load_run("1")
        assert list(store.read("run/1")) == [item]

    def test_runs_are_mixed_only_where_asked_and_the_weaker_capture_holds(self, archive: Archive) -> None:
        archive.save_run("1", [SHOWN], LEDGER)
        archive.save_run("2", [MORE], LEDGER)
        assert archive.load_run().evidence == (MORE,)
        merged = merge([archive.load_run("1"), archive.load_run("2")])
        (found,) = merged.evidence
        assert found.tally == Tally(match=4, mismatch=1, undecided=2)
        assert found.keys == {"a": True, "b": True, "c": False}
        assert (found.capture_complete, found.undecided_reasons) == (None, {"miss": 2})
        assert merged.ledger == Ledger(expected=10, paired=10)

    def test_runs_of_other_code_or_the_same_run_twice_are_not_merged(self, archive: Archive) -> None:
        archive.save_run("1", [], LEDGER, {"versions": {"split": "a"}})
        archive.save_run("2", [], LEDGER, {"versions": {"split": "b"}})
        first, second = archive.load_run("1"), archive.load_run("2")
        for runs in ([first, second], [first, first], []):
            with pytest.raises(StoreError, match="merge"):
                merge(runs)
