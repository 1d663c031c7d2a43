"""Which sentences stand on every paper? Drawn by each in its own way, with the same words and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tasksplit.model.accepted import Acceptance
from tasksplit.model.evidence import Finding, Grouped
from tasksplit.model.message import Origin
from tasksplit.model.observation import DISPATCH
from tasksplit.model.review import Dependency, HandlerReview, Past, Review, RuleUse, Step
from tasksplit.report.words import count, counted, moment, rate, seconds, share

VERDICTS = ("match", "mismatch", "accepted", "unpaired", "undecided")


def headline(review: Review) -> str:
    """Return the decision and what it is about, on one line."""
    answers = [h.decision.answer.value for h in review.handlers]
    parts = ", ".join(f"{count(answers.count(a))} {a}" for a in ("pass", "fail", "wait") if a in answers)
    whole = counted(len(answers), "handler")
    return f"{review.migration}: {review.answer.value} ({whole}{': ' if parts else ''}{parts})"


def weight(finding: Finding) -> str:
    """Return what a finding means for its handler, in brackets; nothing where it only has to be known."""
    if finding.blocks:
        return " (blocks)"
    return " (waits)" if finding.waits else ""


def setting(review: Review) -> str:
    """Return how the evidence came about: form, origin, isolation, time."""
    return (
        f"Form: {review.form}. Messages: {review.origin.value}. Isolation: {review.isolation}. "
        f"Took {seconds(review.seconds)}."
    ) + (f" {cost(review)}" if cost(review) else "")


def ledger(review: Review) -> str:
    """Return the ledger as the sum that it is, and whether it balances."""
    book = review.ledger
    if book.balanced:
        state = "It balances"
    elif book.pending or book.lost:
        state = "It does not balance: messages are pending or lost"
    else:
        state = "It does not balance: messages are missing without a word"
    return (
        f"expected {count(book.expected)} = paired {count(book.paired)} + pending {count(book.pending)}"
        f" + lost {count(book.lost)} + sampled out {count(book.sampled_out)} (messages). {state}."
    )


def standing(handler: HandlerReview) -> str:
    """Return keys and verdicts of a handler, on one line."""
    tally = handler.evidence.tally
    verdicts = ", ".join(f"{name} {count(getattr(tally, name))}" for name in VERDICTS)
    return (
        f"keys {count(handler.evidence.keys_seen)}, of which differ "
        f"{count(handler.evidence.keys_mismatched)}; {verdicts}"
    )


def bar(handler: HandlerReview) -> str:
    """Return what is asked of a handler and how far the evidence goes."""
    bound = handler.decision.upper_bound
    shown = "no evidence yet" if bound is None else f"shown: below {rate(bound)}"
    return (
        f"asked: fewer than {rate(handler.bar.max_mismatch_rate)} of keys differ, "
        f"at confidence {rate(handler.bar.confidence)}; {shown}"
    )


def capture(handler: HandlerReview) -> str:
    """Return whether legacy, replayed against itself, matched."""
    complete = handler.evidence.capture_complete
    word = {True: "complete", False: "incomplete", None: "not looked at"}[complete]
    note = handler.evidence.capture_note
    return f"capture (legacy against itself): {word}{': ' if note else ''}{note}"


def latency(handler: HandlerReview) -> Iterator[str]:
    """Yield how long both sides took, and what crossed the broker; nothing where nothing was measured."""
    sides = handler.evidence.sides
    times = [(sketch.quantile(0.5), sketch.quantile(0.99)) for sketch in (sides.legacy, sides.split)]
    told = [f"{seconds(half)}, at the 99th percentile {seconds(most)}" for half, most in times if half and most]
    if len(told) == len(times):
        yield f"took, replayed in the same worlds: legacy {told[0]}; the split {told[1]}"
    half, most = sides.wire.quantile(0.5), sides.wire.quantile(0.99)
    if half and most:
        yield f"the message of its task: {counted(round(half), 'byte')}, at the 99th percentile {count(round(most))}"


def branches(handler: HandlerReview) -> Iterator[str]:
    """Yield which share of the branches the messages took; nothing where it was not measured."""
    covered = handler.evidence.covered
    for side, one in () if covered is None else (("legacy", covered.legacy), ("the split", covered.split)):
        yield f"branches of {side} taken: {count(len(one.touched))} of {count(len(one.known))}" + (
            f" ({rate(one.share)})" if one.share is not None else ""
        )


def untouched(handler: HandlerReview) -> tuple[str, ...]:
    """Return the branches that no paired message took, of both sides: ``legacy/x.py:12->14``."""
    covered = handler.evidence.covered
    return () if covered is None else (*covered.legacy.untouched, *covered.split.untouched)


def cost(review: Review) -> str:
    """Return what tasksplit itself cost; empty where it was not measured."""
    times = review.times
    if times is None or times.share is None:
        return ""
    return (
        f"tasksplit itself took {seconds(times.tasksplit)} ({rate(times.share)}) of the processes' time, "
        f"legacy {seconds(times.legacy)}, the split {seconds(times.split)}."
    )


def rehearsal(handler: HandlerReview) -> str:
    """Return whether a route to the split was rehearsed, and what came of it."""
    if handler.name == DISPATCH:
        return "rehearsal: dispatch has no boundary; it goes over last"
    words = {
        True: "a route sends what the split sends, and legacy without the handler changes nothing else",
        False: "moving it alone would change something else, or send something else: see the findings",
        None: "not tried: see the findings",
    }
    return f"rehearsal: {words[handler.rehearsed]}"


def tallied(mapping: Mapping[str, int] | None) -> Iterator[str]:
    """Yield each name with its count, most frequent first."""
    for name, number in sorted((mapping or {}).items(), key=lambda item: (-item[1], item[0])):
        yield f"{count(number)} × {name}"


def finding(one: Finding) -> str:
    """Return what was found, with its code and its weight."""
    return f"{one.code}{weight(one)}: {one.text}"


def group(one: Grouped) -> str:
    """Return where differences of one fingerprint are, in which way, and how many."""
    return f"{one.shape} ({one.kind}), {count(one.count)} × {one.fingerprint}"


def extent(one: Grouped, handler: HandlerReview) -> str:
    """Return in which share of the pairs, in which strata, and from when to when a difference showed."""
    tally, shape = handler.evidence.tally, handler.evidence.shapes.get(one.fingerprint)
    told = []
    if shape is not None and 0 < shape.between <= (compared := tally.pairs + tally.accepted):
        told.append(f"in {count(shape.between)} of {counted(compared, 'pair')} ({share(shape.between, compared)})")
    if one.strata:
        ranked = sorted(one.strata.items(), key=lambda item: (-item[1], item[0]))
        more = f" and {count(len(ranked) - 3)} more strata" if len(ranked) > 3 else ""
        told.append(", ".join(f"{name} {count(number)}" for name, number in ranked[:3]) + more)
    if one.first_seen:
        told.append(f"first seen {moment(one.first_seen)}, last {moment(one.last_seen)}")
    return "; ".join(told)


def acceptance(one: Acceptance) -> str:
    """Return which difference was accepted, by whom, for how long and why."""
    shape = f" ({one.shape})" if one.shape else ""
    return f"{one.fingerprint}{shape} by {one.by}, from {one.since} until {one.until}: {one.because}"


def step(one: Step) -> str:
    """Return who moved a handler, when and why."""
    forced = ", FORCED" if one.forced else ""
    return f"{moment(one.at)}: {one.before} → {one.after}, by {one.who}{forced}: {one.because}"


def past(one: Past) -> str:
    """Return what an earlier run came to."""
    other = "" if one.same_code else ", of other code"
    return (
        f"{moment(one.at)}: {one.answer.value}; keys {count(one.keys)}, of which differ {count(one.keys_mismatched)}"
        f"{other}"
    )


def rule(use: RuleUse) -> str:
    """Return what a rule touched and why it is there."""
    touched = f"touched {counted(use.touched, 'value')}" if use.touched else "touched nothing: is it still needed?"
    return f"{touched} (because: {use.because})"


def dependency(tie: Dependency) -> str:
    """Return which handler needs another one to have run before."""
    open_order = (
        " HAZARD: nothing declares that order in the split. A sample in the reverse order is compared too, and what "
        "differs there blocks; chain the two, or declare after=, where the order counts."
    )
    end = open_order if tie.hazard else ""
    return f"{tie.first} changes {tie.on}, which {tie.then} uses later, in {counted(tie.messages, 'message')}.{end}"


def limits(review: Review) -> Iterator[str]:
    """Yield what such a run does not show."""
    if review.origin is Origin.TEST:
        book = review.ledger
        yield (
            "Evidence from test messages proves N of N, never a production rate: it speaks of "
            f"{count(book.paired)} of {count(book.expected)} messages, and of their kinds only."
        )
    if review.form == "recordings":
        yield (
            "Replayed from recordings: a read that legacy never made has no answer there; "
            "what depends on it is undecided."
        )
    else:
        yield "Fixture worlds hold what their author thought of; live messages bring what nobody did."
    yield "One process and one message at a time: no contention, no load, no lost broker."
    if review.isolation != "isolated":
        yield f"The replay was {review.isolation}: code that goes around Python is stopped by the network, not by us."
