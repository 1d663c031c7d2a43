"""The last look at a review: the same in every run, whatever dataclass a text stands in, and counts still add up."""

from dataclasses import dataclass, field

from tasksplit.model.evidence import Tally
from tasksplit.model.verdict import Verdict
from tasksplit.wire.canonical import canonical, plain
from tasksplit.wire.redaction_values import scrubbed
from tests.hostile import TELLTALE

SECRET = TELLTALE["github-personal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    text: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    parts: tuple["Paper", ...] = ()
    tally: Tally = field(default_factory=Tally)
    verdict: Verdict = Verdict.MATCH
    at: float = 0.0


def test_every_text_wherever_it_stands() -> None:
    paper = Paper(
        text=f"with {SECRET}", counts={f"reason {SECRET}": 2}, parts=(Paper(text=f"https://a:{SECRET}@x"),), at=1.5
    )
    found = scrubbed(paper)
    assert found.text == "with (hidden)"
    assert found.counts == {"reason (hidden)": 2}
    assert found.parts[0].text == "https://a:(hidden)@x"
    assert (found.verdict, found.at, found.tally) == (paper.verdict, paper.at, paper.tally)
    assert scrubbed(found) == found


def test_what_has_nothing_to_hide_is_the_same_object() -> None:
    paper = Paper(text="plain", counts={"a": 1}, parts=(Paper(),))
    assert scrubbed(paper) is paper


def test_counts_of_what_can_no_longer_be_told_apart_add_up() -> None:
    other = TELLTALE["github-oauth"]
    assert scrubbed({f"no {SECRET}": 2, f"no {other}": 3}) == {"no (hidden)": 5}
    assert scrubbed({f"k {SECRET}": False, f"k {other}": True, "x": False}) == {"k (hidden)": True, "x": False}
    tallies = scrubbed({f"s {SECRET}": Tally(match=1), f"s {other}": Tally(match=2)})
    assert tallies == {"s (hidden)": Tally(match=3)}


def test_an_observation_keeps_its_form() -> None:
    content = canonical({"inputs": {"password": "abc", "n": [1, None]}, "outcome": None}).decode()
    found = scrubbed(content)
    assert plain(found.encode())["inputs"] == {"password": "(hidden)", "n": [1, None]}
    assert canonical(plain(found.encode())).decode() == found


def test_a_text_that_is_json_is_a_text() -> None:
    assert scrubbed('{"password": "abc", "x":1}') == '{"password": "(hidden)", "x":1}'
    assert scrubbed('{"x":1}') == '{"x":1}'
