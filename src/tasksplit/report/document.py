"""What does ``report.json`` hold? The review as plain values, for programs and for later."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import orjson

from tasksplit.errors import ReportError, sentence
from tasksplit.gate.strata import Shown
from tasksplit.model.branches import Covered
from tasksplit.model.evidence import Evidence, Finding, Grouped
from tasksplit.model.review import HandlerReview, Review
from tasksplit.model.sketch import Sketch
from tasksplit.report import strata
from tasksplit.report.words import clipped

FORMAT = "tasksplit report"
VERSION = 1  # raise it when a member changes its meaning or goes; adding one does not need it

DEEPEST = 40
MOST_ITEMS = 200
MOST_CHARACTERS = 4_000
_LARGEST_INTEGER = 2**53 - 1  # beyond it most JSON readers round, and a rounded number is a wrong one


def as_json(review: Review) -> bytes:
    """Return the review as JSON, indented, members in a fixed order."""
    return orjson.dumps(document(review), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def document(review: Review) -> dict[str, Any]:
    """Return the review as plain values: what ``as_json`` writes and ``from_json`` reads back."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "migration": _text(review.migration),
        "form": _text(review.form),
        "origin": review.origin.value,
        "isolation": _text(review.isolation),
        "decision": review.answer.value,
        "seconds": review.seconds,
        "times": None if review.times is None else {**asdict(review.times), "share": review.times.share},
        "ledger": {
            "expected": review.ledger.expected,
            "paired": review.ledger.paired,
            "pending": review.ledger.pending,
            "lost": review.ledger.lost,
            "sampled_out": review.ledger.sampled_out,
        },
        "handlers": [_handler(h, review) for h in review.handlers],
        "capture": [
            {
                "handler": _text(h.name),
                "complete": h.evidence.capture_complete,
                "note": _text(h.evidence.capture_note),
            }
            for h in review.handlers
        ],
        "rules": [{"name": _text(r.name), "because": _text(r.because), "touched": r.touched} for r in review.rules],
        "dependencies": [
            {
                "first": _text(d.first),
                "then": _text(d.then),
                "on": _text(d.on),
                "messages": d.messages,
                "hazard": d.hazard,
            }
            for d in review.dependencies
        ],
        "findings": [_finding(f) for f in review.findings],
        "harness_errors": plain(dict(review.harness_errors or {})),
        "refused": plain(dict(review.refused or {})),
        "unwanted": None if review.unwanted is None else plain(dict(review.unwanted)),
        "versions": plain(dict(review.versions or {})),
    }


def from_json(raw: bytes | str) -> dict[str, Any]:
    """Return what ``as_json`` wrote, as plain values.

    Raises ReportError when it is not JSON, not one of our reports, or of another version.
    """
    again = "write it anew with `tasksplit run`"
    try:
        loaded = orjson.loads(raw)
    except orjson.JSONDecodeError as err:
        raise ReportError(
            sentence(found=f"text that is not JSON ({err})", expected="a report.json of tasksplit", do=again)
        ) from err
    if not isinstance(loaded, dict) or loaded.get("format") != FORMAT:
        raise ReportError(
            sentence(found="JSON that is not a report of tasksplit", expected=f'"format": "{FORMAT}"', do=again)
        )
    if loaded.get("format_version") != VERSION:
        raise ReportError(
            sentence(
                found=f"a report of format version {loaded.get('format_version')!r}",
                expected=f"version {VERSION}",
                do=again,
            )
        )
    return loaded


