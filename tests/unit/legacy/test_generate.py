"""Which messages does the generator make?"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from legacy.generate import generate, text
from legacy.kinds import kinds
from legacy.standin import facts

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"
KEYS = {
    "pull_request": lambda payload: payload["repository"]["full_name"],
    "copr_start": lambda payload: facts.project_of_build(payload["build"]),
    "copr_end": lambda payload: facts.project_of_build(payload["build"]),
    "babysit": lambda payload: facts.project_of_build(payload["build_id"]),
    "installation": lambda payload: payload["installation"]["account"]["login"],
    "testing_farm_results": lambda payload: tuple(
        payload["artifact"][name] for name in ("repo-namespace", "repo-name")
    ),
}


def keys_by_kind(messages):
    found = defaultdict(list)
    for name, payload in messages:
        kind = name.split("-")[0]
        if kind in KEYS:
            found[kind].append(KEYS[kind](payload))
    return found


def test_the_shipped_messages_are_what_it_makes():
    made = {f"{name}.json": text(payload) for name, payload in generate(1, 38, compact=True)}

    assert {path.name: path.read_text() for path in MESSAGES.iterdir()} == made


def test_the_shipped_messages_are_small():
    assert sum(path.stat().st_size for path in MESSAGES.iterdir()) < 4_000_000


def test_the_same_arguments_make_the_same_messages():
    assert list(generate(7, 6)) == list(generate(7, 6))
    assert list(generate(7, 6)) != list(generate(8, 6))


def test_each_kind_is_about_that_many_projects_and_some_are_busy():
    for kind, keys in keys_by_kind(generate(3, 60, compact=True)).items():
        assert len(set(keys)) == 60, kind
        assert len(keys) == 78, kind
        assert max(Counter(keys).values()) > 2, kind


def test_every_way_is_among_the_shipped_messages():
    names = [path.stem for path in MESSAGES.iterdir()]
    for kind in kinds(compact=True):
        ways = {name.split("-", 2)[2] for name in names if name.startswith(f"{kind.name}-")}
        assert set(kind.ways) <= ways, kind.name


def test_pull_requests_have_the_size_of_real_ones():
    sizes = [len(json.dumps(payload)) for name, payload in generate(2, 40) if name.startswith("pull_request-")]

    assert min(sizes) > 6_000
    assert max(sizes) < 27_000


@pytest.mark.parametrize("per_kind", [0, 1, 3])
def test_few_messages(per_kind):
    names = [name for name, _ in generate(1, per_kind, compact=True) if not name.startswith("junk-")]

    assert len(names) == 6 * (per_kind + round(per_kind * 0.3))
