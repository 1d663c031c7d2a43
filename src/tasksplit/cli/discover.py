"""What does legacy touch that nothing declares?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.replay.discover import Errand, discover
from tasksplit.replay.proposal import declaration, named
from tasksplit.replay.sights import Found, Sight, SightKind

_HEADINGS = {
    SightKind.DATABASE: "Databases",
    SightKind.HTTP: "Outside calls",
    SightKind.REFUSED: "Refused (sockets, processes, files)",
    SightKind.TASK: "Tasks sent",
    SightKind.CLOCK: "Clock",
    SightKind.IDS: "Ids",
    SightKind.RANDOM: "Random numbers",
}
_ALWAYS_DECLARED = frozenset({SightKind.CLOCK, SightKind.IDS, SightKind.RANDOM})
_SITES = 12  # of one kind: what follows is counted


def command(
    task: Annotated[str, typer.Argument(help="The Celery task, as module:attribute.")],
    messages: Annotated[Path, typer.Option(help="Folder of JSON payloads.")],
    fixture: Annotated[str, typer.Option(help="module:prepare, which fills the scratch world of a message.")] = "",
    migration: Annotated[str, typer.Option(help="module:attribute; print only what it does not declare.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Messages at most, from all over the folder; 0: all.")] = 0,
) -> None:
    """Run messages through legacy in a scratch world and print what it touches, as a declaration and as evidence."""
    errand = Errand(task=task, messages=messages, fixture=fixture, migration=migration, limit=limit)
    found = discover(errand)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(declaration(found) or f"# All that was seen is declared in {migration or 'nothing'}.\n", end="\n")
    for line in evidence(found, complete=not migration):
        console.print(f"# {line}".rstrip())


def evidence(found: Found, *, complete: bool) -> Iterator[str]:
    """Yield the lines that say what was seen where; ``complete``: also what every world has, and what is declared."""
    yield f"{found.messages} messages through {found.task} ({found.name})"
    if found.stopped:
        yield f"{found.stopped} of them ended at something refused; what follows was not seen: declare it, run again"
    for note in found.unused[:5]:
        yield f"not used: {note}"
    if len(found.unused) > 5:
        yield f"not used: {len(found.unused) - 5} more"
    for kind, heading in _HEADINGS.items():
        seen = {s: n for s, n in found.sights.items() if s.kind is kind and (complete or _is_news(s))}
        if seen:
            yield from ("", heading, *_table(seen))
    candidates = [c for c in found.candidates if complete or not c.declared]
    if candidates:
        yield from ("", "Handlers, and what they read of their inputs")
    for name, candidate in named(candidates):
        yield f"  {name}  {candidate.runs} runs  {candidate.site}"
        yield f"      reads {', '.join(candidate.inputs) or 'nothing that can be seen'}"
        if candidate.inside:
            yield f"      calls {', '.join(candidate.inside)}"
    if found.raised:
        yield from ("", "Tasks that raised", *(f"  {n:>6} x  {what}" for what, n in found.raised.items()))
    if found.errors:
        yield from ("", f"Our own failures: {len(found.errors)}", *(f"  {e}" for e in sorted(set(found.errors))[:5]))


def _is_news(sight: Sight) -> bool:
    return not sight.declared and sight.kind not in _ALWAYS_DECLARED


def _table(seen: dict[Sight, int]) -> Iterator[str]:
    ordered = sorted(seen.items(), key=lambda item: (-item[1], item[0].what, item[0].site))
    wide = max(len(s.what) for s, _count in ordered[:_SITES])
    wider = max(len(s.holder) for s, _count in ordered[:_SITES])
    for sight, count in ordered[:_SITES]:
        holder = f"  {sight.holder:<{wider}}" if wider else ""
        yield f"  {count:>6} x  {sight.what:<{wide}}{holder}  {sight.site}"
    if len(ordered) > _SITES:
        yield f"  and at {len(ordered) - _SITES} more sites"
