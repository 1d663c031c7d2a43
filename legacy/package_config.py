"""What does the user want done, by the file in the repository?"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

import yaml

from legacy.clients import Project

NO_CONFIG = "No packit config in repo"
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

FILE_NAMES = (
    ".packit.yaml",
    ".packit.yml",
    ".packit.json",
    "packit.yaml",
    "packit.yml",
    "packit.json",
)


class JobType(Enum):
    propose_downstream = "propose_downstream"
    build = "build"
    sync_from_downstream = "sync_from_downstream"
    copr_build = "copr_build"
    production_build = "production_build"
    add_to_whitelist = "add_to_whitelist"
    tests = "tests"
    report_test_results = "report_test_results"
    pull_request_action = "pull_request_action"
    copr_build_finished = "copr_build_finished"
    copr_build_started = "copr_build_started"
    create_bugzilla = "create_bugzilla"


class JobTrigger(Enum):
    release = "release"
    pull_request = "pull_request"
    commit = "commit"


class ConfigError(Exception):
    """A package config that cannot be used; the message says why."""


@dataclass
class JobMetadata:
    targets: set[str] = field(default_factory=set)
    timeout: int = 7200
    owner: str | None = None
    project: str | None = None
    dist_git_branches: set[str] = field(default_factory=set)
    branch: str | None = None
    scratch: bool = False
    list_on_homepage: bool = False
    preserve_project: bool = False
    additional_packages: list[str] = field(default_factory=list)
    additional_repos: list[str] = field(default_factory=list)


@dataclass
class PullRequestNotifications:
    successful_build: bool = True


@dataclass
class Notifications:
    pull_request: PullRequestNotifications = field(default_factory=PullRequestNotifications)


@dataclass
class CommonConfig:
    """What may stand at the top of the file and in each job; a job inherits what it does not set."""

    config_file_path: str | None = None
    specfile_path: str | None = None
    synced_files: list[Any] = field(default_factory=list)
    dist_git_namespace: str = "rpms"
    upstream_project_url: str | None = None
    upstream_package_name: str | None = None
    downstream_project_url: str | None = None
    downstream_package_name: str | None = None
    dist_git_base_url: str = "https://src.fedoraproject.org/"
    create_tarball_command: list[str] | None = None
    current_version_command: list[str] | None = None
    actions: dict[str, Any] = field(default_factory=dict)
    upstream_ref: str | None = None
    allowed_gpg_keys: list[str] | None = None
    create_pr: bool = True
    spec_source_id: str = "Source0"
    upstream_tag_template: str = "{version}"
    patch_generation_ignore_paths: list[str] = field(default_factory=list)
    notifications: Notifications = field(default_factory=Notifications)


@dataclass
class JobConfig(CommonConfig):
    type: JobType = JobType.copr_build
    trigger: JobTrigger = JobTrigger.pull_request
    metadata: JobMetadata = field(default_factory=JobMetadata)


@dataclass
class PackageConfig(CommonConfig):
    jobs: list[JobConfig] = field(default_factory=list)


COMMON_NAMES = frozenset(item.name for item in fields(CommonConfig))
METADATA_NAMES = frozenset(item.name for item in fields(JobMetadata))
DEFAULT_JOBS: list[dict[str, Any]] = [
    {"job": "tests", "trigger": "pull_request", "metadata": {"targets": ["fedora-stable"]}},
    {"job": "propose_downstream", "trigger": "release", "metadata": {"dist_git_branches": ["fedora-all"]}},
]


def _set_of(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, list | set) and all(isinstance(item, str) for item in value):
        return set(value)
    raise ConfigError(f"Expected a name or a list of names, found {value!r}.")


def _metadata(raw: Any) -> JobMetadata:
    if not isinstance(raw, dict):
        raise ConfigError(f"Expected the metadata of a job to be a mapping, found {raw!r}.")
    values: dict[str, Any] = {}
    for key, value in raw.items():
        name = "dist_git_branches" if key in ("dist-git-branch", "dist_git_branch") else key
        if name not in METADATA_NAMES:
            raise ConfigError(f"Unknown metadata {key!r} of a job.")
        values[name] = _set_of(value) if name in ("targets", "dist_git_branches") else value
    return JobMetadata(**values)


def _notifications(raw: Any) -> Notifications:
    pull_request = (raw or {}).get("pull_request") or {}
    return Notifications(PullRequestNotifications(bool(pull_request.get("successful_build", True))))


def _common(raw: dict[str, Any]) -> dict[str, Any]:
    values = {name: deepcopy(value) for name, value in raw.items() if name in COMMON_NAMES}
    if "notifications" in values:
        values["notifications"] = _notifications(values["notifications"])
    if isinstance(values.get("spec_source_id"), int):
        values["spec_source_id"] = f"Source {values['spec_source_id']}"
    return values


def _job(raw: Any, inherited: dict[str, Any]) -> JobConfig:
    if not isinstance(raw, dict) or "job" not in raw or "trigger" not in raw:
        raise ConfigError(f"A job needs `job` and `trigger`, found {raw!r}.")
    try:
        kind, trigger = JobType(raw["job"]), JobTrigger(raw["trigger"])
    except ValueError as error:
        raise ConfigError(str(error)) from error
    common = _common({**inherited, **raw})
    return JobConfig(type=kind, trigger=trigger, metadata=_metadata(raw.get("metadata") or {}), **common)


def load(raw: Any, repo_name: str, *, spec_path: str | None = None) -> PackageConfig:
    """Make a package config of what the file says; `spec_path` is where the spec file is unless it says otherwise.

    Raises:
        ConfigError: it cannot be used.
    """
    if not isinstance(raw, dict):
        raise ConfigError("A package config is a mapping.")
    jobs = raw.get("jobs", DEFAULT_JOBS)
    if not isinstance(jobs, list):
        raise ConfigError(f"Expected a list of jobs, found {jobs!r}.")
    config = PackageConfig(jobs=[_job(job, raw) for job in jobs], **_common(raw))
    # set after the jobs were made: the jobs do not get these defaults
    config.specfile_path = config.specfile_path or spec_path or None
    if config.specfile_path is None and config.downstream_package_name:
        config.specfile_path = f"{config.downstream_package_name}.spec"
    config.upstream_package_name = config.upstream_package_name or repo_name
    config.downstream_package_name = config.downstream_package_name or repo_name
    return config


def parse(name: str, text: str, repo_name: str, *, spec_path: str | None = None) -> PackageConfig:
    """Make a package config of the text of a file of that name."""
    try:
        raw = json.loads(text) if name.endswith(".json") else yaml.load(text, LOADER)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"Cannot read {name}: {error}") from error
    config = load(raw, repo_name, spec_path=spec_path)
    config.config_file_path = name
    return config


def get_package_config(
    project: Project, ref: str | None, pr_id: int | None, *, base_project: Project | None = None
) -> PackageConfig | None:
    """The package config at a ref of the base project, or of the project where there is no other.

    None where there is no such file; an invalid one is told to the owner of the project.
    """
    source = base_project or project
    spec_path = f"SPECS/{base_project.repo}.spec" if base_project is not None and base_project.on_pagure else None
    for name in FILE_NAMES:
        text = source.get_file_content(name, ref)
        if text is None:
            continue
        try:
            config = parse(name, text, source.repo, spec_path=spec_path)
            if config.specfile_path is None:
                config.specfile_path = _first_spec(source, ref)
            return config
        except ConfigError as error:
            _tell(project, pr_id, error)
            raise
    return None


def _first_spec(project: Project, ref: str | None) -> str:
    found = sorted(project.get_files(ref, ".spec"))
    if not found:
        raise ConfigError("Spec file was not found!")
    return found[0]


def _tell(project: Project, pr_id: int | None, error: ConfigError) -> None:
    body = f"Failed to load packit config file:\n```\n{error}\n```"
    if pr_id is not None:
        project.pr_comment(pr_id, body)
    elif not any(issue["title"] == "Invalid packit config" for issue in project.get_issue_list()):
        project.create_issue("[packit] Invalid config", body)
