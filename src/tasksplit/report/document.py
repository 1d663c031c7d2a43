"""What does ``report.json`` hold? The review as plain values, for programs and for later."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import orjson

from tasksplit.errors import ReportError, sentence
from tasksplit.gate.strata import Shown
from tasksplit.model.accepted import Acceptance
from tasksplit.model.branches import Covered
from tasksplit.model.evidence import Evidence, Finding, Grouped
from tasksplit.model.review import HandlerReview, Past, Review, Step, Way
from tasksplit.model.sketch import Sketch
from tasksplit.report import strata
from tasksplit.report.examples import Example, examples
from tasksplit.report.plain import plain, text
from tasksplit.report.words import instant

FORMAT = "tasksplit report"
VERSION = 1  # raise it when a member changes its meaning or goes; adding one does not need it


def as_json(review: Review) -> bytes:
    """Return the review as JSON, indented, members in a fixed order."""
    return orjson.dumps(document(review), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def document(review: Review) -> dict[str, Any]:
    """Return the review as plain values: what ``as_json`` writes and ``from_json`` reads back."""
    return {
        "format": FORMAT,
        "format_version": VERSION,
        "migration": text(review.migration),
        "form": text(review.form),
        "origin": review.origin.value,
        "isolation": text(review.isolation),
        "decision": review.answer.value,
        "at": instant(review.at),
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
                "handler": text(h.name),
                "complete": h.evidence.capture_complete,
                "note": text(h.evidence.capture_note),
            }
            for h in review.handlers
        ],
        "rules": [{"name": text(r.name), "because": text(r.because), "touched": r.touched} for r in review.rules],
        "dependencies": [
            {
                "first": text(d.first),
                "then": text(d.then),
                "on": text(d.on),
                "messages": d.messages,
                "hazard": d.hazard,
            }
            for d in review.dependencies
        ],
        "ways": [_way(way) for way in review.ways],
        "findings": [_finding(f) for f in review.findings],
        "harness_errors": plain(dict(review.harness_errors or {})),
        "refused": plain(dict(review.refused or {})),
        "unwanted": None if review.unwanted is None else plain(dict(review.unwanted)),
        "dropped": None if review.dropped is None else plain(dict(review.dropped)),
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


def _handler(handler: HandlerReview, review: Review) -> dict[str, Any]:
    evidence = handler.evidence
    return {
        "name": text(handler.name),
        "stage": text(handler.stage),
        "decision": handler.decision.answer.value,
        "reason": text(handler.decision.reason),
        "keys": evidence.keys_seen,
        "keys_mismatched": evidence.keys_mismatched,
        "upper_bound": handler.decision.upper_bound,
        "bar": asdict(handler.bar),
        "seen": None if handler.seen is None else plain(dict(handler.seen)),
        "exercised": None if handler.exercised is None else plain({k: dict(w) for k, w in handler.exercised.items()}),
        "rehearsed": handler.rehearsed,
        "never_seen": [text(stratum) for stratum in handler.never_seen],
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
        "differences": [_difference(group, handler) for group in handler.differences],
        "trend": [_past(one) for one in handler.trend],
        "steps": [_step(one) for one in handler.steps],
        "acceptances": [_acceptance(one) for one in handler.acceptances],
    }


def _stratum(one: Shown) -> dict[str, Any]:
    return {**asdict(one), "name": text(one.name)}


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
    return {"code": text(finding.code), "text": text(finding.text), "blocks": finding.blocks, "waits": finding.waits}


def _difference(group: Grouped, handler: HandlerReview) -> dict[str, Any]:
    shape = handler.evidence.shapes.get(group.fingerprint)
    return {
        "fingerprint": group.fingerprint,
        "path": text(group.shape),
        "kind": str(group.kind),
        "count": group.count,
        "in_pairs": None if shape is None else shape.between,
        "legacy": plain(group.example.legacy),
        "split": plain(group.example.split),
        "strata": plain(dict(group.strata)),
        "first_seen": instant(group.first_seen),
        "last_seen": instant(group.last_seen),
        "example_message": text(group.example_message),
        "example_path": text(group.example.path),
        "pairs": [_pair(one) for one in examples(handler, group)],
    }


def _pair(one: Example) -> dict[str, Any]:
    pair, difference = one.pair, one.difference
    return {
        "id": pair.id,
        "message": text(pair.message),
        "instance": text(pair.instance),
        "stratum": text(pair.stratum),
        "at": instant(pair.at),
        "path": text(difference.path),
        "legacy": plain(difference.legacy),
        "split": plain(difference.split),
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "sender": text(way.sender),
        "task": text(way.task),
        "queue": text(way.queue),
        "receiver": text(way.receiver),
        "times": way.times,
    }


def _past(one: Past) -> dict[str, Any]:
    return {
        "run": text(one.run),
        "at": instant(one.at),
        "decision": one.answer.value,
        "keys": one.keys,
        "keys_mismatched": one.keys_mismatched,
        "evidence": asdict(one.tally),
        "same_code": one.same_code,
    }


def _step(one: Step) -> dict[str, Any]:
    return {
        "at": instant(one.at),
        "before": text(one.before),
        "after": text(one.after),
        "who": text(one.who),
        "because": text(one.because),
        "forced": one.forced,
    }


def _acceptance(one: Acceptance) -> dict[str, Any]:
    return {
        "fingerprint": text(one.fingerprint),
        "path": text(one.shape),
        "because": text(one.because),
        "by": text(one.by),
        "since": one.since.isoformat(),
        "until": one.until.isoformat(),
        "ceiling": one.ceiling,
        "legacy": text(one.legacy),
        "split": text(one.split),
    }
