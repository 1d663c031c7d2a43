"""`tasksplit run`: what do both sides do on these messages, and may the handlers move on?"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tasksplit.cli.earlier import with_earlier
from tasksplit.cli.evidence import stale
from tasksplit.cli.exits import code_of, strictest
from tasksplit.cli.progress import progress
from tasksplit.cli.stages import Moved, looked, moved
from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.decision import Answer
from tasksplit.model.message import Refused
from tasksplit.model.review import Review
from tasksplit.replay.accepted import accepted
from tasksplit.replay.agreement import compared, joined
from tasksplit.replay.declared import load
from tasksplit.replay.measured import MeasuredRun
from tasksplit.replay.messages import GENERATED
from tasksplit.replay.recorded import RecordedRun
from tasksplit.replay.run import Plan, Run
from tasksplit.replay.sample import of_sample
from tasksplit.replay.taken import taken
from tasksplit.report.files import write
from tasksplit.report.terminal import draw
from tasksplit.report.words import visible
from tasksplit.stores import Archive, open_store
from tasksplit.stores.run_names import named
from tasksplit.wire.redaction import Redactor
from tasksplit.wire.redaction_values import scrubbed

MIGRATION = "shadow.migration:migration"
SHARE = 0.05  #: enough for the same strata; with all of them the recordings cost as much as what decides
STORE = "sqlite:///reports/evidence.db"


class Form(StrEnum):
    """Which worlds are the sides run in?"""

    FIXTURES = "fixtures"
    RECORDINGS = "recordings"
    BOTH = "both"


def command(  # noqa: PLR0913, PLR0917  # each is an option of the command line
    messages: Annotated[Path, typer.Option(help="Folder of JSON payloads, one a file.")],
    migration: Annotated[str, typer.Option(help="Dotted path of the declaration.")] = MIGRATION,
    form: Annotated[
        Form, typer.Option(help="Both sides in fixture worlds, the split replayed from recordings of legacy, or both.")
    ] = Form.BOTH,
    generate: Annotated[
        bool, typer.Option(help="Also run as many generated messages as the bars ask for, if a generator is declared.")
    ] = True,
    reports: Annotated[Path, typer.Option(help="Folder for report.html, .json and .md.")] = Path("reports"),
    store: Annotated[str, typer.Option(help="Where the evidence is kept: memory:, a database URL or a Redis.")] = STORE,
    flags: Annotated[
        str, typer.Option(envvar="TASKSPLIT_STORE", help="Where the flags are kept: the report shows their stages.")
    ] = "",
    jobs: Annotated[int, typer.Option(help="Processes at the same time; 0: one for each core.", min=0)] = 0,
    recordings_share: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=1,
            help="Of the generated messages of each handler, the share that --form both also takes for recordings.",
        ),
    ] = SHARE,
    seconds: Annotated[float, typer.Option(help="After which a message counts as hanging.", min=1)] = 60.0,
    coverage: Annotated[
        bool,
        typer.Option("--coverage", help="Also measure which branches of each handler the paired messages took."),
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print the result only.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Also draw what is in order, line by line.")] = False,
) -> None:
    """Run both sides over the same messages, compare, gate and report. Exit code 0 pass, 1 fail, 3 wait, 2 misuse."""
    console = Console(highlight=False)
    archive = Archive(open_store(made(store)))
    declared = load(migration)
    used, refused = taken(declared, messages, generate=generate)
    _say(console, refused, quiet)
    found = looked(flags, declared.names, declared.name)
    plan = Plan(
        migration=declared, path=migration, messages=used, refused=refused, at_once=jobs or os.cpu_count() or 1,
        seconds_per_message=seconds, stages=found.stages, accepted=accepted(declared, migration),
    )  # fmt: skip
    runs: list[Run] = []
    for kind in _kinds(form, coverage):
        if runs:
            plan = of_sample(plan, runs[0].verdicts, recordings_share)
        with progress(kind.form, len(plan.messages), console=console, quiet=quiet) as advance:
            runs.append(kind(replace(plan, progress=advance)))
            runs[-1].run()
    for name in runs[0].learning.ignored if not quiet else ():
        if not name.startswith(GENERATED):
            _line(console, f"of no known event: {name}: legacy started nothing and returned nothing")
    asked = {"messages": str(messages), "migration": migration}
    _finish(console, runs, reports, archive, found=found, asked=asked, verbose=verbose)


def _kinds(form: Form, coverage: bool) -> tuple[type[Run], ...]:
    first = MeasuredRun if coverage else Run
    if coverage and form is Form.RECORDINGS:
        raise DeclarationError(
            sentence(found="--coverage --form recordings", expected="a form with fixtures", do="give --form both")
        )
    return {Form.FIXTURES: (first,), Form.RECORDINGS: (RecordedRun,), Form.BOTH: (first, RecordedRun)}[form]


def made(store: str) -> str:
    """Make the folder of the default store, so that the first run needs no preparation."""
    if store == STORE:
        Path("reports").mkdir(exist_ok=True)
    return store


def _say(console: Console, refused: Sequence[Refused], quiet: bool) -> None:
    for one in refused if not quiet else ():
        if one.name.startswith(GENERATED):
            continue  # the generator repeats itself where projects are busy: counted, not worth a line each
        _line(console, f"not used: {one.name}: {one.said}")


def _line(console: Console, text: str) -> None:
    console.print(visible(scrubbed(text)), markup=False, soft_wrap=True)


def _finish(  # noqa: PLR0913  # what a run ends with
    console: Console, runs: Sequence[Run], reports: Path, archive: Archive, *, found: Moved, asked: Mapping[str, str],
    verbose: bool,
) -> None:  # fmt: skip
    reviews = [with_earlier(moved(run.review, found), archive) for run in runs]
    if old := stale(archive, dict(reviews[0].versions or {})):
        reviews[0] = replace(reviews[0], findings=(*reviews[0].findings, old))
    if len(runs) == 2:
        finding = compared(runs[0].verdicts, runs[1].verdicts)
        reviews[0] = joined(reviews[0], finding)
    # what people wrote, and what was found since the run looked at its texts, was not looked at yet
    reviews = [scrubbed(review, Redactor(runs[0].plan.migration.redact)) for review in reviews]
    now = datetime.now(UTC)
    _keep(archive, reviews, now, asked)  # first: whatever becomes of the papers, they can be drawn again
    draw(reviews[0], console, verbose=verbose)
    for other in reviews[1:]:
        console.print(_short(other), markup=False, soft_wrap=True)
        write(other, reports / other.form)
    for path in write(reviews[0], reports, others=reviews[1:], run=named(now, reviews[0].form)):
        console.print(f"written: {path}", markup=False, soft_wrap=True)
    answers = {review.answer for review in reviews}
    if any(finding.blocks for finding in reviews[0].findings):
        answers.add(Answer.FAIL)
    raise typer.Exit(code_of(strictest(answers)))


def _short(review: Review) -> str:
    counts = [h.evidence.tally for h in review.handlers]
    ledger = review.ledger
    some = f" on {ledger.expected - ledger.sampled_out:,} of {ledger.expected:,} messages" if ledger.sampled_out else ""
    return (
        f"{review.form}: {review.answer}{some} ({sum(c.match for c in counts):,} match, "
        f"{sum(c.mismatch for c in counts):,} mismatch, {sum(c.undecided for c in counts):,} undecided, "
        f"{sum(c.unpaired for c in counts):,} unpaired; {review.seconds:.1f} s)"
    )


def _keep(archive: Archive, reviews: Sequence[Review], now: datetime, asked: Mapping[str, str]) -> None:
    for review in reversed(reviews):  # the fixtures last: they are the latest, and decide
        name = named(now, review.form)
        evidence = [handler.evidence for handler in review.handlers]
        meta = {"form": review.form, "versions": dict(review.versions or {}), **asked}  # show finds messages again
        archive.save_run(name, evidence, review.ledger, meta)
        archive.save_review(name, review)
