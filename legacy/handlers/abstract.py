"""What is a handler, and which jobs is it for?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from legacy.aliases import DEFAULT_BRANCH
from legacy.config import ServiceConfig
from legacy.events import Event
from legacy.package_config import JobConfig, JobType
from legacy.reporting import PERMISSIONS_ERROR
from legacy.triggers import Trigger


class HandlerResults(dict[str, Any]):
    """Did it work, and what is there to say about it?"""

    def __init__(self, success: bool, details: dict[str, Any] | None = None) -> None:
        super().__init__(success=success, details=details or {})


class JobHandler:
    """One handler at work on one event, for one job of the package config (None: for no job)."""

    triggers: ClassVar[tuple[Trigger, ...]] = ()
    topic: ClassVar[str | None] = None

    def __init__(self, config: ServiceConfig, job_config: JobConfig | None, event: Event) -> None:
        self.config = config
        self.job_config = job_config
        self.event: Any = event

    def pre_check(self) -> bool:
        return True

    def may_act(self) -> bool:
        """Whether who caused the event is an admin of the service, or may merge in the project."""
        login = self.event.user_login
        return login in self.config.admins or self.event.project.can_merge_pr(login)

    def answer(self, text: str) -> None:
        """Say something where the comment stands that the event is about: on an issue, or on a pull request."""
        event = self.event
        if event.trigger is Trigger.issue_comment:
            event.project.issue_comment(event.issue_id, text)
        else:
            event.project.pr_comment(event.pr_id, text)

    def refuse(self) -> HandlerResults:
        """Tell who commented that they may not."""
        self.answer(PERMISSIONS_ERROR)
        return HandlerResults(True, {"msg": PERMISSIONS_ERROR})

    def is_on_branch(self) -> bool:
        """Whether the event is about the branch that the job is for."""
        job = self.job_config
        return bool(self.event.git_ref == ((job.metadata.branch if job else None) or DEFAULT_BRANCH))

    def run(self) -> HandlerResults:
        raise NotImplementedError

    def run_n_clean(self) -> HandlerResults:
        try:
            return self.run()
        finally:
            self.clean()

    def clean(self) -> None:
        """The sandbox has no work directory of ours to clean."""


# job type -> the handlers that do it / that are run for it even where their own job is not configured
USED_FOR: defaultdict[JobType, set[type[JobHandler]]] = defaultdict(set)
REQUIRED_BY: defaultdict[JobType, set[type[JobHandler]]] = defaultdict(set)

H = TypeVar("H", bound=type[JobHandler])


def use_for(*types: JobType) -> Callable[[H], H]:
    def register(handler: H) -> H:
        for kind in types:
            USED_FOR[kind].add(handler)
        return handler

    return register


def required_by(*types: JobType) -> Callable[[H], H]:
    def register(handler: H) -> H:
        for kind in types:
            REQUIRED_BY[kind].add(handler)
        return handler

    return register
