"""How are flags, changes and times said, in a line each?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from tasksplit.model.decision import Answer
from tasksplit.model.rollout import Change, Flag, Flags, Source, Stage
from tasksplit.report.words import rate, seconds, visible

LOUD = "bold red"
STYLES = {Answer.PASS: "green", Answer.FAIL: LOUD, Answer.WAIT: "yellow"}

_SOURCES = {
    Source.STORE: "the store",
    Source.MEMORY: "memory, since the store is away",
    Source.FILE: "a file, since the store is away",
    Source.NEVER: "nowhere: nobody ever told",
}


def line(console: Console, text: str, style: str = "") -> None:
    """Print one line: nothing of the user's in it takes effect."""
    console.print(Text(visible(text), style=style), soft_wrap=True)


def when(at: datetime | None) -> str:
    """Return a time in UTC, to the second; empty where there is none."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""


def age(at: datetime | None, now: datetime) -> str:
    """Return how long ago: ``3 min 2 s old``."""
    return f"{seconds(max(0.0, (now - at).total_seconds()))} old" if at else "of unknown age"


def share(flag: Flag) -> str:
    """Return the share of keys, where it has a meaning."""
    return rate(flag.terms.share) if flag.stage is Stage.CANARY else ""


def source(flags: Flags, store: str, now: datetime) -> str:
    """Return where the flags come from, and how old they are."""
    return f"from {_SOURCES[flags.source]} ({store}), revision {flags.revision}, {age(flags.read_at, now)}"


def at(flag: Flag) -> str:
    """Return a stage with what belongs to it: ``canary, 5 %, 2 allowed``."""
    if flag.stage is not Stage.CANARY:
        return str(flag.stage)
    lists = [(len(flag.terms.allow), "allowed"), (len(flag.terms.deny), "denied")]
    return ", ".join([str(flag.stage), share(flag), *(f"{count} {word}" for count, word in lists if count)])


def step(change: Change) -> str:
    """Return one change: ``copr_build_end: shadow → canary, 5 %``."""
    return f"{change.handler}: {at(change.before)} → {at(change.after)}"


def shown(change: Change) -> str:
    """Return what was known at the time, in a few words."""
    found = change.evidence
    said = [f"{name} {decision['answer']}" for name, decision in found.get("decisions", {}).items()]
    if "rehearsal" in found:
        said.append("rehearsal clean" if not found["rehearsal"] else "rehearsal not clean")
    codes = sorted({code for each in found.get("accepted", {}).values() for code in each})
    said += [f"accepted: {code}" for code in codes]
    said += [f"{name}: {found[name]}" for name in ("probe", "run") if found.get(name)]
    return ", ".join(said) or "no evidence asked"


def overridden(change: Change) -> str:
    """Return what a forced change overrode."""
    return "; ".join(change.evidence.get("overridden", ()))


def still_forced(history: Sequence[Change]) -> Change | None:
    """Return the newest forced change since the handler was last at ``shadow`` or before; ``history`` newest first."""
    for change in history:
        if change.after.stage.position <= Stage.SHADOW.position:
            return None
        if change.forced:
            return change
    return None
