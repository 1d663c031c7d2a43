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
from shadow.views import _job

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
    return [_job(job) for job in config.jobs], config.notifications.pull_request.successful_build


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
