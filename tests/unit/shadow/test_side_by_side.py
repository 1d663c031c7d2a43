"""For the same message in the same world both sides post, submit, remember and send the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"


def ways() -> list[Path]:
    """One shipped message of each kind and way."""
    found: dict[str, Path] = {}
    for file in sorted(MESSAGES.glob("*.json")):
        kind, _, rest = file.stem.partition("-")
        found.setdefault(kind + rest.lstrip("0123456789"), file)
    return list(found.values())


@pytest.mark.parametrize("file", ways(), ids=lambda file: file.stem)
def test_same_effects(file: Path, world: Any) -> None:
    payload = json.loads(file.read_text())
    legacy, split = world.legacy(payload), world.split(payload)
    assert split["noted"] == legacy["noted"]
    assert split["rows"] == legacy["rows"]
    assert split["babysat"] == legacy["babysat"]


def test_the_messages_do_something(world: Any) -> None:
    """A side by side of nothing with nothing would be equal, too."""
    done = [world.split(json.loads(file.read_text())) for file in ways()]
    tables = {name for one in done for name, rows in one["rows"].items() if rows}
    assert {"copr_builds", "srpm_builds", "tft_test_runs", "github_installations", "whitelist"} <= tables
    kept = {name for one in done for name, noted in one["noted"].items() if noted}
    assert {"statuses", "comments", "issues", "builds", "test_requests"} <= kept
    assert any(one["babysat"] for one in done)
