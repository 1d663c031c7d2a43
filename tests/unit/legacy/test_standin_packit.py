"""What does the packaging library of the stand-in make of what it is given?"""

from __future__ import annotations

import pytest

from legacy.standin import facts, packit, state
from legacy.standin.app import reset

URL = "https://github.com/{}"
CONFIG = {
    "dist_git_base_url": "https://src.fedoraproject.org/",
    "dist_git_namespace": "rpms",
    "downstream_package_name": "python-thing",
}


@pytest.fixture(autouse=True)
def _fresh():
    reset()


def named(predicate):
    return next(name for name in (f"space/thing-{number}" for number in range(3000)) if predicate(name))


def submit(full_name, *, target="f32", pr_id=4):
    return packit.koji_build(URL.format(full_name), None, pr_id, target=target, scratch=True)


def test_a_release_is_proposed_in_dist_git():
    url = URL.format(named(lambda name: not facts.sync_fails(name, "f32")))

    found = packit.sync_release(CONFIG, url, branch="f32", version="1.0")
    assert found.startswith("https://src.fedoraproject.org/rpms/python-thing/pull-request/")
    (proposal,) = state.current.proposals
    assert proposal == {"url": found, "project": url, "branch": "f32", "version": "1.0"}


def test_a_branch_may_not_take_it():
    name = named(lambda name: facts.sync_fails(name, "f32") and not facts.sync_fails(name, "f31"))

    assert packit.sync_release(CONFIG, URL.format(name), branch="f31", version="1.0")
    with pytest.raises(packit.PackitError, match="branch f32"):
        packit.sync_release(CONFIG, URL.format(name), branch="f32", version="1.0")


def test_a_commit_is_proposed_to_upstream_or_not():
    taking, other = named(lambda name: not facts.sync_back_fails(name)), named(facts.sync_back_fails)
    branches = {"dist_git_branch": "f32", "upstream_branch": "master"}

    assert packit.sync_from_downstream(CONFIG, URL.format(taking), **branches).startswith(URL.format(taking))
    with pytest.raises(packit.PackitError, match=other):
        packit.sync_from_downstream(CONFIG, URL.format(other), **branches)


def test_kerberos_may_be_away():
    packit.init_kerberos_ticket()
    state.current.kerberos_away = True

    with pytest.raises(packit.PackitError, match="KDC"):
        packit.init_kerberos_ticket()


@pytest.mark.parametrize("outcome", ["taken", "fails", "odd"])
def test_koji(outcome):
    name = named(lambda name: facts.koji_submit(name, "f32") == outcome)
    if outcome == "fails":
        with pytest.raises(packit.PackitError, match="f32"):
            submit(name)
        return
    printed = submit(name)

    assert ("Created task: " in printed) == (outcome == "taken")
    assert list(state.current.koji_tasks) == [
        int(line.rsplit("=", 1)[1]) for line in printed.splitlines() if line.startswith("Task info: https://koji.")
    ]


def test_ids_do_not_depend_on_the_order():
    name = named(lambda name: {facts.koji_submit(name, target) for target in ("f31", "f32")} == {"taken"})
    first = [submit(name, target=target) for target in ("f31", "f32")]
    reset()
    second = [submit(name, target=target) for target in ("f32", "f31")]

    assert first == second[::-1]
    assert len({*first, submit(name, target="f31")}) == 3  # asked for once more, it is another task
