"""How does a difference become a test? Its message is found, made harmless, shrunk, and written; and the test fails."""

from __future__ import annotations

import os
import runpy
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tasksplit.cli.asked import Asked
from tasksplit.cli.run import MIGRATION
from tasksplit.cli.show_message import payload_of
from tasksplit.errors import DeclarationError, ReplayError, sentence
from tasksplit.model.migration import Migration
from tasksplit.model.verdict import Difference
from tasksplit.replay.declared import load
from tasksplit.replay.harmless import Harmless, named, showing_all_the_same
from tasksplit.replay.reproduce import BothSides, Came, Reached, showing
from tasksplit.replay.shrink import Shrunk, shrink
from tasksplit.replay.versions import versions
from tasksplit.report.shown.regression import Regression, name_of, written
from tasksplit.report.words import count, counted
from tasksplit.report.words import seconds as duration
from tasksplit.wire.redaction import Redactor

_LONGEST_SAID = 600  #: characters of what the test says when it fails


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for on the command line?"""

    file: Path | None
    """None: named by the test, in this folder."""
    messages: Path | None
    migration: str
    seconds: float
    jobs: int
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What is reproduced?"""

    asked: Asked
    migration: Migration
    path: str
    meta: Mapping[str, Any]

    def difference(self, came: Came) -> Difference | None:
        return came.difference(self.asked.handler.name, self.asked.grouped.fingerprint)


def write(asked: Asked, meta: Mapping[str, Any], wanted: Wanted) -> Iterator[str]:
    """Write the test and yield what there is to say of it.

    Raises:
        TasksplitError: the message is not there, it no longer shows the difference, or only with a secret in it; or
            the file is there. Then nothing is written.
    """
    _is_free(wanted.file, force=wanted.force)
    path = wanted.migration or str(meta.get("migration", "")) or MIGRATION
    case = _Case(asked=asked, migration=load(path), path=path, meta=meta)
    payload = payload_of(asked, case.migration, meta=meta, folder=wanted.messages)
    began = time.monotonic()
    reached = Reached(
        migration=case.migration, path=path, at_once=wanted.jobs or os.cpu_count() or 1,
        seconds_per_message=max(10.0, wanted.seconds / 2),
    )  # fmt: skip
    with BothSides(reached) as sides:
        _shows(case, sides, payload)
        ask = showing(sides, asked.handler.name, asked.grouped.fingerprint)
        # first: of a secret that is cut nothing tells any more that it is one
        safe = showing_all_the_same(Redactor(case.migration.redact, os.urandom(32)), payload, ask)
        until = began + wanted.seconds
        small = shrink(safe.payload, ask, goes_on=lambda: time.monotonic() < until)
        (came,) = sides.run([small.value])
    regression = _regression(case, (payload, safe, small), came)
    file = wanted.file or Path(f"{name_of(regression)}.py")
    _is_free(file, force=wanted.force)
    source = written(regression)
    _holds_none(Redactor(case.migration.redact).message(payload).secrets, source)
    yield _said(small, regression, time.monotonic() - began)
    if safe.replaced:
        yield f"in place of secrets stand texts of the same shape, at {named(safe.replaced)}"
    failure = _keep(file, source, name_of(regression))
    yield f"written: {file}"
    yield f"fails as it should: {failure}"
    yield f"run: pytest {file}"


def _shows(case: _Case, sides: BothSides, payload: Any) -> None:
    (came,) = sides.run([payload])
    if case.difference(came) is not None:
        return
    grouped, handler = case.asked.grouped, case.asked.handler.name
    others = dict.fromkeys(d.fingerprint for one in came.of(handler) for d in one.differences)
    now = came.untold or (f"{handler} shows {', '.join(others)}" if others else f"{handler} shows no difference")
    changed = [side for side in ("legacy", "split") if _changed(case, side)]
    since = f"; the code of {' and '.join(changed)} has changed since that run" if changed else ""
    raise ReplayError(
        sentence(
            found=f"that {case.asked.pair.message} does not show {grouped.fingerprint} in fixture worlds: {now}{since}",
            expected="the difference that was asked for",
            do="run again and take the fingerprint from its report"
            if changed or case.asked.review.form == "fixtures"
            else "choose one that the fixtures show too: this run was of recordings",
        )
    )


def _changed(case: _Case, side: str) -> bool:
    then = case.meta.get("versions", {}).get(side)
    return then is not None and then != versions(case.migration, case.path)[side]


def _holds_none(secrets: Collection[str], source: str) -> None:
    """Refuse a file with a secret in it, however it came there: this should never be."""
    if any(secret in source for secret in secrets):
        raise ReplayError(
            sentence(
                found="a secret of the message in the test that was to be written", expected="none",
                do="report it to tasksplit; nothing was written",
            )
        )  # fmt: skip


# --- the file ---------------------------------------------------------------------------------------------------------


def _is_free(file: Path | None, *, force: bool) -> None:
    if file is not None and file.exists() and not force:
        raise DeclarationError(
            sentence(found=f"{str(file)!r}, which is there", expected="a new file", do="name another, or give --force")
        )


def _regression(case: _Case, found: tuple[Any, Harmless, Shrunk], came: Came) -> Regression:
    payload, safe, small = found
    difference = case.difference(came)
    if difference is None:  # it did when it was asked about: it comes and goes
        raise ReplayError(
            sentence(
                found="a message that showed the difference once and then did not",
                expected="the same from the same message", do="mend what is noisy first: the report says where",
            )
        )  # fmt: skip
    return Regression(
        migration=case.path, handler=case.asked.handler.name, difference=difference, payload=small.value,
        message=case.asked.pair.message, sizes=(_size(payload), _size(small.value)), replaced=bool(safe.replaced),
    )  # fmt: skip


def _size(payload: Any) -> int:
    return len(orjson.dumps(payload))


def _said(small: Shrunk, regression: Regression, took: float) -> str:
    before, after = map(count, regression.sizes)
    end = "nothing more can be left out" if small.minimal else "the time was up: --seconds gives it more"
    runs = f"{counted(small.asked, 'run')} of both sides"
    return f"shrunk from {before} to {after} bytes with {runs} in {duration(took)}; {end}"


def _keep(file: Path, source: str, test: str) -> str:
    """Write the file once its test has failed; return what it says then."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".tasksplit-") as folder:
        draft = Path(folder) / file.name
        draft.write_text(source, encoding="utf-8")
        try:
            runpy.run_path(str(draft))[test]()
        except AssertionError as error:
            draft.replace(file)
            said = str(error)
            return said if len(said) <= _LONGEST_SAID else f"{said[:_LONGEST_SAID]}…"
    raise ReplayError(
        sentence(
            found="a test that passes although its message shows the difference", expected="one that fails",
            do="report it to tasksplit; nothing was written",
        )
    )  # fmt: skip
