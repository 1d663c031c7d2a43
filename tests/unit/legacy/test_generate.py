"""Which messages does the generator make?"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from legacy.generate import FEW, generate, text
from legacy.kinds import kinds
from legacy.standin import facts

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"
SHIPPED = 45  # of each kind, as `legacy/README.md` says


def project_of(name, payload):  # noqa: PLR0911  # one line for each service
    """What a message is about."""
    if name.startswith(("copr_", "babysit")):
        return facts.project_of_build(payload.get("build", payload.get("build_id")))
    if name.startswith("koji"):
        return facts.project_of_koji_build(payload["id"])
    if name.startswith("dist_git"):
        return payload["msg"]["commit"]["repo"]
    if name.startswith("testing_farm"):
        return tuple(payload["artifact"][part] for part in ("repo-namespace", "repo-name"))
    if name.startswith("gitlab"):
        return payload["project"]["path_with_namespace"]
    if name.startswith("pagure"):
        found = payload.get("pullrequest") or payload.get("pull_request") or payload["repo"]
        return found.get("project", found)["name"]
    if name.startswith("installation"):
        return payload["installation"]["account"]["login"]
    return payload["repository"]["full_name"]


def keys_by_kind(messages):
    found = defaultdict(list)
    for name, payload in messages:
        kind = name.split("-")[0]
        if kind != "junk":
            found[kind].append(project_of(name, payload))
    return found


def test_the_shipped_messages_are_what_it_makes():
    made = {f"{name}.json": text(payload) for name, payload in generate(1, SHIPPED, compact=True, varied=True)}

    assert {path.name: path.read_text() for path in MESSAGES.iterdir()} == made


def test_the_shipped_messages_are_small():
    assert sum(path.stat().st_size for path in MESSAGES.iterdir()) < 4_000_000


def test_the_same_arguments_make_the_same_messages():
    assert list(generate(7, 6)) == list(generate(7, 6))
    assert list(generate(7, 6)) != list(generate(8, 6))


def test_each_kind_is_about_that_many_projects_and_some_are_busy():
    found = keys_by_kind(generate(3, 45, compact=True, varied=True))
    for kind in kinds(compact=True):
        keys, count = found[kind.name], max(len(kind.ways), round(45 * kind.share))
        assert len(set(keys)) == count, kind.name
        assert len(keys) == count + round(0.3 * count), kind.name
        assert max(Counter(keys).values()) > 1 or count < 20, kind.name


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
    found = keys_by_kind(generate(1, per_kind, compact=True, varied=True))

    assert sum(map(len, found.values())) == len(kinds(compact=True)) * (per_kind + round(per_kind * 0.3))


def test_enough_messages_come_as_far_as_their_handlers():
    made = defaultdict(list)
    for name, payload in generate(5, 60, compact=True):
        made[name.split("-")[0]].append(payload)
    for kind in kinds(compact=True):
        share = kind.share if kind.share >= 1 else min(kind.share, FEW)
        late = {project_of(kind.name, payload) for payload in made[kind.name] if kind.late(kind.label(payload))}
        assert len(late) >= round(60 * share), kind.name
        assert len(made[kind.name]) < 2 * 60 * share + 3, kind.name
