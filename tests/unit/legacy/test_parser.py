"""Which event is a payload?"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from legacy.events import CoprBuildEvent, Event, TestingFarmResultsEvent
from legacy.package_config import ConfigError
from legacy.parser import parse_centos_event, parse_event
from tests.unit.legacy import bodies

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="real payloads are not here: ../shared/corpus")

# a body, its event, and the paths without which it is none
KINDS = [
    (
        bodies.pull_request,
        "PullRequestGithubEvent",
        "action number pull_request pull_request.head.repo pull_request.head.repo.owner.login pull_request.head.sha "
        "pull_request.user.login pull_request.base.repo.owner.login pull_request.base.repo.name repository.html_url",
    ),
    (
        bodies.pull_request_comment,
        "PullRequestCommentGithubEvent",
        "action issue.number comment.body comment.user.login issue.user.login repository.owner.login "
        "repository.name repository.html_url",
    ),
    (
        bodies.issue_comment,
        "IssueCommentEvent",
        "action issue issue.number comment.body comment.user repository.owner.login repository.name "
        "repository.full_name repository.html_url",
    ),
    (
        bodies.release,
        "ReleaseEvent",
        "action release release.tag_name repository repository.owner.login repository.name repository.html_url",
    ),
    (
        bodies.push,
        "PushGitHubEvent",
        "ref before after pusher.name repository.owner repository.name repository.html_url",
    ),
    (
        bodies.installation,
        "InstallationEvent",
        "action installation installation.account installation.account.login installation.account.id",
    ),
    (
        bodies.dist_git,
        "DistGitEvent",
        "topic msg msg.commit.namespace msg.commit.repo msg.commit.branch msg.commit.rev",
    ),
    (bodies.koji, "KojiBuildEvent", "topic info info.state id new"),
    (bodies.testing_farm, "TestingFarmResultsEvent", "pipeline pipeline.id result"),
    (
        bodies.merge_request,
        "MergeRequestGitlabEvent",
        "object_kind object_attributes.state object_attributes.id object_attributes.iid user.username "
        "object_attributes.last_commit.id object_attributes.source.path_with_namespace "
        "object_attributes.target.path_with_namespace object_attributes.target.web_url",
    ),
    (
        bodies.merge_request_comment,
        "MergeRequestCommentGitlabEvent",
        "object_kind merge_request.state merge_request.id merge_request.iid merge_request.last_commit.id "
        "merge_request.source.path_with_namespace merge_request.target.path_with_namespace project.web_url "
        "user.username object_attributes.note",
    ),
    (
        bodies.gitlab_issue_comment,
        "IssueCommentGitlabEvent",
        "object_kind issue issue.state issue.id issue.iid object_attributes.note user project.web_url "
        "project.path_with_namespace",
    ),
    (
        bodies.gitlab_push,
        "PushGitlabEvent",
        "object_kind ref before commits user_username project.web_url project.path_with_namespace",
    ),
    (
        bodies.pagure_pull_request,
        "PullRequestPagureEvent",
        "topic pullrequest pullrequest.id pullrequest.branch pullrequest.commit_stop pullrequest.user.name "
        "pullrequest.project.namespace pullrequest.project.name pullrequest.project.url_path pullrequest.repo_from "
        "pullrequest.repo_from.namespace pullrequest.repo_from.name pullrequest.repo_from.user.name",
    ),
    (
        bodies.pagure_comment,
        "PullRequestCommentPagureEvent",
        "topic agent pullrequest.comments pullrequest.id pullrequest.commit_stop pullrequest.project.namespace "
        "pullrequest.project.name pullrequest.project.url_path pullrequest.repo_from.name "
        "pullrequest.repo_from.user.name",
    ),
    (
        bodies.pagure_label,
        "PullRequestLabelPagureEvent",
        "topic pull_request pull_request.id pull_request.branch pull_request.commit_stop pull_request.project "
        "pull_request.project.namespace pull_request.project.user.name pull_request.project.url_path",
    ),
    (
        bodies.pagure_push,
        "PushPagureEvent",
        "topic branch end_commit repo repo.namespace repo.name repo.url_path",
    ),
]
NEEDED = [(body, path) for body, _, paths in KINDS for path in paths.split()]
ODD = (
    None,
    "",
    " \n",
    "x" * 256,
    0,
    -1,
    2**31,
    1.5,
    True,
    [],
    [{}],
    ["a"],
    {},
    {"login": "a"},
    "a/b",
    "a/b/c",
    10**400,
)


def parse(payload):
    is_centos = isinstance(payload, dict) and "centos" in str(payload.get("topic"))
    return parse_centos_event(payload) if is_centos else parse_event(payload)


@pytest.mark.parametrize(("body", "name"), [kind[:2] for kind in KINDS], ids=[kind[1] for kind in KINDS])
def test_each_kind(body, name):
    event = parse(body())

    assert type(event).__name__ == name
    assert json.dumps(event.get_dict())


@pytest.mark.parametrize(("body", "path"), NEEDED, ids=lambda value: getattr(value, "__name__", value))
@pytest.mark.parametrize("value", [None, True, [1], {"a": 1}], ids=repr)
def test_an_event_that_lacks_something(body, path, value):
    assert parse(bodies.changed(body(), path, value)) is None


def test_copr(world):
    payload = world.message("copr_end", "tests-accepted")
    world.prepare(payload)
    event = parse_event(payload)

    assert (event.build_id, event.chroot, event.pkg) == (payload["build"], payload["chroot"], payload["pkg"])
    assert event.build.target == payload["chroot"]
    assert event.build.id != event.build_id
    assert event.identifier == str(event.pr_id)
    assert event.get_dict()["topic"] == payload["topic"]


@pytest.mark.parametrize(("path", "value"), [("build", None), ("build", "12"), ("chroot", None), ("chroot", 3)])
def test_a_copr_message_that_lacks_something(world, path, value):
    payload = world.message("copr_end", "tests-accepted")
    world.prepare(payload)

    assert parse_event({**payload, path: value}) is None


def test_what_copr_need_not_say(world):
    payload = world.message("copr_end", "tests-accepted")
    world.prepare(payload)
    event = parse_event({key: payload[key] for key in ("topic", "build", "chroot")})

    assert isinstance(event, CoprBuildEvent)
    assert (event.status, event.owner, event.project_name, event.pkg, event.timestamp) == (0, "", "", "", None)


def test_testing_farm_results(world):
    payload = world.message("testing_farm_results", "known-passed-2")
    world.prepare(payload)
    event = parse_event(payload)

    assert isinstance(event, TestingFarmResultsEvent)
    assert event.pipeline_id == payload["pipeline"]["id"]
    assert [test.name for test in event.tests] == [test["name"] for test in payload["tests"]]
    assert event.pr_id == event.db_trigger.pr_id != event.db_trigger.id


def test_tests_that_say_nothing_are_left_out():
    tests = [{"name": "a", "result": "passed"}, "b", {"name": "c"}, {"result": "passed"}]

    assert [test.name for test in parse_event(bodies.testing_farm(tests=tests)).tests] == ["a"]


@pytest.mark.parametrize(
    "payload",
    [
        bodies.testing_farm(result="unknown"),
        bodies.testing_farm(tests=[{"name": "a", "result": "unknown"}]),
        bodies.koji(new="UNKNOWN"),
        bodies.koji(old="UNKNOWN"),
        bodies.gitlab_push(project={**bodies.GITLAB, "path_with_namespace": "group/space/repo"}),
        bodies.gitlab_issue_comment(project={**bodies.GITLAB, "path_with_namespace": "repo"}),
        bodies.changed(bodies.merge_request(), "object_attributes.source.path_with_namespace", "a/b/c"),
        bodies.changed(bodies.merge_request_comment(), "merge_request.target.path_with_namespace", "a/b/c"),
    ],
)
def test_what_nobody_knows_is_raised(payload):
    with pytest.raises(ValueError, match=r"is not a valid|values to unpack"):
        parse_event(payload)


@pytest.mark.parametrize("payload", [None, [], {}, 3, "x", [1], {"action": ["opened"], "pull_request": {}}, True])
def test_what_is_no_event(payload):
    assert parse_event(payload) is None
    assert parse_centos_event(payload) is None


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_damaged_payloads_are_events_or_none(data):
    """Only what nobody knows is raised, however the payload is damaged."""
    body = data.draw(st.sampled_from([kind[0] for kind in KINDS]))()
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(bodies.paths(body)))
        body = bodies.changed(body, path, data.draw(st.sampled_from(ODD) | st.text() | st.integers() | st.floats()))
    event = None
    with suppress(ValueError):
        event = parse(body)
    assert event is None or (isinstance(event, Event) and json.dumps(event.get_dict()))


def corpus(folder):
    rows = (CORPUS / "manifest.tsv").read_text().splitlines()[1:] if CORPUS.is_dir() else []
    return [row.split("\t")[:4] for row in rows if row.startswith(f"{folder}/")]


@needs_corpus
@pytest.mark.parametrize(("path", "name"), [(row[0], row[3]) for row in corpus("monolith-2020-06")])
def test_real_payloads(world, path, name):
    payload = json.loads((CORPUS / path).read_text())
    world.prepare(payload)

    assert type(parse(payload)).__name__ == name


@needs_corpus
def test_real_messages_of_unknown_kinds():
    for path in sorted(CORPUS.glob("fedmsg-consumer/*.json")):
        assert parse_event(json.loads(path.read_text())) is None, path


@needs_corpus
def test_real_webhooks_of_other_kinds():
    events = {path.name: parse_event(json.loads(path.read_text())) for path in CORPUS.glob("octokit/*.json")}
    accepted = [name.split(".")[:2] for name, event in events.items() if event is not None]

    assert Counter(".".join(part for part in parts if part != "none") for parts in accepted) == {
        "installation.created": 1,
        "installation_repositories.added": 2,
        "issue_comment.created": 4,
        "pull_request.opened": 3,
        "pull_request.reopened": 2,
        "pull_request.synchronize": 1,
        "push": 5,
        "release.published": 2,
    }


@needs_corpus
def test_real_payloads_are_processed(world):
    for path in sorted(CORPUS.glob("**/*.json")):
        is_centos = "centosmsg" in path.parts
        result = world.process(json.loads(path.read_text()), source="centosmsg" if is_centos else None)
        # a service that fails and a config that cannot be used are facts of some worlds
        assert result.state == "SUCCESS" or isinstance(result.value, httpx.HTTPError | ConfigError), path
