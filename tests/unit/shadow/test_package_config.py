"""Both sides read the same jobs out of a file, and refuse the same files with the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from legacy import package_config as legacy_config
from legacy.standin import facts_config
from shadow import package_config
from shadow.views.common import OF_FILE, job_of

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "packit-yaml"

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "fedora-32", "fedora-stable", "x"])
metadata = st.dictionaries(
    st.sampled_from(
        [
            *("targets", "owner", "project", "dist-git-branch", "dist_git_branches", "timeout", "branch", "scratch"),
            *("preserve_project", "list_on_homepage", "additional_repos", "additional_packages", "nonsense"),
        ]
    ),
    scalars | st.lists(scalars, max_size=2),
    max_size=4,
)
notifications = st.none() | st.fixed_dictionaries(
    {}, optional={"pull_request": st.none() | st.dictionaries(st.just("successful_build"), scalars)}
)
jobs = st.one_of(
    st.fixed_dictionaries(
        {
            "job": st.sampled_from(["copr_build", "build", "tests", "propose_downstream", "launch_rocket"]),
            "trigger": st.sampled_from(["pull_request", "commit", "release", "never"]),
        },
        optional={"metadata": metadata | scalars, "notifications": notifications, "specfile_path": scalars},
    ),
    scalars,
    st.just({"job": "tests"}),
)
files = st.fixed_dictionaries(
    {}, optional={"jobs": st.lists(jobs, max_size=3) | scalars, "notifications": notifications, "other": scalars}
)


def read(side: Any, text: str, *arguments: str) -> Any:
    try:
        config = side.parse(".packit.yaml", text, *arguments)
    except Exception as error:  # noqa: BLE001  # whatever it is, the other side must raise it too
        return type(error).__name__, str(error)
    if isinstance(config, package_config.PackageConfig):
        return config.jobs, config.congratulate
    return [job_of(job) for job in config.jobs], config.notifications.pull_request.successful_build


def assert_same(text: str) -> None:
    assert read(package_config, text) == read(legacy_config, text, "repo")


@given(files | scalars)
def test_generated_files(raw: Any) -> None:
    assert_same(yaml.safe_dump(raw))


@pytest.mark.parametrize("variant", facts_config.VARIANTS)
def test_files_of_the_standin(variant: str) -> None:
    found = facts_config.file(f"amber/example-{variant}")
    if found is not None:
        name, text = found
        assert name in package_config.FILE_NAMES
        assert_same(text)


@pytest.mark.parametrize("file", sorted(CORPUS.glob("*.y*ml")), ids=lambda file: file.stem)
def test_stored_files(file: Path) -> None:
    assert_same(file.read_text())


@pytest.mark.parametrize("text", ["", "[", "- a", "jobs: {}", "a: b\n a: c", "\t", "jobs: [1]", "{}", "jobs:"])
def test_broken_files(text: str) -> None:
    assert_same(text)


def test_names_are_looked_for_in_the_same_order() -> None:
    assert package_config.FILE_NAMES == legacy_config.FILE_NAMES
    assert [kind.value for kind in package_config.JobType] == [kind.value for kind in legacy_config.JobType]


class Forge:
    """A repository that holds some files, and keeps what is told."""

    def __init__(self, url: str, files: dict[str, str]) -> None:
        self.url = url
        self.files = files
        self.told: list[tuple[Any, ...]] = []
        self.issues = ["Some other issue"]

    @property
    def repo(self) -> str:
        return self.url.rsplit("/", 1)[-1]

    @property
    def on_pagure(self) -> bool:
        return "centos" in self.url

    def get_file_content(self, path: str, ref: str | None) -> str | None:
        return self.files.get(path)

    def get_files(self, ref: str | None, suffix: str) -> list[str]:
        return [path for path in self.files if path.endswith(suffix)]

    def pr_comment(self, pr_id: int, body: str) -> None:
        self.told.append((pr_id, body))

    def get_issue_list(self) -> list[dict[str, Any]]:
        return [{"title": title} for title in self.issues]

    def create_issue(self, title: str, body: str) -> None:
        self.told.append((title, body))


GITHUB = "https://github.com/space/repo"
FORK = "https://git.centos.org/forks/author/rpms/repo"
pr_ids = st.none() | st.just(7)
common = st.fixed_dictionaries(
    {},
    optional={
        "jobs": st.lists(jobs, max_size=1),
        "specfile_path": st.none() | st.sampled_from(["", "a.spec"]),
        "downstream_package_name": st.none() | st.sampled_from(["", "pkg"]),
        "upstream_package_name": st.none() | st.just("up"),
        "spec_source_id": scalars,
        "actions": st.dictionaries(st.just("pre-sync"), scalars),
        "synced_files": st.lists(scalars, max_size=2),
        "create_pr": scalars,
    },
)


def found(side: Any, text: str, others: list[str], *, base: str | None, pr_id: int | None) -> Any:
    """What a side finds, or raises; and what it tells whom."""
    project = Forge(GITHUB, {})
    place = Forge(base, {}) if base else None
    (place or project).files.update({"packit.yaml": text, **dict.fromkeys(others, "")})
    try:
        if side is package_config:
            config = side.find(project, "a", pr_id, base=place)
        else:
            config = side.get_package_config(project, "a", pr_id, base_project=place)
            config.upstream_project_url = project.url
    except Exception as error:  # noqa: BLE001  # as above
        return type(error).__name__, str(error), project.told, place.told if place else None
    return {name: getattr(config, name) for name in OF_FILE}, len(config.jobs), project.told


@given(
    common, st.sets(st.sampled_from(["z.spec", "b.spec", "a.txt"])), st.none() | st.just(FORK) | st.just(GITHUB), pr_ids
)
def test_the_whole_file(raw: Any, others: set[str], base: str | None, pr_id: int | None) -> None:
    text = yaml.safe_dump(raw)
    ours = found(package_config, text, sorted(others), base=base, pr_id=pr_id)
    assert ours == found(legacy_config, text, sorted(others), base=base, pr_id=pr_id)


def spec(raw: str, *others: str, base: str | None = None) -> Any:
    fields_of_file, *_ = found(package_config, raw, list(others), base=base, pr_id=None)
    return fields_of_file["specfile_path"]


def test_where_the_spec_file_is() -> None:
    assert spec("specfile_path: a.spec", "b.spec", base=FORK) == "a.spec"
    assert spec("downstream_package_name: b", base=FORK) == "SPECS/repo.spec"
    assert spec("downstream_package_name: b", "a.spec") == "b.spec"
    assert spec("{}", "z.spec", "b.spec") == "b.spec"


def test_a_repository_without_a_spec_file_is_told() -> None:
    project = Forge(GITHUB, {".packit.json": "{}"})
    with pytest.raises(package_config.ConfigError, match="not found"):
        package_config.find(project, "a", 7)  # type: ignore[arg-type]  # all of it that is asked
    ((pr_id, body),) = project.told
    assert pr_id == 7
    assert "Spec file was not found!" in body


def test_an_issue_that_stands_is_enough() -> None:
    project = Forge(GITHUB, {"packit.yml": "["})
    project.issues.append("Invalid packit config")
    with pytest.raises(package_config.ConfigError):
        package_config.find(project, "a", None)  # type: ignore[arg-type]  # all of it that is asked
    assert project.told == []


def test_the_library_is_given_what_is_not_ours() -> None:
    config = package_config.load({"jobs": [], "upstream_ref": "main", "actions": {"pre-sync": ["a"]}})
    given_to_it = config.for_library()
    assert set(given_to_it) == set(OF_FILE)
    assert (given_to_it["upstream_ref"], given_to_it["actions"]) == ("main", {"pre-sync": ["a"]})
