"""What does a package config say?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from legacy.aliases import chroots
from legacy.package_config import ConfigError, JobTrigger, JobType, load, parse
from legacy.standin import facts_config

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "packit-yaml"


def test_a_job_inherits_what_it_does_not_set():
    raw = {
        "specfile_path": "a.spec",
        "create_pr": False,
        "jobs": [{"job": "tests", "trigger": "pull_request", "specfile_path": "b.spec"}],
    }
    (job,) = load(raw, "repo").jobs

    assert (job.specfile_path, job.create_pr) == ("b.spec", False)
    assert (job.type, job.trigger) == (JobType.tests, JobTrigger.pull_request)


def test_without_jobs_there_are_two():
    config = load({}, "repo")

    assert [job.type for job in config.jobs] == [JobType.tests, JobType.propose_downstream]
    assert config.jobs[0].metadata.targets == {"fedora-stable"}


def test_the_names_default_to_the_repository_for_the_package_only():
    config = load({}, "repo")

    assert (config.upstream_package_name, config.specfile_path) == ("repo", "repo.spec")
    assert config.jobs[0].upstream_package_name is None


@pytest.mark.parametrize(("targets", "expected"), [("fedora-32", {"fedora-32"}), (["a", "b"], {"a", "b"})])
def test_targets_are_a_set(targets, expected):
    raw = {"jobs": [{"job": "copr_build", "trigger": "commit", "metadata": {"targets": targets}}]}

    assert load(raw, "repo").jobs[0].metadata.targets == expected


def test_notifications():
    assert load({}, "repo").notifications.pull_request.successful_build
    raw = {"notifications": {"pull_request": {"successful_build": False}}}
    assert not load(raw, "repo").notifications.pull_request.successful_build


@pytest.mark.parametrize(
    "raw",
    [
        [],
        {"jobs": 3},
        {"jobs": [{"job": "tests"}]},
        {"jobs": [{"job": "launch", "trigger": "commit"}]},
        {"jobs": [{"job": "tests", "trigger": "commit", "metadata": {"colour": "red"}}]},
        {"jobs": [{"job": "tests", "trigger": "commit", "metadata": {"targets": 7}}]},
    ],
    ids=str,
)
def test_invalid(raw):
    with pytest.raises(ConfigError):
        load(raw, "repo")


@pytest.mark.parametrize(("name", "text"), [(".packit.yaml", "a: [b"), (".packit.json", "{")])
def test_unreadable(name, text):
    with pytest.raises(ConfigError, match="Cannot read"):
        parse(name, text, "repo")


def test_aliases():
    assert chroots(["fedora-stable", "epel-8"]) == {"fedora-31-x86_64", "fedora-32-x86_64", "epel-8-x86_64"}
    assert chroots(["fedora-32-aarch64"]) == {"fedora-32-aarch64"}
    assert len(chroots(["fedora-all", "epel-all"])) == 6


@pytest.mark.parametrize("name", sorted(set(facts_config.VARIANTS) - {"missing", "broken-yaml", "unknown-job"}))
def test_the_configs_of_the_stand_in_load(name):
    file_name, text = facts_config.file(f"space/repo-{name}")
    config = parse(file_name, text, "repo")

    assert len(config.jobs) == len(facts_config.VARIANTS[name][1] or [1, 2])


@pytest.mark.skipif(not CORPUS.is_dir(), reason="real package configs are not here: ../shared/corpus/packit-yaml")
def test_real_configs_load():
    loaded = []
    for path in sorted(CORPUS.glob("*.yaml")):
        raw = yaml.safe_load(path.read_text())
        try:
            loaded.append(load(json.loads(json.dumps(raw)), "repo"))
        except ConfigError:
            continue
    assert len(loaded) > 15
    assert all(config.jobs for config in loaded)
