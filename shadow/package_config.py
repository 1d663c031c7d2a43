"""What does the user want done, by the file in the repository?"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import Any

import yaml

from legacy.clients import Project
from shadow.wire import Payload

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Payload):
    """One job of the file, with its metadata."""

    type: JobType
    trigger: JobTrigger
    targets: set[str] = field(default_factory=set)
    timeout: Any = 7200
    owner: Any = None
    project: Any = None
    dist_git_branches: set[str] = field(default_factory=set)
    branch: Any = None
    scratch: Any = False
    list_on_homepage: Any = False
    preserve_project: Any = False
    additional_packages: Any = field(default_factory=list)
    additional_repos: Any = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageConfig(Payload):
    """The whole file: what holds for all jobs, and the jobs."""

    jobs: list[Job]
    congratulate: bool = True
    """Whether a build that ended well may be told to the pull request."""
    config_file_path: Any = None
    specfile_path: Any = None
    synced_files: Any = field(default_factory=list)
    dist_git_namespace: Any = "rpms"
    upstream_project_url: Any = None
    upstream_package_name: Any = None
    downstream_project_url: Any = None
    downstream_package_name: Any = None
    dist_git_base_url: Any = "https://src.fedoraproject.org/"
    create_tarball_command: Any = None
    current_version_command: Any = None
    actions: Any = field(default_factory=dict)
    upstream_ref: Any = None
    allowed_gpg_keys: Any = None
    create_pr: Any = True
    spec_source_id: Any = "Source0"
    upstream_tag_template: Any = "{version}"
    patch_generation_ignore_paths: Any = field(default_factory=list)

    def for_library(self) -> dict[str, Any]:
        """Show what the packaging library is given: all but the jobs and what only this service reads."""
        dumped = self.to_wire()
        return {name: value for name, value in dumped.items() if name not in ("jobs", "congratulate")}


COMMON = frozenset(item.name for item in fields(PackageConfig)) - {"jobs", "congratulate"}
METADATA = frozenset(item.name for item in fields(Job)) - {"type", "trigger"}
RENAMED = {"dist-git-branch": "dist_git_branches", "dist_git_branch": "dist_git_branches"}
SETS = frozenset({"targets", "dist_git_branches"})
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


def _metadata(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise ConfigError(f"Expected the metadata of a job to be a mapping, found {raw!r}.")
    values = {}
    for key, value in raw.items():
        name = RENAMED.get(key, key)
        if name not in METADATA:
            raise ConfigError(f"Unknown metadata {key!r} of a job.")
        values[name] = _set_of(value) if name in SETS else value
    return values


def _congratulate(raw: dict[str, Any]) -> bool:
    pull_request = (raw.get("notifications") or {}).get("pull_request") or {}
    return bool(pull_request.get("successful_build", True))


def _common(raw: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in raw.items() if name in COMMON}
    source = values.get("spec_source_id")
    if isinstance(source, int):
        values["spec_source_id"] = f"Source {source}"
    return values


def _job(raw: Any, top: dict[str, Any]) -> Job:
    if not isinstance(raw, dict) or "job" not in raw or "trigger" not in raw:
        raise ConfigError(f"A job needs `job` and `trigger`, found {raw!r}.")
    try:
        kind, trigger = JobType(raw["job"]), JobTrigger(raw["trigger"])
    except ValueError as error:
        raise ConfigError(str(error)) from error
    _congratulate({**top, **raw})  # has to be readable in a job too, though only the one at the top is asked for
    return Job(type=kind, trigger=trigger, **_metadata(raw.get("metadata") or {}))


def load(raw: Any) -> PackageConfig:
    """Make a package config of what the file says, and of nothing else.

    Raises:
        ConfigError: it cannot be used.
    """
    if not isinstance(raw, dict):
        raise ConfigError("A package config is a mapping.")
    jobs = raw.get("jobs", DEFAULT_JOBS)
    if not isinstance(jobs, list):
        raise ConfigError(f"Expected a list of jobs, found {jobs!r}.")
    return PackageConfig(jobs=[_job(job, raw) for job in jobs], congratulate=_congratulate(raw), **_common(raw))


def parse(name: str, text: str) -> PackageConfig:
    """Make a package config of the text of a file of that name."""
    try:
        raw = json.loads(text) if name.endswith(".json") else yaml.load(text, LOADER)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"Cannot read {name}: {error}") from error
    return load(raw)


def find(project: Project, ref: str | None, pr_id: int | None, *, base: Project | None = None) -> PackageConfig | None:
    """The package config of a project at a ref, None where it has none; an invalid one is told to its owner.

    It is looked for in `base`, where that is given: for pull requests on Pagure in the author's fork.
    """
    place = base or project
    for name in FILE_NAMES:
        text = place.get_file_content(name, ref)
        if text is None:
            continue
        try:
            config = parse(name, text)
            spec = _said_or_usual(config, base) or _first_spec(place, ref)
        except ConfigError as error:
            _tell(project, pr_id, error)
            raise
        return replace(
            config,
            config_file_path=name,
            specfile_path=spec,
            upstream_project_url=project.url,
            upstream_package_name=config.upstream_package_name or place.repo,
            downstream_package_name=config.downstream_package_name or place.repo,
        )
    return None


def _said_or_usual(config: PackageConfig, base: Project | None) -> Any:
    """The path of the spec file as the file says, or where it has to be."""
    if config.specfile_path:
        return config.specfile_path
    if base is not None and base.on_pagure:
        return f"SPECS/{base.repo}.spec"
    return f"{config.downstream_package_name}.spec" if config.downstream_package_name else None


def _first_spec(place: Project, ref: str | None) -> str:
    found = sorted(place.get_files(ref, ".spec"))
    if not found:
        raise ConfigError("Spec file was not found!")
    return found[0]


def _tell(project: Project, pr_id: int | None, error: ConfigError) -> None:
    body = f"Failed to load packit config file:\n```\n{error}\n```"
    if pr_id is not None:
        project.pr_comment(pr_id, body)
    elif not any(issue["title"] == "Invalid packit config" for issue in project.get_issue_list()):
        project.create_issue("[packit] Invalid config", body)
