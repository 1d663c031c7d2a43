"""What the pages say about the worked example is what its code declares."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from legacy.kinds import kinds
from shadow import payloads
from shadow.celery_app import ROUTES, app
from shadow.migration import migration
from tasksplit import Handler
from tests.docs.blocks import ROOT, blocks, table

PAGE = ROOT / "docs" / "explanation" / "worked-example.md"
PAYLOADS: dict[str, type[Any]] = {
    kind.task: kind for kind in vars(payloads).values() if isinstance(kind, type) and getattr(kind, "task", "")
}
HANDLERS = {handler.name: handler for handler in migration.handlers}
SENT_LATER = "task.babysit_copr_build"


def class_of(handler: Handler) -> str:
    """The class of legacy that a handler is."""
    return handler.legacy.partition(":")[2].removesuffix(".run")


def file_of(path: str) -> str:
    """module:attribute -> the module's file."""
    return f"{path.partition(':')[0].replace('.', '/')}.py"


def declared(handler: Handler) -> list[str]:
    """What the table of handlers must say of one."""
    legacy, split = file_of(handler.legacy), file_of(handler.implementation)
    return [
        f"`{handler.name}`",
        f"[`{class_of(handler)}`](../../{legacy})",
        f"[`{split.removeprefix('shadow/')}`](../../{split})",
        ", ".join(handler.strata),
        PAYLOADS[handler.split].way,
        app.conf.task_routes[handler.split]["queue"],
    ]


def test_the_table_of_handlers_is_what_is_declared() -> None:
    assert table(PAGE, "handler") == [declared(handler) for handler in migration.handlers]


@pytest.mark.parametrize("name", HANDLERS)
def test_a_handler_is_where_the_table_says(name: str) -> None:
    handler = HANDLERS[name]
    assert f"class {class_of(handler)}(" in (ROOT / file_of(handler.legacy)).read_text()
    assert f"def {name}(" in (ROOT / file_of(handler.implementation)).read_text()


def test_the_files_of_a_family_are_where_the_page_says() -> None:
    families = {Path(file_of(handler.implementation)).stem for handler in migration.handlers}
    for _, where in table(PAGE, "what")[:5]:
        pattern = re.search(r"`([^`]*<family>\.py)`", where)
        assert pattern is not None, where
        assert all((ROOT / pattern[1].replace("<family>", family)).is_file() for family in families), where


def test_who_starts_something_has_an_outbox() -> None:
    """Handlers through whose doors a task is sent, and no others, are in the table of who starts whom."""
    cells = [row[0] for row in table(PAGE, "who")]
    told = {name for cell in cells for name in re.findall(r"`(\w+)`", cell) if name in HANDLERS}
    assert told == {name for name, handler in HANDLERS.items() if "outbox" in handler.doors}


def test_what_is_started_is_a_handler_or_has_a_route() -> None:
    named = {name for row in table(PAGE, "who") for cell in row[:2] for name in re.findall(r"`([\w.]+)`", cell)}
    assert named <= {*HANDLERS, *ROUTES}


def test_the_number_of_kinds_of_messages() -> None:
    assert len(kinds(compact=True)) == 21
    assert "twenty-one kinds" in PAGE.read_text()


def test_the_excerpt_of_the_readme_is_part_of_the_migration() -> None:
    (text,) = [block.text for block in blocks(ROOT / "README.md") if block.language == "python"]
    found: dict[str, Any] = {}
    exec(compile(text, "README.md", "exec"), found)
    shown = found["migration"]
    assert shown.name == migration.name
    assert (shown.legacy, shown.split) == (migration.entries[0].legacy, migration.entries[0].split)
    assert set(shown.key) <= set(migration.key)
    assert list(shown.world.databases) == list(migration.world.databases)
    assert list(shown.world.services) == list(migration.world.services)
    assert shown.world.fixture == migration.world.fixture
    assert {c.name: list(c.at) for c in shown.world.calls}.items() <= {
        c.name: list(c.at) for c in migration.world.calls
    }.items()
    assert [rule.name for rule in shown.dispatch.rules] == [rule.name for rule in migration.dispatch.rules][:1]
    assert list(shown.queues) == list(migration.queues)
    for handler in shown.handlers:
        real = HANDLERS[handler.name]
        for name in ("legacy", "view", "split", "implementation", "payload", "instance", "doors", "bar", "strata"):
            assert getattr(handler, name) == getattr(real, name), name
