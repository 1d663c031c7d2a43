"""What do the runs before tell of this one, and what if they cannot be read?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tasksplit.cli.earlier import MOST, before, earlier, known, with_earlier
from tasksplit.errors import StoreError
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Evidence, Ledger, Tally
from tasksplit.model.message import Origin
from tasksplit.model.review import HandlerReview, Review
from tasksplit.stores import Archive, MemoryStore
from tasksplit.stores.run_names import LIVE, live_named
from tests.unit.cli.keeping import grouped, showing

CODE = {"split": "one"}


def shown(at: float, *names: str, match: int = 5, code: Mapping[str, str] = CODE, form: str = "fixtures") -> Review:
    """Return a review in which ``pack`` shows these differences."""
    evidence = Evidence(handler="pack", tally=Tally(match=match, mismatch=len(names)), keys={"k": bool(names)})
    origin = Origin.LIVE if form == LIVE else Origin.TEST
    return showing(evidence, differences={"pack": names}, at=at, versions=code, form=form, origin=origin)


def pack(review: Review) -> HandlerReview:
    return next(one for one in review.handlers if one.name == "pack")


def times(review: Review) -> dict[str, tuple[float, float]]:
    """Return when each difference was first and last seen."""
    return {one.fingerprint: (one.first_seen, one.last_seen) for one in pack(review).differences}


class Counting(Archive):
    """An archive that notes which reviews were read."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.read: list[str] = []

    def load_review(self, run_id: str | None = None) -> Review:
        self.read.append(run_id or "")
        return super().load_review(run_id)

    def keep(self, review: Review, call: int) -> Review:
        """Keep a review as `tasksplit run` does, and return it as it was kept."""
        return self.put(with_earlier(review, self), f"2026112{call}T120000.000000-{review.form}")

    def put(self, review: Review, name: str) -> Review:
        self.save_run(name, [one.evidence for one in review.handlers], Ledger(), {})
        self.save_review(name, review)
        self.read.clear()
        return review


def test_a_first_run_has_no_trend_and_its_differences_are_of_its_own_time() -> None:
    review = Counting().keep(shown(100.0, "a"), 1)
    assert (pack(review).trend, times(review), review.findings) == ((), {"a": (100.0, 100.0)}, ())


def test_each_run_says_where_the_handler_stood_in_those_before_it() -> None:
    archive = Counting()
    archive.keep(shown(100.0, "a", match=3), 1)
    archive.keep(shown(200.0, code={"split": "two"}), 2)
    trend = pack(archive.keep(shown(300.0, "b", code={"split": "two"}), 3)).trend
    assert [(one.at, one.tally, one.answer, one.keys, one.keys_mismatched) for one in trend] == [
        (100.0, Tally(match=3, mismatch=1), Answer.WAIT, 1, 1),
        (200.0, Tally(match=5), Answer.WAIT, 1, 0),
    ]
    assert [(one.run, one.same_code) for one in trend] == [
        ("20261121T120000.000000-fixtures", False), ("20261122T120000.000000-fixtures", True),
    ]  # fmt: skip


def test_no_more_than_ten_are_shown_and_one_is_read() -> None:
    archive = Counting()
    for number in range(1, MOST + 3):
        archive.put(with_earlier(shown(float(number), "a"), archive), f"202611{number:02}T120000.000000-fixtures")
    review = with_earlier(shown(99.0, "a"), archive)
    assert [one.at for one in pack(review).trend] == [float(number) for number in range(3, MOST + 3)]
    assert times(review) == {"a": (1.0, 99.0)}
    assert len(archive.read) == 1


def test_a_difference_that_was_gone_and_comes_back_keeps_its_first_time() -> None:
    archive = Counting()
    archive.keep(shown(100.0, "a"), 1)
    archive.keep(shown(200.0), 2)
    assert times(archive.keep(shown(300.0, "a", "b"), 3)) == {"a": (100.0, 300.0), "b": (300.0, 300.0)}


