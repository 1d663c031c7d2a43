"""Which rows does a message of each kind find, and which ones that look like them?"""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legacy import models
from legacy.models import Bugzilla, BuildTrigger, CoprBuild, GitProject, KojiBuild, PullRequest, Whitelist
from legacy.payloads import fedora, github, gitlab, pagure
from legacy.standin import facts
from legacy.standin.before.rows import BRANCH, FIRST_IDS, ISSUE, PULL_REQUEST, RELEASE, TABLES, THINGS

MODELS = {
    PULL_REQUEST: models.PullRequest,
    BRANCH: models.GitBranch,
    RELEASE: models.ProjectRelease,
    ISSUE: models.ProjectIssue,
}


def named(predicate, at="space/thing-{}"):
    return next(name for name in (at.format(number) for number in range(3000)) if predicate(name))


def pr_comment(full_name, number=4):
    return github.issue_comment(
        full_name, number=number, body="/packit test", login="ada-0", author="bea-0", pull_request=True, links=4
    )


def of_each_kind(name="space/thing", number=4):
    """A message of each kind: where it comes from, what it is about, and how that is called."""
    note = {"number": number, "login": "ada-0", "body": "/packit build"}
    made = {"number": number, "author": "ada-0"}
    at_gitlab, at_centos = f"https://gitlab.com/{name}", f"https://git.centos.org/{name}"
    pull_request = {"number": number, "action": "opened", "login": "ada-0", "links": 4, "body": ""}
    push = {"before": "b" * 40, "after": "a" * 40, "pusher": "ada-0", "links": 4}
    merge = {"number": number, "login": "ada-0", "source": "ada/fork"}
    return {
        "pull_request": (github.pull_request(name, **pull_request), None, PULL_REQUEST, number),
        "pr_comment": (pr_comment(name, number), None, PULL_REQUEST, number),
        "issue_comment": (
            github.issue_comment(name, author="bea-0", pull_request=False, links=4, **note),
            *(None, ISSUE, number),
        ),
        "release": (github.release(name, tag="1.0", login="ada-0", links=4), None, RELEASE, "1.0"),
        "push": (github.push(name, ref="refs/heads/a/b", **push), None, BRANCH, "a/b"),
        "tag": (github.push(name, ref="refs/tags/1.0", **push), None, BRANCH, "1.0"),
        "merge_request": (gitlab.merge_request(name, action="open", **merge), at_gitlab, PULL_REQUEST, number),
        "mr_comment": (gitlab.merge_request_comment(name, body="b", **merge), at_gitlab, PULL_REQUEST, number),
        "gitlab_issue": (gitlab.issue_comment(name, **note), at_gitlab, ISSUE, number),
        "gitlab_push": (gitlab.push(name, branch="b", login="ada-0", commits=1), at_gitlab, BRANCH, "b"),
        "pagure": (pagure.pull_request(name, what="new", **made), at_centos, PULL_REQUEST, number),
        "pagure_comment": (pagure.comment(name, agent="ada-0", body="b", **made), at_centos, PULL_REQUEST, number),
        "pagure_label": (pagure.label(name, tags=["accepted"], **made), at_centos, PULL_REQUEST, number),
        "pagure_push": (pagure.push(name, branch="c8", agent="ada-0"), at_centos, BRANCH, "refs/head/c8"),
        "dist_git": (
            fedora.dist_git_commit(name, branch="f32", rev="a" * 40, agent="ada-0"),
            *(f"https://src.fedoraproject.org/{name}", BRANCH, "f32"),
        ),
    }


KINDS = list(of_each_kind())
OTHERS = [
    fedora.copr(facts.build(1_044_215), ended=True, chroot="fedora-32-x86_64", status=1, timestamp=1.5),
    fedora.koji(40_000_700, new="OPEN", old="FREE", started=1.5, ended=None),
    fedora.babysit(1_044_215),
    github.installation("team-1", kind="User", sender="ada-0", action="created", repositories=["a/b"]),
]


