"""Where does each handler stand, as a pull-request comment? Never longer than such a comment may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

import orjson

from tasksplit.model.decision import Answer
from tasksplit.model.evidence import Finding, Grouped
from tasksplit.model.review import HandlerReview, Review
from tasksplit.report import exercised, sentences, strata
from tasksplit.report.document import plain
from tasksplit.report.escape import cell, code, markup, prose
from tasksplit.report.words import count, counted

MOST_BYTES = 60_000  # hosts refuse a comment of more than 65,536 characters

_ORDER = {Answer.FAIL: 0, Answer.WAIT: 1, Answer.PASS: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Detail:
    """How much is shown before something is left out?"""

    handlers: int
    differences: int
    """Per handler."""
    items: int
    """Rules, findings, errors ..., of each."""
    characters: int
    """Of one value or sentence."""
    rows: int
    """Of what was exercised."""
    strata: int
    """Of each handler, the rarest."""


_DETAILS = (
    _Detail(handlers=100, differences=20, items=50, characters=600, rows=400, strata=30),
    _Detail(handlers=100, differences=8, items=30, characters=300, rows=300, strata=10),
    _Detail(handlers=60, differences=3, items=20, characters=160, rows=200, strata=5),
    _Detail(handlers=40, differences=1, items=10, characters=80, rows=100, strata=3),
    _Detail(handlers=20, differences=0, items=5, characters=40, rows=50, strata=1),
    _Detail(handlers=5, differences=0, items=2, characters=20, rows=20, strata=0),
)


def as_markdown(review: Review) -> str:
    """Return the review as Markdown of at most 60 kB; what had to be left out is counted in it."""
    for detail in _DETAILS[:-1]:
        text = _fitting(_page(review, detail))
        if text is not None:
            return text
    return "\n".join(_page(review, _DETAILS[-1])) + "\n"  # bounded by its limits; a test holds it to that


def _fitting(lines: Iterator[str]) -> str | None:
    """Return the lines as one text; None as soon as it is too long, so that nobody draws what is thrown away."""
    taken: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > MOST_BYTES:
            return None
        taken.append(line)
    return "\n".join(taken) + "\n"


def _page(review: Review, detail: _Detail) -> Iterator[str]:
    most = detail.characters
    yield f"## tasksplit {prose(sentences.headline(review), most)}"
    yield ""
    yield f"This is what it says. {prose(sentences.setting(review), most * 2)}"
    yield ""
    yield "### Handlers"
    yield ""
    yield from _table(review, detail)
    yield ""
    yield from _reasons(review, detail)
    yield from _exercised(review, detail)
    yield "### Differences"
    yield ""
    yield from _differences(review, detail)
    yield "### Ledger"
    yield ""
    yield f"Messages: {prose(sentences.ledger(review), 1_000)}"
    yield ""
    yield from _listed(
        "Rules", [f"{code(r.name, most)}: {prose(sentences.rule(r), most * 2)}" for r in review.rules], detail
    )
    yield from _listed("Findings", [_finding(f, most) for f in review.findings], detail)
    yield from _listed(
        "Dependencies", [f"Tie: {prose(sentences.dependency(d), most * 2)}" for d in review.dependencies], detail
    )
    yield from _listed("Our own failures", _tallied(review.harness_errors, most), detail)
    yield from _listed("Of no handler, by reason", _tallied(review.unwanted, most), detail)
    yield from _listed("Refused payloads", _tallied(review.refused, most), detail)
    yield "### What this run does not show"
    yield ""
    yield from (f"* {prose(line)}" for line in sentences.limits(review))
    yield ""
    versions = (review.versions or {}).items()
    yield from _listed("Versions", [f"{code(k, most)}: {code(v, most)}" for k, v in versions], detail)


def _shown(review: Review, detail: _Detail) -> list[HandlerReview]:
    """Return the handlers that fit, in the order of the declaration; when not all do, the ones that pass go first."""
    if len(review.handlers) <= detail.handlers:
        return list(review.handlers)
    ranked = sorted(range(len(review.handlers)), key=lambda i: (_ORDER[review.handlers[i].decision.answer], i))
    return [review.handlers[i] for i in sorted(ranked[: detail.handlers])]


def _table(review: Review, detail: _Detail) -> Iterator[str]:
    yield "| handler | stage | decision | keys | differ | match | mismatch | accepted | unpaired | undecided |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    shown = _shown(review, detail)
    for handler in shown:
        tally = handler.evidence.tally
        numbers = (
            handler.evidence.keys_seen,
            handler.evidence.keys_mismatched,
            *(getattr(tally, name) for name in sentences.VERDICTS),
        )
        name, stage = cell(handler.name, min(80, detail.characters)), cell(handler.stage, 20)
        yield f"| {name} | {stage} | {handler.decision.answer.value} | {' | '.join(map(count, numbers))} |"
    if len(shown) < len(review.handlers):
        yield ""
        yield _left_out(len(review.handlers) - len(shown), "handler")


def _reasons(review: Review, detail: _Detail) -> Iterator[str]:
    most = detail.characters
    for handler in _shown(review, detail):
        folded = handler.decision.answer is Answer.PASS
        if folded:
            yield f"<details><summary><code>{markup(handler.name, most)}</code>: pass</summary>"
            yield ""
        yield f"**{handler.decision.answer.value}** {code(handler.name, most)}: {prose(handler.decision.reason, most)}"
        yield ""
        yield f"* {prose(sentences.bar(handler), 1_000)}"
        yield f"* {prose(sentences.capture(handler), most)}"
        yield f"* {prose(sentences.rehearsal(handler), most)}"
        evidence = handler.evidence
        told = (*sentences.latency(handler), *sentences.branches(handler))
        yield from (f"* {prose(line, most)}" for line in told)
        links = [f"not taken: {_link(one, most)}" for one in sentences.untouched(handler)]
        yield from (f"* {line}" for line in links[: detail.items])
        yield from _more(links, detail.items, "* not taken: ")
        rare = [prose(line, most) for line in strata.lines(handler, review)]
        yield from (f"* stratum {line}" for line in rare[: detail.strata])
        yield from _more(rare, detail.strata, "* stratum: ")
        for word, mapping in (
            ("seen", handler.seen),
            ("unpaired", evidence.unpaired_reasons),
            ("undecided", evidence.undecided_reasons),
        ):
            lines = _tallied(mapping, most)
            yield from (f"* {word}: {line}" for line in lines[: detail.items])
            yield from _more(lines, detail.items, f"* {word}: ")
        found = [_finding(f, most) for f in evidence.findings]
        yield from (f"* finding {line}" for line in found[: detail.items])
        yield from _more(found, detail.items, "* finding: ")
        yield ""
        if folded:
            yield "</details>"
            yield ""


def _exercised(review: Review, detail: _Detail) -> Iterator[str]:
    total = exercised.height(review)
    if not total:
        return
    most = min(80, detail.characters)
    ways = exercised.columns(review)
    yield "### Exercised"
    yield ""
    yield f"| handler | event |{''.join(f' {way} |' for way in ways)}"
    yield f"| --- | --- |{' ---: |' * len(ways)}"
    for row in islice(exercised.rows(review), detail.rows):
        yield f"| {cell(row.handler, most)} | {cell(row.event, most)} |{''.join(f' {c} |' for c in row.cells)}"
    yield ""
    if total > detail.rows:
        yield _left_out(total - detail.rows, "row")
        yield ""
    gaps = [f"{code(name, most)} {prose(gap, detail.characters)}" for name, gap in exercised.gaps(review)]
    if gaps:
        yield from (f"* {line}" for line in gaps[: detail.handlers])
        yield from _more(gaps, detail.handlers, "* ")
        yield ""


def _differences(review: Review, detail: _Detail) -> Iterator[str]:
    grouped = [(h, h.differences) for h in review.handlers if h.differences]
    if not grouped:
        yield "No differences."
        yield ""
        return
    for handler, groups in grouped[: detail.handlers]:
        name = markup(handler.name, detail.characters)
        yield f"<details><summary><code>{name}</code>: {counted(len(groups), 'group')} of differences</summary>"
        yield ""
        for group in groups[: detail.differences]:
            yield from _difference(group, detail.characters)
        if len(groups) > detail.differences:
            yield _left_out(len(groups) - detail.differences, "group")
        yield ""
        yield "</details>"
        yield ""
    if len(grouped) > detail.handlers:
        yield _left_out(len(grouped) - detail.handlers, "handler")
        yield ""


def _difference(group: Grouped, most: int) -> Iterator[str]:
    yield f"* {code(group.shape, most)} ({group.kind}), {count(group.count)} × {code(group.fingerprint, 40)}"
    yield f"  * legacy: {code(_value(group.example.legacy), most)}"
    yield f"  * split: {code(_value(group.example.split), most)}"
    yield f"  * first on message {code(group.example_message, most)} at {code(group.example.path, most)}"


def _link(branch: str, most: int) -> str:
    """Return a branch as a link to the line that it starts from."""
    path, _, lines = branch.rpartition(":")
    line = lines.partition("->")[0]
    return f"[{code(branch, most)}]({quote(path)}#L{line})" if line.isdigit() else code(branch, most)


def _value(value: object) -> str:
    return orjson.dumps(plain(value)).decode()


def _finding(finding: Finding, most: int) -> str:
    return f"{code(finding.code, 60)}{sentences.weight(finding)}: {prose(finding.text, most)}"


def _tallied(mapping: Mapping[str, int] | None, most: int) -> list[str]:
    return [f"counted {prose(line, most)}" for line in sentences.tallied(mapping)]


def _listed(title: str, lines: Sequence[str], detail: _Detail) -> Iterator[str]:
    if not lines:
        return
    yield f"### {title}"
    yield ""
    folded = len(lines) > 10
    if folded:
        yield f"<details><summary>{counted(len(lines), 'entry')}</summary>"
        yield ""
    yield from (f"* {line}" for line in lines[: detail.items])
    yield from _more(lines, detail.items, "* ")
    yield ""
    if folded:
        yield "</details>"
        yield ""


def _more(lines: Sequence[str], limit: int, before: str) -> Iterator[str]:
    if len(lines) > limit:
        yield before + _left_out(len(lines) - limit)


def _left_out(number: int, noun: str = "") -> str:
    what = counted(number, f"more {noun}") if noun else f"{count(number)} more"
    return f"({what} left out here: see report.json)"
