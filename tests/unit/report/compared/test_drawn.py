"""What changed is told in the same words everywhere, and nothing of a payload acts."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Finding, Ledger
from tasksplit.report.compared.changes import Changes, changes
from tasksplit.report.compared.drawn import MOST_BYTES, as_lines, as_markdown, headline
from tasksplit.report.compared.reading import ToldRule
from tests.hostile import STRINGS
from tests.unit.report.compared.test_changes import PUSH, TAG, group, handler, report

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
FIXED = changes(
    report(
        handler(group("a", 3, in_pairs=2), group("b", 2), group("c", strata={TAG: 1}), strata=(PUSH, TAG)),
        versions={"split": "1", "declaration": "1"}, rules=(ToldRule(name="pack: blind", touched=2),),
    ),
    report(
        handler(group("b", 5), group("d", 7, in_pairs=7), accepted={"d": 7}, decision=Answer.FAIL, reason="8 differ"),
        versions={"split": "2", "declaration": "2"}, rules=(ToldRule(name="pack: blind", touched=1_200),),
        findings=(Finding(code="idle", text="it is", waits=True),), ledger=Ledger(expected=3, lost=3),
    ),
)  # fmt: skip


def test_the_headline_counts_each_class_that_there_is() -> None:
    assert headline(FIXED) == (
        "toy: something is new, shows more often, or is decided worse (1 new, 1 more, 1 gone, 1 not looked at again)"
    )
    assert headline(changes(report(), report())) == (
        "toy: nothing is new, and nothing shows more often (no differences in either)"
    )


def test_a_terminal_tells_the_worst_first_with_counts_and_shares() -> None:
    lines = list(as_lines(FIXED))
    assert lines[2:] == [
        "New",
        "  pack: d: 0 of 100 pairs → 7 of 100 pairs (7 %); $.d (value)",
        "",
        "More",
        "  pack: b: 2 times in 100 pairs → 5 times in 100 pairs; $.b (value)",
        "",
        "Gone",
        "  pack: a: 2 of 100 pairs (2 %, 3 times) → 0 of 100 pairs; $.a (value)",
        "",
        "Not looked at again",
        "  pack: c: 3 times in 100 pairs → 0 of 100 pairs; not seen: tag: returned; $.c (value)",
        "",
        "Accepted by name, or no longer",
        "  pack: d: accepted in 7 pairs now; $.d",
        "",
        "Decisions",
        "  pack: fail → fail ( → 8 differ)",
        "",
        "Not looked at",
        "  pack: not seen again: tag: returned",
        "",
        "New findings",
        "  the run: idle (waits): it is",
        "",
        "Rules",
        "  pack: blind: touched 2 → 1,200",
        "",
        "Ledger",
        "  expected: 0 → 3 messages",
        "  lost: 0 → 3 messages",
        "",
        "Code",
        "  split: 1 → 2",
        "  declaration: 1 → 2",
        "  declaration: a rule or a view may hide what is gone: see what the rules touched",
    ]


def test_a_finding_of_many_handlers_is_told_once() -> None:
    found = (Finding(code="not-rehearsed", text="it needs fixtures"),)
    names = [handler(name=name, findings=found) for name in ("pack", "ship")]
    lines = list(as_lines(changes(report(*(handler(name=one.name) for one in names)), report(*names))))
    assert [line for line in lines if "not-rehearsed" in line] == [
        "  not-rehearsed: not-rehearsed: it needs fixtures (2 handlers: pack, ship)"
    ]


def test_markdown_has_the_same_sections_and_words() -> None:
    titles = [line for line in as_lines(FIXED) if line and not line.startswith(" ")][1:]
    page = as_markdown(FIXED)
    assert [line[4:] for line in page.splitlines() if line.startswith("### ")] == titles
    text = "".join(child.content for token in PARSER.parse(page) for child in token.children or ())
    told = [line.strip() for line in list(as_lines(FIXED))[1:] if line.startswith(" ")]
    assert [line for line in told if line not in text] == []


def hostile(text: str) -> Changes:
    fields: dict[str, Any] = {"name": text or "-", "strata": (text,)}
    one = handler(group(text, path=text, strata={text: 1}), reason=text, **fields)
    findings = (Finding(code=text, text=text),)
    before = report(one, migration=text, rules=(ToldRule(name=text, touched=1),), versions={text: text}, form=text)
    return changes(before, report(handler(findings=findings, **fields), migration=text, findings=findings))


@pytest.mark.parametrize("text", STRINGS.values(), ids=STRINGS)
def test_nothing_of_a_payload_acts(text: str) -> None:
    found = hostile(text)
    lines = list(as_lines(found))
    assert not [line for line in lines if {unicodedata.category(char) for char in line} & {"Cc", "Cf", "Zl", "Zp"}]
    tokens = PARSER.parse(as_markdown(found))
    assert {token.type for token in tokens} <= {
        "heading_open", "heading_close", "inline", "bullet_list_open", "bullet_list_close", "list_item_open",
        "list_item_close", "paragraph_open", "paragraph_close",
    }  # fmt: skip
    inside = {child.type for token in tokens for child in token.children or ()}
    assert inside <= {"text", "text_special", "code_inline"}


def test_a_comment_is_bounded_and_what_is_left_out_is_counted() -> None:
    many = handler(*(group(f"{number:012}", path="$." + "<" * 500) for number in range(3_000)))
    found = changes(
        report(many), report(handler(findings=tuple(Finding(code=str(n), text="&" * 999) for n in range(999))))
    )
    page = as_markdown(found)
    assert len(page.encode()) <= MOST_BYTES
    shown = page.count("3 times in 100 pairs")
    assert f"({3_000 - shown:,} more lines left out here: see the reports)" in page
    assert sum(1 for _ in as_lines(found)) < 250


@pytest.mark.parametrize(("bad", "told"), [(True, "held against"), (False, "the same in both")])
def test_what_may_not_be_held_against_each_other_is_said(bad: bool, told: str) -> None:
    page = as_markdown(changes(report(), report(form="recordings" if bad else "fixtures")))
    assert told in page
