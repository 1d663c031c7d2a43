"""What is gone, new, more and fewer, and what may not be called so since nobody looked?"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.errors import ReportError
from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Evidence, Finding, Ledger, Shape, Tally
from tasksplit.report.compared.changes import Change, Changes, changes
from tasksplit.report.compared.reading import Told, ToldGroup, ToldHandler, ToldRule, ToldSpread, ToldStratum, told
from tasksplit.report.document import document
from tests.unit.report import reviews

PUSH, TAG = "push: returned", "tag: returned"


def group(name: str = "a", count: int = 3, **fields: Any) -> ToldGroup:
    return ToldGroup(**{"fingerprint": name, "path": f"$.{name}", "kind": "value", "count": count, **fields})


def handler(*groups: ToldGroup, pairs: int = 100, strata: tuple[str, ...] = (PUSH,), **fields: Any) -> ToldHandler:
    known: dict[str, Any] = {
        "name": "pack", "decision": Answer.FAIL if groups else Answer.PASS, "differences": groups,
        "evidence": Tally(match=pairs), "strata": tuple(ToldStratum(name=name, keys=1) for name in strata),
    }  # fmt: skip
    return ToldHandler(**{**known, **fields})


def report(*handlers: ToldHandler, **fields: Any) -> Told:
    known: dict[str, Any] = {
        "migration": "toy", "form": "fixtures", "origin": "test", "handlers": handlers, "decision": Answer.FAIL,
    }  # fmt: skip
    return Told(**{**known, **fields})


def between(before: ToldHandler, after: ToldHandler) -> Changes:
    return changes(report(before), report(after))


def became(found: Changes) -> dict[str, Change]:
    """Return what became of each difference; each is in one class."""
    pairs = [(one.fingerprint, change) for change in Change for one in found.of(change)]
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


# --- one after the other ----------------------------------------------------------------------------------------------


def test_a_fix_that_takes_one_away_and_changes_nothing_else() -> None:
    found = between(handler(group("a"), group("b")), handler(group("b")))
    assert became(found) == {"a": Change.GONE, "b": Change.SAME}
    assert found.answer is Answer.PASS


def test_a_fix_that_brings_another() -> None:
    found = between(handler(group("a")), handler(group("b")))
    assert became(found) == {"a": Change.GONE, "b": Change.NEW}
    assert found.answer is Answer.FAIL


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ((3, 100), (4, 100), Change.MORE),
        ((3, 100), (2, 100), Change.FEWER),
        ((7, 942), (7, 943), Change.SAME),  # one pair more, and no defect less
        ((19, 200), (19, 190), Change.SAME),  # not a whole pair of 190
        ((100, 1000), (100, 900), Change.MORE),
        ((100, 1000), (10, 100), Change.SAME),
        ((100, 1000), (9, 100), Change.FEWER),
        ((3, 0), (4, 0), Change.MORE),  # of pairs nobody can tell
        ((3, 100), (3, 0), Change.SAME),
    ],
    ids=["count", "less", "size", "part of a pair", "share", "same share", "lower share", "no pairs", "no pairs after"],
)
def test_more_and_fewer_are_by_share_and_by_count_where_the_runs_are_of_one_size(
    before: tuple[int, int], after: tuple[int, int], change: Change
) -> None:
    one, other = (handler(group(count=count), pairs=pairs) for count, pairs in (before, after))
    assert became(between(one, other)) == {"a": change}


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [((4, 2), (3, 3), Change.MORE), ((4, 2), (6, 2), Change.MORE), ((4, 2), (4, None), Change.SAME)],
    ids=["in more pairs", "oftener in as many", "not told"],
)
def test_in_how_many_pairs_counts_before_how_often(
    before: tuple[int, int], after: tuple[int, int | None], change: Change
) -> None:
    one, other = (handler(group(count=count, in_pairs=shows)) for count, shows in (before, after))
    assert became(between(one, other)) == {"a": change}


def test_a_handler_of_which_no_pair_was_compared_has_nothing_gone() -> None:
    found = between(handler(group("a")), handler(pairs=0, strata=()))
    assert became(found) == {"a": Change.NOT_AGAIN}
    assert found.answer is Answer.WAIT


def test_nothing_is_gone_whose_stratum_was_not_seen_again() -> None:
    before = handler(group("a", strata={PUSH: 2, TAG: 1}), group("b", strata={PUSH: 1}), strata=(PUSH, TAG))
    found = between(before, handler(strata=(PUSH,)))
    assert became(found) == {"a": Change.NOT_AGAIN, "b": Change.GONE}
    assert [one.why for one in found.of(Change.NOT_AGAIN)] == [f"not seen: {TAG}"]
    assert found.answer is Answer.WAIT


def test_a_stratum_in_which_another_difference_shows_was_seen() -> None:
    before = handler(group("a", strata={TAG: 1}), strata=())
    assert became(between(before, handler(group("b", strata={TAG: 1}), strata=()))) == {
        "a": Change.GONE, "b": Change.NEW,
    }  # fmt: skip


def test_a_stratum_that_was_declared_and_not_seen_was_not_seen() -> None:
    declared = replace(handler(), strata=(ToldStratum(name=PUSH),))
    assert became(between(handler(group("a", strata={PUSH: 1})), declared)) == {"a": Change.NOT_AGAIN}


def test_nothing_is_gone_where_more_pairs_are_open_than_before() -> None:
    open_pairs = handler(evidence=Tally(match=90, undecided=10))
    assert became(between(handler(group("a")), open_pairs)) == {"a": Change.NOT_AGAIN}
    same = between(replace(open_pairs, differences=(group("a"),)), open_pairs)
    assert became(same) == {"a": Change.GONE}


def test_a_larger_run_may_leave_as_large_a_share_of_its_pairs_open() -> None:
    before = handler(group("a"), evidence=Tally(match=90, undecided=10))
    found = between(before, handler(evidence=Tally(match=180, undecided=20)))
    assert (became(found), found.answer) == ({"a": Change.GONE}, Answer.PASS)


def test_a_pair_that_differs_as_somebody_accepted_was_compared() -> None:
    found = between(handler(group("a")), handler(evidence=Tally(accepted=5)))
    assert (became(found), found.answer) == ({"a": Change.GONE}, Answer.PASS)


def test_a_run_that_could_tell_of_fewer_pairs_was_not_looked_at_though_nothing_differed() -> None:
    assert between(handler(), handler(evidence=Tally(match=90, unpaired=10))).answer is Answer.WAIT
    assert between(handler(strata=(PUSH, TAG)), handler(strata=(PUSH,))).answer is Answer.WAIT


def test_what_the_earlier_run_could_not_have_seen_is_new_and_says_so() -> None:
    found = between(handler(), handler(group("a", strata={TAG: 1}), strata=(PUSH, TAG)))
    assert became(found) == {"a": Change.NOT_BEFORE}
    assert (found.answer, found.handlers[0].strata_new) == (Answer.FAIL, (TAG,))


def test_a_handler_that_is_no_longer_there_has_nothing_gone() -> None:
    found = changes(report(handler(group("a"))), report())
    assert became(found) == {"a": Change.NOT_AGAIN}
    assert found.handlers[0].unseen == "the later report does not have it"


def test_of_another_form_or_other_messages_nothing_is_gone_or_new() -> None:
    for fields in ({"form": "recordings"}, {"origin": "live"}):
        before = report(handler(group("a"), group("c", 9)))
        found = changes(before, report(handler(group("b"), group("c", 1)), **fields))
        assert became(found) == {"a": Change.NOT_AGAIN, "b": Change.NOT_BEFORE, "c": Change.SAME}
        assert changes(report(handler()), report(handler(), **fields)).answer is Answer.WAIT


def test_reports_of_two_migrations_are_refused() -> None:
    with pytest.raises(ReportError, match="'toy' and one of 'other'"):
        changes(report(), report(migration="other"))


@pytest.mark.parametrize(
    ("before", "after", "answer"),
    [
        (Answer.PASS, Answer.WAIT, Answer.FAIL),
        (Answer.WAIT, Answer.FAIL, Answer.FAIL),
        (Answer.FAIL, Answer.WAIT, Answer.PASS),
    ],
)
def test_a_decision_that_got_worse_counts_of_a_handler_and_of_the_whole(
    before: Answer, after: Answer, answer: Answer
) -> None:
    assert between(handler(decision=before), handler(decision=after)).answer is answer
    assert changes(report(decision=before), report(decision=after)).answer is answer


def test_messages_that_were_lost_were_not_looked_at() -> None:
    assert changes(report(), report(ledger=Ledger(expected=3, paired=2, lost=1))).answer is Answer.WAIT
    assert changes(report(ledger=Ledger(lost=1)), report(ledger=Ledger(pending=1))).answer is Answer.PASS


def test_findings_rules_and_versions() -> None:
    old, new = Finding(code="x", text="1"), Finding(code="x", text="2")
    rules = [ToldRule(name="r", touched=1), ToldRule(name="s", touched=1), ToldRule(name="t")]
    before = report(handler(findings=(old,)), rules=tuple(rules), versions={"split": "1", "lock": "1", "gone": "1"})
    after = report(
        handler(findings=(new,)), findings=(old,), versions={"split": "2", "lock": "1"},
        rules=(replace(rules[0], touched=5), rules[1], ToldRule(name="u")),
    )  # fmt: skip
    found = changes(before, after)
    assert (found.findings_new, found.handlers[0].findings_new, found.handlers[0].findings_gone) == (
        (old,), (new,), (old,),
    )  # fmt: skip
    assert [(one.name, one.before, one.after) for one in found.rules] == [("r", 1, 5), ("t", 0, None), ("u", None, 0)]
    assert [(one.name, one.before, one.after) for one in found.versions] == [("split", "1", "2"), ("gone", "1", "")]


@pytest.mark.parametrize(
    ("count", "p99", "slower"),
    [(100, 2.2, (2.0, 2.2)), (100, 2.1, None), (99, 9.0, None), (100, 1.8, (2.0, 1.8)), (100, None, None)],
    ids=["slower", "within the error", "too few", "faster", "not measured"],
)
def test_times_are_held_against_legacy_and_told_beyond_what_a_sketch_is_off(
    count: int, p99: float | None, slower: tuple[float, float] | None
) -> None:
    def timed(count: int, p99: float | None) -> ToldHandler:
        one = ToldSpread(count=count, p99=1.0)
        return handler(seconds={"legacy": one, "split": ToldSpread(count=count, p99=p99)})

    assert between(timed(100, 2.0), timed(count, p99)).handlers[0].slower == slower


# --- laws -------------------------------------------------------------------------------------------------------------

small = st.integers(0, 4)
strata = st.dictionaries(st.sampled_from([PUSH, TAG, "x"]), st.integers(1, 3), max_size=2)
groups = st.builds(
    group, name=st.sampled_from("abcd"), count=st.integers(1, 5), strata=strata, in_pairs=st.none() | st.integers(1, 5)
)
handlers = st.builds(
    lambda name, groups, tally, seen: ToldHandler(
        name=name, decision=Answer.FAIL, differences=tuple(groups), evidence=tally,
        strata=tuple(ToldStratum(name=each, keys=1) for each in seen),
    ),
    name=st.sampled_from(["pack", "ship", "bill"]),
    groups=st.lists(groups, max_size=4),
    tally=st.builds(Tally, match=small, mismatch=small, accepted=small, unpaired=small, undecided=small),
    seen=st.lists(st.sampled_from([PUSH, TAG]), max_size=2),
)  # fmt: skip
reports = st.builds(
    report, form=st.sampled_from(["fixtures"] * 4 + ["recordings"]),
).flatmap(
    lambda made: st.lists(handlers, max_size=3, unique_by=lambda one: one.name).map(
        lambda found: replace(made, handlers=tuple(found))
    )
)  # fmt: skip


@given(reports)
def test_nothing_changes_between_a_report_and_itself(one: Told) -> None:
    found = changes(one, one)
    assert set(became_all(found).values()) <= {Change.SAME}
    assert found.answer is Answer.PASS


@given(reports, reports)
def test_the_other_way_round_is_the_mirror(one: Told, other: Told) -> None:
    mirror = {
        Change.NEW: Change.GONE, Change.MORE: Change.FEWER, Change.NOT_BEFORE: Change.NOT_AGAIN,
        Change.SAME: Change.SAME,
    }  # fmt: skip
    mirror |= {then: now for now, then in mirror.items()}
    there, back = became_all(changes(one, other)), became_all(changes(other, one))
    assert {name: mirror[change] for name, change in there.items()} == back


@given(reports, reports)
def test_every_difference_of_either_is_in_one_class(one: Told, other: Told) -> None:
    found = changes(one, other)
    classes = Counter((each.handler, each.fingerprint) for change in Change for each in found.of(change))
    of_either = {(h.name, g.fingerprint) for told in (one, other) for h in told.handlers for g in h.differences}
    assert classes == dict.fromkeys(of_either, 1)


@given(reports, reports)
def test_a_pass_means_that_everything_was_looked_at_and_nothing_is_worse(one: Told, other: Told) -> None:
    found = changes(one, other)
    kinds = set(became_all(found).values())
    assert (found.answer is Answer.PASS) <= (kinds <= {Change.SAME, Change.GONE, Change.FEWER})
    assert (found.answer is Answer.PASS) <= (one.form == other.form)


@given(reviews.reviews)
def test_whatever_a_report_holds_it_can_be_read_and_has_not_changed_from_itself(review: reviews.Review) -> None:
    one = told(document(review))
    assert len(one.handlers) == len(review.handlers)
    found = changes(one, one)
    assert (found.answer, found.rules, found.versions) == (Answer.PASS, (), ())


def became_all(found: Changes) -> dict[tuple[str, str], Change]:
    return {(one.handler, one.fingerprint): change for change in Change for one in found.of(change)}


def test_in_how_many_pairs_a_difference_shows_is_read_from_a_report() -> None:
    shapes = {"0123456789ab": Shape(shape="$.inputs.job", between=3)}
    evidence = Evidence(handler="pack", tally=Tally(match=37, mismatch=3), shapes=shapes)
    shown = reviews.handler("pack", evidence=evidence, differences=(reviews.difference(),))
    one = told(document(reviews.review(shown)))
    (found,) = changes(one, one).of(Change.SAME)
    assert (found.after.count, found.after.shows, found.after.pairs) == (7, 3, 40)


# --- files ------------------------------------------------------------------------------------------------------------


def test_members_may_be_absent_and_others_are_passed_over() -> None:
    bare = {"migration": "toy", "form": "fixtures", "decision": "pass", "later": 1}
    one = told({**bare, "handlers": [{"name": "pack", "decision": "wait", "accepted": {"$cut": "3 more"}}]})
    assert one.handlers[0] == ToldHandler(name="pack", decision=Answer.WAIT, accepted={"$cut": "3 more"})


def test_a_stratum_that_was_cut_away_is_no_stratum() -> None:
    shown = handler(group("a", strata={PUSH: 1, "$cut": "7 more"}))
    assert shown.seen == {PUSH}
    assert became(between(shown, handler())) == {"a": Change.GONE}


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        ({"decision": "perhaps"}, "'decision'"),
        ({"handlers": [{"decision": "pass"}]}, "'handlers.0.name'"),
        ({"handlers": 3}, "'handlers'"),
        ({"handlers": [{"name": "a", "decision": "pass"}] * 2}, "the handler 'a' twice"),
        ({"handlers": [{"name": "a", "decision": "pass", "evidence": {"match": "many"}}]}, "evidence.match"),
    ],
    ids=["decision", "no name", "no list", "twice", "no number"],
)
def test_what_tasksplit_did_not_write_is_refused_in_a_sentence(broken: dict[str, Any], where: str) -> None:
    with pytest.raises(ReportError) as refused:
        told({"migration": "toy", "form": "fixtures", "decision": "pass", **broken}, "old.json")
    assert "old.json" in str(refused.value)
    assert where in str(refused.value)
