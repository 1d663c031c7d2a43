"""What is a payload made of?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from shadow import selection
from shadow.aliases import DEFAULT_BRANCH
from shadow.dispatch.subject import Subject
from shadow.package_config import Job, PackageConfig
from shadow.payloads import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One handler is asked for, for one job."""

    subject: Subject
    change: Change
    config: PackageConfig
    place: int
    """Of the job among those of the config."""
    session: Session

    @property
    def event(self) -> Any:
        """Of one of the classes that the handler is for."""
        return self.subject.event

    @property
    def issue_id(self) -> int | None:
        """The issue that a comment stands on; None: it stands on a pull request."""
        return getattr(self.event, "issue_id", None)

    @property
    def job(self) -> Job:
        return self.config.jobs[self.place]

    def for_job(self) -> dict[str, Any]:
        """The fields that all payloads have which carry the package config."""
        return {"change": self.change, "config": self.config, "job": self.place}

    @property
    def is_built_elsewhere(self) -> bool:
        return selection.is_built_elsewhere(self.config.jobs, self.job)

    @property
    def is_on_branch(self) -> bool:
        """Whether it happened on the branch that the job is for."""
        return self.change.git_ref == (self.job.branch or DEFAULT_BRANCH)
