"""Does the runner read what we wrote, and obey nothing that a payload wrote?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tasksplit.model.decision import Answer
from tasksplit.report.cases import Case, Suite
from tasksplit.report.github import MOST_SUMMARY, command, commands, muted, summary
from tests.unit.report import reviews

texts = st.text(st.characters(exclude_categories=["C", "Z"]) | st.sampled_from("%:,\n "), max_size=60)


def _read(line: str) -> tuple[str, str, str]:
    """Read a workflow command as the runner does: up to the second ``::``, properties apart by commas."""
    assert line.startswith("::")
    head, _, data = line[2:].partition("::")
    level, _, properties = head.partition(" ")
    (title,) = [part.removeprefix("title=") for part in properties.split(",")]
    return level, _unescaped(_unescaped(title, ":,"), ""), _unescaped(data, "")


def _unescaped(text: str, more: str) -> str:
    for sign in ("\r", "\n", *more):
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text.replace("%25", "%") if not more else text


def _suite(*cases: Case) -> Suite:
    return Suite(migration="toy", form="fixtures", seconds=1.0, cases=cases)


def _case(n: int, answer: Answer, stratum: str = "") -> Case:
    return Case(handler=f"h{n}", stratum=stratum, answer=answer, said=f"because {n}", lines=("$.inputs.x (value)",))


@given(texts, texts)
def test_a_command_is_one_line_and_says_what_it_was_given(title: str, text: str) -> None:
    written = command("error", title, text)
    assert len(written.splitlines()) == 1
    level, read_title, read_text = _read(written)
    assert (level, read_text) == ("error", text)
    assert read_title == title.replace("\n", "\\n")


def test_what_is_escaped_already_is_shown_as_it_is() -> None:
    assert _read(command("error", "100%3A", "50%25 of a%0Ab")) == ("error", "100%3A", "50%25 of a%0Ab")


def test_nothing_acts_in_a_command() -> None:
    written = command("error", "a\r\n::error::x", "b\x1b[31m\r\n::stop-commands::x\ud800")
    assert written == (
        "::error title=a\\r\\n%3A%3Aerror%3A%3Ax::b\\x1b[31m\\r%0A::stop-commands::x\\ud800"
    )  # fmt: skip


def test_a_long_text_is_cut() -> None:
    assert len(command("error", "t" * 9_000, "x" * 90_000)) < 5_000


def test_each_decision_that_is_no_pass_is_told_errors_first() -> None:
    found = [_read(line) for line in commands([_suite(_case(1, Answer.WAIT), _case(2, Answer.FAIL))])]
    assert [(level, title) for level, title, _ in found] == [
        ("error", "h2 (fixtures): fail"), ("warning", "h1 (fixtures): wait"),
    ]  # fmt: skip
    assert found[0][2] == "because 2\n$.inputs.x (value)"


def test_what_passes_is_one_notice_and_never_beside_something_else() -> None:
    passing = [_case(n, Answer.PASS) for n in range(3)]
    (line,) = commands([_suite(*passing, _case(0, Answer.PASS, "a: returned"))])
    assert _read(line) == ("notice", "tasksplit: pass", "3 decisions, all pass")
    assert [_read(line)[0] for line in commands([_suite(*passing, _case(9, Answer.WAIT))])] == ["warning"]
    assert list(commands([])) == []


def test_no_more_of_a_level_than_are_shown_and_the_last_names_the_others() -> None:
    found = [_read(line) for line in commands([_suite(*(_case(n, Answer.FAIL) for n in range(25)))])]
    assert len(found) == 10
    assert found[-1][1:] == ("16 more: fail", ", ".join(f"h{n}" for n in range(9, 25)))


def test_what_is_printed_between_is_not_obeyed() -> None:
    one, other = muted(), muted()
    assert one.before.startswith("::stop-commands::")
    assert one.after == f"::{one.before.removeprefix('::stop-commands::')}::"
    assert one != other


def test_a_summary_is_no_longer_than_there_is_room() -> None:
    papers = [reviews.review(reviews.handler(f"h{n}")) for n in range(4)]
    whole = summary(["fail h: why @all"], Answer.FAIL, papers)
    assert whole.startswith("# tasksplit gate: fail\n\n* fail h: why \\@&#8203;all\n")
    assert whole.count("## tasksplit process") == 4
    for room in (-1, 0, 50, 300, len(whole.encode()) - 1, MOST_SUMMARY):
        written = summary(["fail h: why @all"], Answer.FAIL, papers, room=room)
        assert len(written.encode()) <= max(0, room)
        assert written == whole or room < len(whole.encode()) + 200
        assert written in {whole, ""} or "left out" in written
