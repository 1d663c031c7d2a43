"""Which event is a payload?"""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from legacy.events import InstallationEvent, PullRequestGithubEvent, TestingFarmResultsEvent
from legacy.parser import parse_event

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="real payloads are not here: ../shared/corpus")

# the events of handlers that are not built yet give none
BUILT = {
    "PullRequestGithubEvent",
    "InstallationEvent",
    "TestingFarmResultsEvent",
    "CoprBuildEvent",
}


def test_pull_request(world):
    payload = world.message("pull_request", "built-build-and-tests")
    event = parse_event(payload)

    assert isinstance(event, PullRequestGithubEvent)
    assert event.pr_id == payload["number"]
    assert event.commit_sha == event.base_ref == payload["pull_request"]["head"]["sha"]
    assert f"{event.target_repo_namespace}/{event.target_repo_name}" == payload["repository"]["full_name"]
    assert event.base_repo_namespace == event.user_login
    assert (event.identifier, event.git_ref) == (str(event.pr_id), None)


@pytest.mark.parametrize(
    "path",
    [
        ("pull_request", "head", "sha"),
        ("pull_request", "head", "repo"),
        ("pull_request", "user", "login"),
        ("action",),
        ("number",),
    ],
    ids=".".join,
)
def test_a_pull_request_that_lacks_something(world, path):
    payload = world.message("pull_request", "built-build-and-tests")
    inner = payload
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = None

    assert parse_event(payload) is None


def test_installation(world):
    payload = world.message("installation", "new-approved")
    event = parse_event(payload)

    assert isinstance(event, InstallationEvent)
    assert event.account_login == payload["installation"]["account"]["login"]
    assert event.repositories
    assert (event.project, event.created_at.year) == (None, 2020)


def test_testing_farm_results(world):
    payload = world.message("testing_farm_results", "known-passed-2")
    world.prepare(payload)
    event = parse_event(payload)

    assert isinstance(event, TestingFarmResultsEvent)
    assert event.pipeline_id == payload["pipeline"]["id"]
    assert [test.name for test in event.tests] == [test["name"] for test in payload["tests"]]
    assert event.pr_id == event.db_trigger.pr_id != event.db_trigger.id


def test_copr(world):
    payload = world.message("copr_end", "tests-accepted")
    world.prepare(payload)
    event = parse_event(payload)

    assert (event.build_id, event.chroot, event.pkg) == (payload["build"], payload["chroot"], payload["pkg"])
    assert event.build.target == payload["chroot"]
    assert event.build.id != event.build_id
    assert event.identifier == str(event.pr_id)
    assert event.get_dict()["topic"] == payload["topic"]


@pytest.mark.parametrize("payload", [None, [], {}, 3, "x", [1], {"action": ["opened"], "pull_request": {}}])
def test_what_is_no_event(payload):
    assert parse_event(payload) is None


def corpus(folder):
    rows = (CORPUS / "manifest.tsv").read_text().splitlines()[1:] if CORPUS.is_dir() else []
    return [row.split("\t")[:4] for row in rows if row.startswith(f"{folder}/")]


@needs_corpus
@pytest.mark.parametrize(("path", "name"), [(row[0], row[3]) for row in corpus("monolith-2020-06")])
def test_real_payloads(world, path, name):
    payload = json.loads((CORPUS / path).read_text())
    world.prepare(payload)
    event = parse_event(payload)

    assert type(event).__name__ == (name if name in BUILT else "NoneType")


@needs_corpus
def test_real_payloads_are_processed(world):
    for path in sorted(CORPUS.glob("monolith-2020-06/**/*.json")) + sorted(CORPUS.glob("fedmsg-consumer/*.json")):
        assert world.process(json.loads(path.read_text())).state == "SUCCESS", path


@needs_corpus
def test_real_webhooks_of_other_kinds(world):
    accepted = set()
    for path in sorted(CORPUS.glob("octokit/*.json")):
        payload = json.loads(path.read_text())
        result = world.process(payload)
        # a forge that fails is a fact of some worlds
        assert result.state == "SUCCESS" or isinstance(result.value, httpx.HTTPError), path
        if result.value is not None:
            accepted.add(path.name.split(".")[0])
    assert accepted <= {"pull_request", "installation", "installation_repositories"}
