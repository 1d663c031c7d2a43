"""How do the papers reach the disk? Whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tasksplit.errors import ReportError, sentence
from tasksplit.model.review import Review
from tasksplit.report.document import as_json, from_json
from tasksplit.report.markdown import as_markdown
from tasksplit.report.page.html import as_html


def write(review: Review, folder: Path, *, others: Sequence[Review] = (), run: str = "") -> list[Path]:
    """Write ``report.html``, ``report.json`` and ``report.md`` into the folder; return their paths.

    ``others``: other forms of the same run, which the page names. ``run``: its name, to find it again. A reader sees
    the old report or the new one, never half of one. Raises ReportError when it cannot be written.
    """
    papers = {
        folder / "report.html": as_html(review, others=others, run=run),
        folder / "report.json": as_json(review),
        folder / "report.md": as_markdown(review).encode(),
    }
    _put(papers, do="name another one with --reports, or change its permissions")
    return list(papers)


def write_page(review: Review, path: Path, *, others: Sequence[Review] = (), run: str = "") -> Path:
    """Write the page alone, under any name; return its path. As ``write`` else."""
    _put({path: as_html(review, others=others, run=run)}, do="name another file with --html, or change its permissions")
    return path


def read(path: Path) -> dict[str, object]:
    """Return a ``report.json`` as plain values; raise ReportError when it is absent or not one of ours."""
    try:
        raw = path.read_bytes()
    except OSError as err:
        raise ReportError(
            sentence(
                found=f"no readable report at {path}: {err.strerror or err}",
                expected="a report.json",
                do="run `tasksplit run` first, or name the folder that holds one",
            )
        ) from err
    return from_json(raw)


def _put(papers: Mapping[Path, bytes], *, do: str) -> None:
    """Write all of them beside those that are there, then rename: none is ever half of one."""
    drafts: dict[Path, Path] = {}
    folder = next(iter(papers)).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in papers.items():
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            drafts[path] = draft
            draft.write_bytes(content)
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as err:
        raise ReportError(
            sentence(
                found=f"that the report cannot be written to {folder}: {err.strerror or err}",
                expected="a folder that may be written to",
                do=do,
            )
        ) from err
    finally:
        for draft in drafts.values():
            _forget(draft)


def _forget(draft: Path) -> None:
    try:
        draft.unlink(missing_ok=True)
    except OSError:
        return  # the folder itself is gone or closed to us: that was said already