def test_runs_of_another_form_or_migration_are_no_earlier_ones() -> None:
    archive = Counting()
    archive.keep(shown(100.0, "a", form="recordings"), 1)
    archive.keep(replace(shown(200.0, "a"), migration="another"), 2)
    review = with_earlier(shown(300.0, "a"), archive)
    assert (pack(review).trend, times(review)) == ((), {"a": (300.0, 300.0)})


def test_a_kept_run_that_is_read_again_knows_only_what_was_before_it() -> None:
    archive = Counting()
    for number in (1, 2, 3):  # as they were kept before there was a trend
        archive.put(shown(number * 100.0, "a"), f"2026112{number}T120000.000000-fixtures")
    run = "20261122T120000.000000-fixtures"
    review = with_earlier(archive.load_review(run), archive, run)
    assert [one.at for one in pack(review).trend] == [100.0]
    assert times(review) == {"a": (100.0, 200.0)}
    assert with_earlier(review, archive) is review


def test_a_run_without_a_time_has_the_one_in_its_name() -> None:
    archive = Counting()
    archive.put(shown(0.0, "a"), "20261121T120000.000000-fixtures")
    review = with_earlier(shown(2e9, "a"), archive)
    assert pack(review).trend[0].at == times(review)["a"][0] == 1795262400.0


def test_live_messages_have_their_own_time_and_workers_of_the_same_code_are_one_run() -> None:
    archive = Counting()
    seen = replace(grouped("a"), first_seen=40.0, last_seen=60.0)
    own = shown(100.0, form=LIVE, code={"split": "old"})
    own = replace(own, handlers=tuple(replace(one, differences=(seen,)) for one in own.handlers))
    archive.put(own, live_named("w1", 3))
    archive.put(with_earlier(shown(200.0, "b", form=LIVE), archive), live_named("w2", 9))
    now = live_named("w3", 1)
    archive.put(shown(300.0, form=LIVE), now)
    found = earlier(archive, before(archive, LIVE, now), migration="toy", wanted=None)
    late = replace(grouped("a"), first_seen=250.0, last_seen=290.0)
    review = shown(300.0, form=LIVE)
    review = known(replace(review, handlers=tuple(replace(h, differences=(late,)) for h in review.handlers)), found)
    assert [(one.run, one.same_code) for one in pack(review).trend] == [(live_named("w1", 3), False)]
    assert times(review) == {"a": (40.0, 290.0)}


def test_what_the_same_worker_saved_before_is_no_earlier_run() -> None:
    archive = Counting()
    for number in (1, 2):
        archive.put(shown(100.0, form=LIVE), live_named("w1", number))
    assert before(archive, LIVE, live_named("w1", 3)) == []


class Away(Archive):
    """An archive whose store went away."""

    def runs(self) -> tuple[str, ...]:
        raise StoreError("Found no store. Expected one. Start it.")


def test_a_store_that_is_away_is_said_and_no_reason_to_end() -> None:
    review = with_earlier(shown(100.0, "a"), Away(MemoryStore()))
    assert [(one.code, one.text, one.blocks, one.waits) for one in review.findings] == [
        ("earlier-unknown", "Found no store. Expected one. Start it.", False, False)
    ]
    assert times(review) == {"a": (100.0, 100.0)}


def test_a_run_that_died_before_it_had_a_review_is_passed_over() -> None:
    archive = Counting()
    archive.keep(shown(100.0, "a"), 1)
    archive.save_run("20261122T120000.000000-fixtures", [], Ledger(), {})
    review = with_earlier(shown(300.0, "a"), archive)
    assert ([one.at for one in pack(review).trend], review.findings) == ([100.0], ())


def test_where_none_can_be_read_it_is_said() -> None:
    archive = Counting()
    archive.save_run("20261122T120000.000000-fixtures", [], Ledger(), {})
    (finding,) = with_earlier(shown(300.0, "a"), archive).findings
    assert "20261122T120000.000000-fixtures" in finding.text
