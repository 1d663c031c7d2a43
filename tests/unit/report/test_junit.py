"""Is it valid XML whatever a payload holds, and does it count what the review says?"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.decision import Answer, Decision
from tasksplit.report.cases import Case, Suite, suite
from tasksplit.report.junit import as_junit
from tests.unit.report import reviews

EVIL = "]]> <x a='1'>&amp; \x00\x0b\x1b \ud800 \ufffe \uffff \u202e \r\n\t " + reviews.HOSTILE
DECIDED = {"failure": Answer.FAIL, "error": Answer.WAIT, "system-out": Answer.PASS}

anything = st.text(st.characters(), max_size=40) | st.just(EVIL)  # surrogates and what is no character at all, too
cases = st.builds(
    Case, handler=anything, stratum=anything, answer=st.sampled_from(Answer), said=anything,
    lines=st.lists(anything, max_size=2).map(tuple),
)  # fmt: skip
suites = st.builds(
    Suite, migration=anything, form=anything, seconds=st.floats(0, 10**6), cases=st.lists(cases, max_size=4).map(tuple)
)


def _case(name: str = "build", answer: Answer = Answer.FAIL, **rest: str) -> Case:
    return Case(**({"handler": name, "answer": answer, "said": "why"} | rest))


def _suite(*cases: Case, form: str = "fixtures") -> Suite:
    return Suite(migration="toy", form=form, seconds=1.5, cases=cases)


@given(st.lists(suites, max_size=2))
def test_it_is_xml_and_its_numbers_are_those_of_the_cases(found: list[Suite]) -> None:
    root = ET.fromstring(as_junit(found))
    assert [int(one.get("tests", "")) for one in root] == [len(one.cases) for one in found]
    for drawn, one in zip(root, found, strict=True):
        answers = [DECIDED[case[0].tag] for case in drawn]
        assert answers == [case.answer for case in one.cases]
        assert (drawn.get("failures"), drawn.get("errors")) == (
            str(answers.count(Answer.FAIL)), str(answers.count(Answer.WAIT)),
        )  # fmt: skip


@given(reviews.reviews)
def test_reviews_of_every_shape(review: reviews.Review) -> None:
    (drawn,) = ET.fromstring(as_junit([suite(review, {})]))
    decisions = [case for case in drawn if str(case.get("name")).startswith("decision [")]
    assert [DECIDED[case[0].tag] for case in decisions] == [h.decision.answer for h in review.handlers]


def test_nothing_is_ever_skipped() -> None:
    written = as_junit([_suite(_case(answer=Answer.WAIT), _case(answer=Answer.PASS))]).decode()
    assert "<skipped" not in written
    assert re.findall(r"<error ", written) == ["<error "]


def test_forms_have_names_of_their_own() -> None:
    both = ET.fromstring(as_junit([_suite(_case(stratum="a: returned"), form=f) for f in ("fixtures", "recordings")]))
    names = [(case.get("classname"), case.get("name")) for case in both.iter("testcase")]
    assert names == [("toy.build", "a: returned [fixtures]"), ("toy.build", "a: returned [recordings]")]


def test_long_names_stay_different() -> None:
    drawn = ET.fromstring(as_junit([_suite(_case(stratum="x" * 5_000), _case(stratum="x" * 4_999 + "y"))]))
    names = [str(case.get("name")) for case in drawn.iter("testcase")]
    assert len(set(names)) == 2
    assert max(map(len, names)) < 300


def test_texts_beyond_the_bound_are_left_out_and_said_to_be() -> None:
    big = replace(_case(), lines=("x" * 60,) * 10)
    drawn = ET.fromstring(as_junit([_suite(big, big, big)], most=1_000))
    texts = [str(case[0].text) for case in drawn.iter("testcase")]
    assert ["left out here" in text for text in texts] == [False, True, True]


def test_a_failure_holds_the_differences() -> None:
    one = reviews.handler(
        differences=(reviews.difference(EVIL, None, "$.inputs.pr_id"),),
        decision=Decision(answer=Answer.FAIL, reason=EVIL),
    )
    drawn = ET.fromstring(as_junit([suite(reviews.review(one), {})]))
    (failure,) = drawn.iter("failure")
    assert "$.inputs.pr_id (value), 7 × 0123456789ab" in str(failure.text)
    assert "]]>" in str(failure.get("message"))
