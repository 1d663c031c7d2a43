"""What does a CI system get from the gate? A JUnit file and a page; on GitHub annotations and a summary too."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from tasksplit.errors import ReportError, TasksplitError, sentence
from tasksplit.model.decision import Answer
from tasksplit.model.review import Review
from tasksplit.report import github
from tasksplit.report.cases import Case, Suite
from tasksplit.report.files import write_page
from tasksplit.report.junit import as_junit

JUNIT = "junit.xml"  #: in the folder of the reports
PAGE = "report.html"  #: there too


@dataclass(frozen=True, slots=True)
class Told:
    """What did the gate say, and of what?"""

    answer: Answer
    lines: Sequence[str]
    """As they were printed."""
    suites: Sequence[Suite]
    reviews: Sequence[Review] = ()
    """Those whose evidence counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Which papers are asked for, and where do they go?"""

    junit: Path | None = None
    """None: no such file is asked for."""
    page: Path | None = None
    """As ``junit``."""
    on_github: bool = False
    summary: Path | None = None
    """The file of the step's summary, to be appended to."""

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Let nothing that is printed inside be obeyed by the runner."""
        words = github.muted() if self.on_github else None
        if words is None:
            yield
            return
        typer.echo(words.before)
        try:
            yield
        finally:
            typer.echo(words.after)

    def write(self, told: Told) -> None:
        """Write and print what is asked for. Raises ReportError where the JUnit file cannot be written."""
        self._files(told)
        for line in github.commands(told.suites) if self.on_github else ():
            typer.echo(line)

    def failed(self, error: TasksplitError) -> None:
        """Write that the gate could not be asked: else the papers of an earlier run would stand for this one."""
        case = Case(answer=Answer.WAIT, said=str(error))
        suites = [Suite(migration="tasksplit gate", form="not asked", seconds=0.0, cases=(case,))]
        self._files(Told(Answer.WAIT, [str(error)], suites))
        if self.on_github:
            typer.echo(github.command("error", "tasksplit gate could not be asked", str(error)))

    def _files(self, told: Told) -> None:
        page = self._page(told.reviews)
        if page:
            told = replace(told, lines=[f"all of it: {page}, a page to keep with the job's artefacts", *told.lines])
        if self.junit is not None:
            write(self.junit, as_junit(told.suites), option="--junit")
            typer.echo(f"written: {self.junit}")
        if self.summary is not None:
            _append(self.summary, told)

    def _page(self, reviews: Sequence[Review]) -> Path | None:
        """Write the page of what decides, which names the others; None where it is not asked for, or nothing counts."""
        if self.page is None or not reviews:
            return None
        first, *others = sorted(reviews, key=lambda review: review.form != "fixtures")
        typer.echo(f"written: {write_page(first, self.page, others=others)}")
        return self.page


def papers(*, ci: bool, junit: Path | None, reports: Path, environment: Mapping[str, str] = os.environ) -> Papers:
    """Return the papers that ``--ci`` and ``--junit`` ask for, in this environment."""
    if not ci:
        return Papers(junit=junit)
    summary = environment.get("GITHUB_STEP_SUMMARY", "")
    return Papers(
        junit=junit or reports / JUNIT,
        page=reports / PAGE,
        on_github=environment.get("GITHUB_ACTIONS") == "true",
        summary=Path(summary) if summary else None,
    )


def write(path: Path, content: bytes, *, option: str) -> None:
    """Write a file that an option names, whole or not at all. Raises ReportError where it cannot be written."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as err:
        with suppress(OSError):  # the folder itself may be none
            draft.unlink(missing_ok=True)
        raise ReportError(
            sentence(
                found=f"that {path} cannot be written: {err.strerror or err}",
                expected="a file that may be written",
                do=f"name another one with {option}, or change its permissions",
            )
        ) from err


def _append(path: Path, told: Told) -> None:
    """Append the summary; that it cannot be written is said, and no reason for another answer."""
    try:
        size = path.stat().st_size if path.exists() else 0
        text = github.summary(told.lines, told.answer, told.reviews, room=github.MOST_SUMMARY - size)
        with path.open("ab") as file:
            file.write(text.encode())
    except OSError as err:
        typer.echo(f"not written: the summary of the step ({err.strerror or err})")