def found(world, full_name, kind, name):
    """The row of what is called so in a project, if there is one."""
    namespace, repo = full_name.split("/")
    for project in world.rows(GitProject, namespace=namespace, repo_name=repo):
        for row in world.rows(MODELS[kind], project_id=project.id, **{THINGS[kind][1]: name}):
            return row, project
    return None


@pytest.mark.parametrize("which", KINDS)
def test_what_a_message_is_about_is_known_before_or_not(world, which):
    known = []
    for number in range(24):
        full_name = f"space/thing-{number}"
        payload, url, kind, name = of_each_kind(full_name)[which]
        world.prepare(payload)
        row = found(world, full_name, kind, name)
        known.append(row is not None)
        if row is not None:
            assert world.rows(BuildTrigger, type=kind, trigger_id=row[0].id)
            assert row[1].project_url in (facts.row_url(full_name, url), facts.row_url(full_name))
    assert set(known) == {True, False}


@pytest.mark.parametrize("which", KINDS)
def test_somebody_elses_is_called_the_same(world, which):
    payload, _url, kind, name = of_each_kind()[which]
    world.prepare(payload)

    row, project = found(world, "elsewhere/thing", kind, name)
    assert row.project_id == project.id
    assert world.rows(BuildTrigger, type=kind, trigger_id=row.id)


@pytest.mark.parametrize("which", KINDS)
def test_no_id_is_in_two_tables_nor_of_the_outside(world, which):
    world.prepare(of_each_kind()[which][0])

    seen = {}
    for name, table in TABLES.items():
        model = next(model for model in vars(models).values() if getattr(model, "__table__", None) is table)
        for row in world.rows(model):
            assert row.id >= FIRST_IDS[name]
            assert seen.setdefault(row.id, name) == name


def test_the_same_number_is_in_another_table(world):
    name = named(lambda name: _twin(world, name))

    assert found(world, name, ISSUE, 4) is not None


def _twin(world, full_name):
    world.prepare(of_each_kind(full_name)["pull_request"][0])
    return found(world, full_name, ISSUE, 4) is not None


@pytest.mark.parametrize("kind", list(THINGS))
def test_who_asks_for_an_id_and_not_for_its_kind_finds_another(world, kind):
    world.prepare({})

    (row, *_) = world.rows(MODELS[kind])
    kinds = {trigger.type for trigger in world.rows(BuildTrigger, trigger_id=row.id)}
    assert kind in kinds
    assert len(kinds) == 2


@pytest.mark.parametrize("before", [True, False])
def test_a_pull_request_was_built_before_or_only_others_were(world, before):
    name = named(lambda name: facts.has_copr_builds(name, 4) == before)
    world.prepare(pr_comment(name))

    def builds(full_name):
        row = found(world, full_name, PULL_REQUEST, 4)
        triggers = world.rows(BuildTrigger, type=PULL_REQUEST, trigger_id=row[0].id) if row else []
        return [build for trigger in triggers for build in world.rows(CoprBuild, trigger_id=trigger.id)]

    assert bool(builds(name)) == before
    assert builds(f"elsewhere/{name.split('/')[1]}")


def test_a_branch_with_the_id_of_the_pull_request_was_built(world):
    name = named(lambda name: not facts.has_copr_builds(name, 4))
    world.prepare(pr_comment(name))
    row = PullRequest.get_or_create(pr_id=4, namespace="space", repo_name=name.split("/")[1], project_url="u")

    (trigger,) = world.rows(BuildTrigger, type=BRANCH, trigger_id=row.id)
    assert world.rows(CoprBuild, trigger_id=trigger.id)


@pytest.mark.parametrize("known", [True, False])
def test_a_bug_is_known_or_only_that_of_another(world, known):
    name = named(lambda name: facts.bug_known(name, 4) == known)
    world.prepare(of_each_kind(name)["pagure_label"][0])

    row = found(world, name, PULL_REQUEST, 4)
    bugs = world.rows(Bugzilla, pull_request_id=row[0].id) if row else []
    assert [bug.bug_id for bug in bugs] == ([facts.bug_id(name, 4)] if known else [])
    other, _project = found(world, f"elsewhere/{name.split('/')[1]}", PULL_REQUEST, 4)
    assert world.rows(Bugzilla, pull_request_id=other.id)


