"""The example's play sends what its handler wants, from accounts that were let in, to legacy's one task."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from shadow import live
from shadow.migration import migration
from tasksplit.live.play.script import Place

MESSAGES = sorted(Path(__file__).parents[4].joinpath("legacy", "messages").glob("*.json"))


def kind(file: Path) -> str:
    return file.name.partition("-")[0]


@pytest.mark.parametrize("handler", live.KINDS)
def test_two_of_three_messages_are_of_the_handler(handler: str) -> None:
    chosen = live.choose(MESSAGES, handler)
    found = Counter(kind(file) in live.KINDS[handler] for file in chosen)
    assert found[True] == sum(kind(file) in live.KINDS[handler] for file in MESSAGES)
    assert abs(found[False] - found[True] / 2) <= 1
    assert all(kind(file) in live.KINDS[handler] for file in chosen[:2])


def test_a_handler_of_which_nothing_is_said_gets_messages_of_all_kinds() -> None:
    assert {kind(file) for file in live.choose(MESSAGES, "koji_build_report")} == set(live.OTHERS)


def test_of_one_kind_alone_nothing_comes_in_between() -> None:
    only = [file for file in MESSAGES if kind(file) == "installation"]
    assert live.choose(only, "installation") == only


def test_handlers_that_can_be_played_are_declared() -> None:
    assert set(live.KINDS) <= set(migration.names)


def test_whose_projects_are_built_was_let_in_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MESSAGES[0].parents[2])
    live.prepare(tmp_path)
    settings = json.loads((tmp_path / live.SETTINGS).read_text())
    assert settings["dispatcher"] == migration_entry()
    engine = create_engine(f"sqlite:///{tmp_path / live.ROWS}")
    with engine.connect() as connection:
        let_in = set(connection.execute(text("SELECT account_name FROM whitelist")).scalars())
    engine.dispose()
    pushed = [json.loads(file.read_bytes()) for file in MESSAGES if kind(file) == "push"]
    assert {message["repository"]["full_name"].partition("/")[0] for message in pushed} <= let_in


def migration_entry() -> str:
    from legacy.tasks import process_message

    return str(process_message.name)


def test_processes_and_addresses_are_of_this_play_alone(tmp_path: Path) -> None:
    place = Place(
        folder=tmp_path, root=tmp_path, broker="redis://here", store="redis://here", key="k", ports=(1234, 1235)
    )
    setting = live.setting(place)
    assert setting.workers == sum("celery" in part.arguments for part in setting.parts)
    assert setting.witness.is_relative_to(tmp_path)
    assert "1234" in setting.environment["SERVICES_URL"]
    assert all(str(tmp_path) in setting.environment[name] for name in ("DATABASE_URL", "SERVICE_CONFIG", live.WITNESS))
