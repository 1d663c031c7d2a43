"""Which change is something done about, and for which job?"""

from __future__ import annotations

from dataclasses import dataclass

from legacy.models import TriggerType
from shadow.package_config import JobTrigger, PackageConfig
from shadow.payloads.ways import Serialized
from shadow.wire import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRow(Payload):
    """Which row says what started it? Of a table by the type, with that id."""

    type: TriggerType
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow(Payload):
    """Which row, of a kind that the message names? The name is not looked up before it was found on a list."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Payload):
    """Which commit is built or tested, and for which jobs?"""

    project_url: str
    commit_sha: str
    identifier: str
    """What names it in the project: the pull request's number, the branch, the tag or the issue's number."""
    git_ref: str | None
    """None: the pull request is checked out."""
    pr_id: int | None
    trigger: TriggerRow | None
    starts: set[JobTrigger]
    """Jobs with one of these triggers can be started by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForJob(Serialized):
    """Which change is something done about, and for which job of the package config?"""

    change: Change
    config: PackageConfig
    job: int
    """Its place among the jobs of the config."""
