"""What does a package config say?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from legacy.clients import Project
from legacy.package_config import ConfigError, JobTrigger, JobType, get_package_config, load, parse
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

    assert (config.upstream_package_name, config.downstream_package_name) == ("repo", "repo")
    assert (config.jobs[0].upstream_package_name, config.jobs[0].downstream_package_name) == (None, None)


@pytest.mark.parametrize(
    ("raw", "spec_path", "expected"),
    [
        ({"specfile_path": "a.spec", "downstream_package_name": "b"}, "SPECS/c.spec", "a.spec"),
        ({"downstream_package_name": "b"}, "SPECS/c.spec", "SPECS/c.spec"),
        ({"downstream_package_name": "b"}, None, "b.spec"),
        ({}, None, None),
    ],
)
def test_where_the_spec_file_is(raw, spec_path, expected):
    config = load(raw, "repo", spec_path=spec_path)

    assert config.specfile_path == expected
    assert config.jobs[0].specfile_path == raw.get("specfile_path")


class Repository(Project):
    """One that has these files, and takes note of what is said in it."""

    def __init__(self, url, **files):
        super().__init__(url)
        self.files = {name.replace("_", "."): text for name, text in files.items()}
        self.said = []

    def get_file_content(self, path, ref):
        return self.files.get(path)

    def get_files(self, ref, suffix):
        return [name for name in self.files if name.endswith(suffix)]

    def pr_comment(self, pr_id, body):
        self.said.append((pr_id, body))

    def get_issue_list(self):
        return [{"title": title} for title, _ in self.said]

    def create_issue(self, title, body):
        self.said.append((title, body))


def test_the_spec_file_is_looked_for():
    repository = Repository("https://github.com/space/repo", packit_yaml="{}", b_spec="", a_spec="")

    assert get_package_config(repository, "ref", None).specfile_path == "a.spec"


def test_the_config_of_a_fork_on_pagure_is_used():
    fork = Repository("https://git.centos.org/forks/author/rpms/repo", packit_yaml="{}", a_spec="")
    project = Repository("https://git.centos.org/rpms/repo")

    assert get_package_config(project, "ref", 7, base_project=fork).specfile_path == "SPECS/repo.spec"
    assert get_package_config(project, "ref", 7) is None


@pytest.mark.parametrize("text", ["{}", "jobs: 3", "a: [b"])
def test_an_invalid_config_of_a_fork_is_told_in_the_project(text):
    fork = Repository("https://github.com/author/repo", packit_yaml=text)
    project = Repository("https://github.com/space/repo")

    with pytest.raises(ConfigError) as caught:
        get_package_config(project, "ref", 7, base_project=fork)
    assert fork.said == []
    assert project.said == [(7, f"Failed to load packit config file:\n```\n{caught.value}\n```")]


def test_no_spec_file():
    repository = Repository("https://github.com/space/repo", packit_yaml="{}")

    with pytest.raises(ConfigError, match=r"^Spec file was not found!$"):
        get_package_config(repository, "ref", None)


def test_an_invalid_config_is_told_again_where_its_issue_has_our_title():
    """What is looked for is called otherwise than what is opened."""
    repository = Repository("https://github.com/space/repo", packit_yaml="[]")
    for _ in range(2):
        with pytest.raises(ConfigError):
            get_package_config(repository, "ref", None)

    assert [title for title, _ in repository.said] == ["[packit] Invalid config"] * 2
    repository.said.append(("Invalid packit config", ""))
    with pytest.raises(ConfigError):
        get_package_config(repository, "ref", None)
    assert len(repository.said) == 3


@pytest.mark.parametrize("key", ["dist-git-branch", "dist_git_branch", "dist_git_branches"])
def test_old_names_of_the_branches(key):
    raw = {"jobs": [{"job": "propose_downstream", "trigger": "release", "metadata": {key: "f31"}}]}

    assert load(raw, "repo").jobs[0].metadata.dist_git_branches == {"f31"}


def test_a_number_of_a_source_is_its_name():
    assert load({"spec_source_id": 3}, "repo").spec_source_id == "Source 3"


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
