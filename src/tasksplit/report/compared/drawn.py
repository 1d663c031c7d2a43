"""How is told what changed between two reports? The same sentences at a terminal and in a pull-request comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Finding, Ledger
from tasksplit.report.compared.changes import WORSE, Change, Changes, Counted, Group, HandlerChange, Number, Standing
from tasksplit.report.escape import code, prose
from tasksplit.report.words import clipped, count, counted, share

MOST_BYTES = 60_000  #: hosts refuse a comment of more than 65,536 characters
MOST_CHARACTERS = 1_000  #: of a line at a terminal
MOST_LINES = 100  #: of a section at a terminal
_DETAILS = ((200, 600), (50, 400), (20, 200), (10, 120), (3, 120))  # lines of a section, characters of a line

_ANSWERS = {
    Answer.PASS: "nothing is new, and nothing shows more often",
    Answer.FAIL: "something is new, shows more often, or is decided worse",
    Answer.WAIT: "nothing is known to be new, but not everything was looked at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is said of one thing? As it is: who draws it spells out and escapes what payloads brought."""

    of: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What is said under one heading?"""

    title: str
    lines: tuple[Line, ...]


def headline(changes: Changes) -> str:
    """Return what became of the differences, and what that means, on one line."""
    numbers = [f"{count(len(found))} {change.value}" for change in Change if (found := changes.of(change))]
    return f"{changes.migration}: {_ANSWERS[changes.answer]} ({', '.join(numbers) or 'no differences in either'})"


def sections(changes: Changes) -> Iterator[Section]:
    """Yield what there is to say, what a reviewer must see first."""
    for title, lines in _sections(changes):
        told = tuple(lines)
        if told:
            yield Section(title=title, lines=told)


def as_lines(changes: Changes) -> Iterator[str]:
    """Yield the lines for a terminal; nothing of a payload in them acts."""
    yield clipped(headline(changes), MOST_CHARACTERS)
    for section in sections(changes):
        yield ""
        yield section.title
        yield from (f"  {clipped(f'{one.of}: {one.text}', MOST_CHARACTERS)}" for one in section.lines[:MOST_LINES])
        if len(section.lines) > MOST_LINES:
            yield f"  {_left_out(len(section.lines) - MOST_LINES)}"


def as_markdown(changes: Changes) -> str:
    """Return the same for a pull-request comment, of at most 60 kB; what had to be left out is counted in it."""
    for most, characters in _DETAILS[:-1]:
        text = _page(changes, most, characters)
        if len(text.encode()) <= MOST_BYTES:
            return text
    return _page(changes, *_DETAILS[-1])  # bounded by its limits


def _page(changes: Changes, most: int, characters: int) -> str:
    page = [f"## tasksplit compare: {prose(headline(changes), characters)}", ""]
    for section in sections(changes):
        page += [f"### {section.title}", ""]
        page += [f"* {code(one.of, 100)}: {prose(one.text, characters)}" for one in section.lines[:most]]
        if len(section.lines) > most:
            page.append(f"* {_left_out(len(section.lines) - most)}")
        page.append("")
    return "\n".join(page)


def _left_out(number: int) -> str:
    return f"({counted(number, 'more line')} left out here: see the reports)"


def _sections(changes: Changes) -> Iterator[tuple[str, Iterator[Line]]]:
    yield "Not to be held against each other", (Line(of="the reports", text=why) for why in changes.apart)
    for change in (*WORSE, Change.GONE, Change.FEWER, Change.NOT_AGAIN):
        yield change.value.capitalize(), map(_group, changes.of(change))
    yield "Accepted by name, or no longer", _acceptances(changes)
    yield "Decisions", _decisions(changes)
    yield "Not looked at", (Line(of=one.name, text=one.unseen) for one in changes.handlers if one.unseen)
    yield "Seen for the first time", (Line(of=h.name, text=name) for h in changes.handlers for name in h.strata_new)
    of_all = [("the run", changes.findings_new, changes.findings_gone)]
    each = [*of_all, *((one.name, one.findings_new, one.findings_gone) for one in changes.handlers)]
    yield "New findings", _found((name, new) for name, new, _ in each)
    yield "Findings that are gone", _found((name, gone) for name, _, gone in each)
    yield "Rules", map(_rule, changes.rules)
    yield "Time of the split as a multiple of legacy's", _times(changes.handlers)
    yield "Ledger", _ledgers(*changes.ledgers)
    yield "Code", _code(changes)


def _group(group: Group) -> Line:
    """The numbers first: what a line has no room for is cut off at its end."""
    told = f"{group.fingerprint}: {_often(group.before)} → {_often(group.after)}"
    why = f"; {group.why}" if group.why else ""
    return Line(of=group.handler, text=f"{told}{why}; {group.path} ({group.kind})")


def _often(one: Counted) -> str:
    """Where it is not told how many pairs show it there is no share: one may show it at several places."""
    if one.shows is None or not 0 <= one.shows <= one.pairs:
        return f"{counted(one.count, 'time')} in {counted(one.pairs, 'pair')}"
    times = f", {counted(one.count, 'time')}" if one.count != one.shows else ""
    rated = f" ({share(one.shows, one.pairs)}{times})" if one.shows else ""
    return f"{count(one.shows)} of {counted(one.pairs, 'pair')}{rated}"


def _acceptances(changes: Changes) -> Iterator[Line]:
    for group in (group for handler in changes.handlers for group in handler.groups):
        before, after = group.before.accepted, group.after.accepted
        if bool(before) != bool(after):
            word = f"accepted in {counted(after, 'pair')} now" if after else "no longer accepted, or no longer there"
            yield Line(of=group.handler, text=f"{group.fingerprint}: {word}; {group.path}")


def _decisions(changes: Changes) -> Iterator[Line]:
    if changes.before is not changes.after:
        yield Line(of="the whole", text=f"{changes.before} → {changes.after}")
    for one in changes.handlers:
        before, after = one.before, one.after
        if before is None or after is None:
            told = "a new handler" if before is None else "no longer there"
            yield Line(of=one.name, text=f"{told} ({_standing(after or before)})")
        elif (before.answer, before.reason) != (after.answer, after.reason):
            worse = ", worse" if one.worse else ""
            text = f"{before.answer} → {after.answer}{worse} ({before.reason} → {after.reason})"
            yield Line(of=one.name, text=text)


def _standing(one: Standing | None) -> str:
    return f"{one.answer}: {one.reason}" if one else ""


def _found(told: Iterable[tuple[str, Sequence[Finding]]]) -> Iterator[Line]:
    """Yield each finding once, with the handlers that have it."""
    names: dict[Finding, list[str]] = {}
    for name, findings in told:
        for finding in findings:
            names.setdefault(finding, []).append(name)
    for finding, of in names.items():
        who = f" ({counted(len(of), 'handler')}: {', '.join(of)})" if len(of) > 1 else ""
        yield Line(of=of[0] if len(of) == 1 else finding.code, text=f"{_finding(finding)}{who}")


def _finding(finding: Finding) -> str:
    weight = " (blocks)" if finding.blocks else " (waits)" if finding.waits else ""
    return f"{finding.code}{weight}: {finding.text}"


def _rule(one: Number) -> Line:
    before, after = ("no such rule" if number is None else count(number) for number in (one.before, one.after))
    return Line(of=one.name, text=f"touched {before} → {after}")


def _times(handlers: Sequence[HandlerChange]) -> Iterator[Line]:
    for one in handlers:
        if one.slower:
            yield Line(of=one.name, text=f"{one.slower[0]:.2f} → {one.slower[1]:.2f} (99th percentiles)")


def _ledgers(before: Ledger, after: Ledger) -> Iterator[Line]:
    for name in ("expected", "paired", "pending", "lost", "sampled_out"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Line(of=name.replace("_", " "), text=f"{count(old)} → {counted(new, 'message')}")


def _code(changes: Changes) -> Iterator[Line]:
    if not changes.versions:
        yield Line(of="the same in both", text="what changed came with the messages, or by chance")
    for one in changes.versions:
        yield Line(of=one.name, text=f"{one.before or 'not told'} → {one.after or 'not told'}")
        if one.name == "declaration":
            yield Line(of=one.name, text="a rule or a view may hide what is gone: see what the rules touched")