def plain(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one arm per type; any value may come
    """Return a value that JSON can hold, and that still shows what JSON would blur.

    What JSON has no word for becomes an object of one member, ``{"$set": [...]}``; so a set never looks like
    a list. What is deep or long is cut, and says so.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(str(value))
        case int():
            return int(value) if abs(value) <= _LARGEST_INTEGER else {"$int": clipped(_digits(value), 100)}
        case float():
            return float(value) if math.isfinite(value) else {"$float": str(value)}
    if depth >= DEEPEST:
        return {"$cut": "nested deeper than a report shows"}
    match value:
        case dict():
            return _object(value, depth)
        case list():
            return _items(value, depth)
        case tuple():
            return {"$tuple": _items(value, depth)}
        case set() | frozenset():
            return {"$set": _items(sorted(value, key=repr), depth)}
        case bytes():
            return {"$bytes": clipped(value.hex(), MOST_CHARACTERS)}
    return {f"${type(value).__qualname__}": _text(str(value))}


def _items(values: Any, depth: int) -> list[Any]:
    shown = [plain(v, depth + 1) for v in values[:MOST_ITEMS]]
    if len(values) > MOST_ITEMS:
        shown.append({"$cut": f"{len(values) - MOST_ITEMS} more"})
    return shown


def _object(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    shown = {
        _text(k if isinstance(k, str) else repr(k)): plain(v, depth + 1) for k, v in list(value.items())[:MOST_ITEMS]
    }
    if len(value) > MOST_ITEMS:
        shown["$cut"] = f"{len(value) - MOST_ITEMS} more"
    return shown


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to spell integers of thousands of digits in decimal
        return hex(value)


def _text(text: str) -> str:
    """JSON escapes what is unprintable by itself; only lone surrogates have no bytes at all."""
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]} … ({len(text):,} characters)"


def _handler(handler: HandlerReview, review: Review) -> dict[str, Any]:
    evidence = handler.evidence
    return {
        "name": _text(handler.name),
        "stage": _text(handler.stage),
        "decision": handler.decision.answer.value,
        "reason": _text(handler.decision.reason),
        "keys": evidence.keys_seen,
        "keys_mismatched": evidence.keys_mismatched,
        "upper_bound": handler.decision.upper_bound,
        "bar": asdict(handler.bar),
        "seen": None if handler.seen is None else plain(dict(handler.seen)),
        "exercised": None if handler.exercised is None else plain({k: dict(w) for k, w in handler.exercised.items()}),
        "rehearsed": handler.rehearsed,
        "never_seen": [_text(stratum) for stratum in handler.never_seen],
        "evidence": _tally(evidence),
        "unpaired_reasons": plain(dict(evidence.unpaired_reasons)),
        "undecided_reasons": plain(dict(evidence.undecided_reasons)),
        "strata": [_stratum(one) for one in strata.of(handler, review)],
        "seconds": {side: _spread(getattr(evidence.sides, side)) for side in ("legacy", "split")},
        "message_bytes": _spread(evidence.sides.wire),
        "accepted": plain(dict(evidence.accepted)),
        "itself": {"pairs": evidence.itself, "differ": {f: one.itself for f, one in evidence.shapes.items()}},
        "branches": None if evidence.covered is None else _branches(evidence.covered),
        "findings": [_finding(f) for f in evidence.findings],
        "differences": [_difference(d) for d in handler.differences],
    }


def _stratum(one: Shown) -> dict[str, Any]:
    return {**asdict(one), "name": _text(one.name)}


def _spread(sketch: Sketch) -> dict[str, float | int | None]:
    return {"count": sketch.count, "p50": sketch.quantile(0.5), "p99": sketch.quantile(0.99)}


def _branches(covered: Covered) -> dict[str, Any]:
    return {
        side: {"known": len(one.known), "taken": len(one.touched), "not_taken": plain(list(one.untouched))}
        for side, one in (("legacy", covered.legacy), ("split", covered.split))
    }


def _tally(evidence: Evidence) -> dict[str, int]:
    tally = evidence.tally
    return {
        "match": tally.match,
        "mismatch": tally.mismatch,
        "accepted": tally.accepted,
        "unpaired": tally.unpaired,
        "undecided": tally.undecided,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"code": _text(finding.code), "text": _text(finding.text), "blocks": finding.blocks, "waits": finding.waits}


def _difference(group: Grouped) -> dict[str, Any]:
    return {
        "fingerprint": group.fingerprint,
        "path": _text(group.shape),
        "kind": str(group.kind),
        "count": group.count,
        "legacy": plain(group.example.legacy),
        "split": plain(group.example.split),
        "strata": plain(dict(group.strata)),
        "example_message": _text(group.example_message),
        "example_path": _text(group.example.path),
    }
