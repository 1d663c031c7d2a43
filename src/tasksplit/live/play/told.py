"""How is the end of a play told, on a screen and on paper? The same sentences on both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tasksplit.live.counters import Count
from tasksplit.live.play.ending import Ending
from tasksplit.model.decision import Answer
from tasksplit.model.rollout import Change, Stage
from tasksplit.report.words import count, counted, rate, visible

PAPER = "story.md"

_HEADLINES = {
    Answer.PASS: "The story went through, and everything is accounted for",
    Answer.FAIL: "The two sides are not the same",
    Answer.WAIT: "The story did not go through as a whole",
}


def sections(ending: Ending) -> Iterator[tuple[str, list[str]]]:
    """Yield a heading and its lines."""
    seen = ending.seen
    yield f"{_HEADLINES[ending.answer]}: {seen.handler}", list(ending.missing())
    yield "Stages", [_change(change) for change in ending.history]
    yield (
        "Messages",
        [
            f"{count(seen.sent)} sent, {count(seen.reached)} reached legacy's task, {count(seen.refused)} not taken",
            f"{count(seen.count(Count.RECEIVED))} came while something was shadowed: "
            f"{count(seen.count(Count.WRITTEN))} recorded, {count(seen.shed)} shed, "
            f"{count(seen.count(Count.SAMPLED_OUT))} sampled out (the split did a part, or delivered again), "
            f"{count(seen.count(Count.NOT_RECORDED))} beside another one, {count(seen.count(Count.FAILED))} failed",
            f"of {count(seen.ledger.expected)} recordings {count(seen.ledger.paired)} paired, "
            f"{count(seen.ledger.pending)} pending, {count(seen.ledger.lost)} lost",
        ],
    )
    yield "Verdicts", list(_verdicts(ending))
    yield "Who acted", list(_acted(ending))
    if ending.forced:
        yield "FORCED", list(_forced(ending))


def write(ending: Ending, folder: Path) -> Path:
    """Write the paper; return where it is."""
    lines: list[str] = []
    for number, (heading, each) in enumerate(sections(ending)):
        lines += [f"{'##' if number else '#'} {visible(heading)}", ""]
        lines += [*(f"* {visible(line)}" for line in each), ""] if each else []
    lines += ["What the replays showed in detail: `report.md`.", ""]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PAPER
    path.write_text("\n".join(lines))
    return path


def _change(change: Change) -> str:
    after = change.after
    share = f", {rate(after.terms.share)}" if after.stage is Stage.CANARY else ""
    forced = " FORCED" if change.forced else ""
    moved = f"{change.handler}: {change.before.stage} → {after.stage}{share}{forced}"
    return f"{change.when:%H:%M:%S} {moved}, because {change.why}"


def _verdicts(ending: Ending) -> Iterator[str]:
    review = ending.seen.review
    if review is None:
        yield "nothing was replayed"
        return
    for handler in review.handlers:
        tally = handler.evidence.tally
        found = {name: getattr(tally, name) for name in ("match", "mismatch", "accepted", "unpaired", "undecided")}
        said = ", ".join(f"{count(number)} {name}" for name, number in found.items() if number)
        if said or handler.name == ending.seen.handler:
            yield f"{handler.name}: {said or 'no pair'} ({counted(handler.evidence.keys_seen, 'key')})"


def _acted(ending: Ending) -> Iterator[str]:
    acted = ending.acted
    yield f"legacy ran {ending.seen.handler} for {counted(acted.legacy, 'message')}, the split for {count(acted.split)}"
    yield f"acted on by both sides: {count(len(acted.both))}; handed over and acted on by neither: " + count(
        len(acted.neither)
    )


def _forced(ending: Ending) -> Iterator[str]:
    for change in ending.forced:
        overridden = change.evidence.get("overridden", ())
        yield f"{change.before.stage} → {change.after.stage}, because {change.why}. It overrode:"
        yield from (f"{reason}" for reason in overridden)
