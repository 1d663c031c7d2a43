"""What is a handler, and which jobs is it for?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from legacy.config import ServiceConfig
from legacy.events import Event
from legacy.package_config import JobConfig, JobType
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