def koji(predicate):
    numbers = range(facts.KOJI_FROM, facts.KOJI_FROM + 10_000)
    build_id = next(number for number in numbers if predicate(facts.koji_build(number)))
    return facts.koji_build(build_id), fedora.koji(build_id, new="OPEN", old="FREE", started=1.5, ended=None)


@pytest.mark.parametrize("kind", ["pull_request", "branch_push", "release"])
def test_a_koji_build_and_what_started_it(world, kind):
    build, payload = koji(lambda build: build.known and build.kind == kind)
    world.prepare(payload)

    (row,) = world.rows(KojiBuild, build_id=str(build.id))
    (trigger,) = world.rows(BuildTrigger, id=row.trigger_id)
    assert (trigger.type, row.target, row.commit_sha, row.status) == (kind, build.target, build.commit, build.status)
    thing, project = found(world, build.full_name, kind, build.number or build.branch or build.tag)
    assert trigger.trigger_id == thing.id
    assert f"{project.namespace}/{project.repo_name}" == build.full_name


def test_a_koji_build_that_is_somebody_elses_in_copr(world):
    build, payload = koji(lambda build: not build.known)
    world.prepare(payload)

    assert not world.rows(KojiBuild, build_id=str(build.id))
    (other,) = world.rows(CoprBuild, build_id=str(build.id))
    (child,) = world.rows(KojiBuild, build_id=str(build.id + 57))  # the task that builds the binary packages
    assert (other.owner, other.trigger_id) == ("decoy", child.trigger_id)


def test_a_copr_build_that_is_somebody_elses_in_koji(world):
    world.prepare(OTHERS[0])

    (row,) = world.rows(KojiBuild, build_id="1044215")
    assert row.trigger_id == FIRST_IDS["build_triggers"]


def test_kerberos_is_away_for_some_projects(world):
    for away in (True, False):
        name = named(lambda name, away=away: facts.kerberos_fails(name) == away)
        world.prepare(of_each_kind(name)["push"][0])
        assert world.state.kerberos_away == away


@pytest.mark.parametrize("which", ["pull_request", "pr_comment", "issue_comment", "release", "push"])
def test_the_accounts_that_are_asked_for_are_on_the_whitelist(world, which):
    space = named(facts.whitelisted, "space-{}")
    world.prepare(of_each_kind(f"{space}/thing")[which][0])

    for login in {space, "ada-0"}:
        listed = [row.status for row in world.rows(Whitelist, account_name=login)]
        assert listed == [status for status in [facts.whitelisted(login)] if status]


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just([{}]) | st.just({})
ODD = VALUES | st.sampled_from([4001, 2**31, -1, "elsewhere/decoy", "/", "\ud800/x", "\x00", "refs/heads/", "a/b/c"])
MESSAGES = [*(of_each_kind()[which][0] for which in KINDS), *OTHERS]


def places(value, at=()):
    """Every place in a message."""
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield from places(inner, (*at, key))


PLACES = [list(places(message))[1:] for message in MESSAGES]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(data=st.data())
def test_a_message_that_is_odd_in_one_place_has_a_world(world, data):
    number = data.draw(st.integers(0, len(MESSAGES) - 1))
    payload = copy.deepcopy(MESSAGES[number])
    *way, last = data.draw(st.sampled_from(PLACES[number]))
    inner = payload
    for key in way:
        inner = inner[key]
    if data.draw(st.booleans()):
        inner[last] = data.draw(ODD)
    elif isinstance(inner, dict):
        del inner[last]
    world.prepare(payload)

    assert world.rows(CoprBuild)


@pytest.mark.parametrize("number", range(len(MESSAGES)))
def test_a_world_of_each_kind_is_the_same_each_time(world, number):
    seen = []
    for _ in range(2):
        world.prepare(json.loads(json.dumps(MESSAGES[number])))
        seen.append([(row.id, row.type, row.trigger_id) for row in world.rows(BuildTrigger)])

    assert seen[0] == seen[1]
