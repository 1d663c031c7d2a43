"""What do all events have in common, and what is looked up about them?"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar, TypeGuard

from legacy.clients import Project
from legacy.config import ServiceConfig
from legacy.models import DbTrigger
from legacy.package_config import PackageConfig, get_package_config
from legacy.triggers import Trigger

LAST_SECOND = 253402300799  # of the year 9999
FORKS = "https://git.centos.org/forks"


def in_time(value: Any) -> TypeGuard[int | float]:
    """Is it a number of seconds that a calendar holds?"""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LAST_SECOND


def moment(value: Any) -> datetime:
    """When it happened: seconds, or ISO text (UTC where it names no zone); now, where nothing readable is said."""
    if in_time(value):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            return datetime.now(UTC)
        return read if read.tzinfo is not None else read.replace(tzinfo=UTC)
    return datetime.now(UTC)


def _plain(value: Any) -> Any:
    """What JSON can hold: enums as their values, moments as seconds, sets in order."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return int(value.timestamp())
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, set):
        return sorted(value)
    return deepcopy(value)


class Event:
    # cached objects, which are not part of what happened
    held: ClassVar[frozenset[str]] = frozenset(
        {"_project", "_base_project", "_package_config", "_db_trigger", "build", "_build_model"}
    )

    def __init__(self, trigger: Trigger, created_at: Any = None) -> None:
        self.trigger = trigger
        self.created_at = moment(created_at)

    @property
    def project(self) -> Project | None:
        return None

    @property
    def package_config(self) -> PackageConfig | None:
        raise NotImplementedError

    def pre_check(self) -> bool:
        return True

    def get_dict(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in self.__dict__.items() if name not in self.held}


class ForgeEvent(Event):
    """Something about a repository; project, package config and trigger row are looked up when asked for."""

    user_login: str | None = None
    commit_sha: str = ""
    identifier: str = ""
    git_ref: str | None = None

    def __init__(
        self, trigger: Trigger, *, project_url: str | None, pr_id: int | None = None, created_at: Any = None
    ) -> None:
        super().__init__(trigger, created_at)
        self.project_url = project_url
        self._pr_id = pr_id
        self._project: Project | None = None
        self._base_project: Project | None = None
        self._package_config: PackageConfig | None = None
        self._db_trigger: DbTrigger | None = None

    @property
    def pr_id(self) -> int | None:
        return self._pr_id

    @property
    def project(self) -> Project | None:
        if self._project is None:
            url = self.project_url
            if not url and self.db_trigger is not None:
                url = self.db_trigger.project.project_url
            self._project = ServiceConfig.get().get_project(url) if url else None
        return self._project

    @property
    def base_project(self) -> Project | None:
        """Where the change comes from, if its package config is read there; None: it is read in the project."""
        if self._base_project is None:
            self._base_project = self._find_base_project()
        return self._base_project

    @property
    def package_config(self) -> PackageConfig | None:
        """The config at the event's commit; a missing one is looked for again at each access."""
        if self._package_config is None and self.project is not None:
            self._package_config = get_package_config(
                self.project, self.commit_sha, self.pr_id, base_project=self.base_project
            )
            if self._package_config is not None:
                self._package_config.upstream_project_url = self.project_url
        return self._package_config

    @property
    def db_trigger(self) -> DbTrigger | None:
        if self._db_trigger is None:
            self._db_trigger = self._find_trigger()
        return self._db_trigger

    def _find_base_project(self) -> Project | None:
        return None

    def _find_trigger(self) -> DbTrigger | None:
        raise NotImplementedError


class ResultEvent(ForgeEvent):
    """Another service tells what came of something that the rows know."""

    def _find_base_project(self) -> Project | None:
        """For a pull request on Pagure the fork of its author."""
        project = self.project
        if project is None or self.pr_id is None or not project.on_pagure:
            return project
        author = project.get_pr(self.pr_id).author
        return ServiceConfig.get().get_project(f"{FORKS}/{author}/{project.full_name}")


class IssueEvent(ForgeEvent):
    """A comment on an issue, which may ask for the newest release."""

    def __init__(self, *, project_url: str, issue_id: int) -> None:
        super().__init__(Trigger.issue_comment, project_url=project_url)
        self.issue_id = issue_id
        self._tag_name: str | None = None

    @property
    def tag_name(self) -> str:
        """The tag of the newest release, asked of the forge once; empty where there is no release."""
        if self._tag_name is None:
            releases = self.project.get_releases() if self.project is not None else []
            self._tag_name = releases[0] if releases else ""
        return self._tag_name
