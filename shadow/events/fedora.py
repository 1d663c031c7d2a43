"""What happened at the distribution: in its repositories, in Copr, in Koji?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar

from shadow.events.common import RepositoryEvent
from shadow.wire import Payload


class FedmsgTopic(Enum):
    dist_git_push = "org.fedoraproject.prod.git.receive"
    copr_build_started = "org.fedoraproject.prod.copr.build.start"
    copr_build_finished = "org.fedoraproject.prod.copr.build.end"
    koji_state_change = "org.fedoraproject.prod.buildsys.task.state.change"


class KojiBuildState(Enum):
    free = "FREE"
    open = "OPEN"
    closed = "CLOSED"
    canceled = "CANCELED"
    assigned = "ASSIGNED"
    failed = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class DistGitEvent(RepositoryEvent):
    """A commit was pushed to the repository of a package."""

    kind: ClassVar[str] = "commit"

    branch: Any

    @property
    def identifier(self) -> Any:
        return self.branch

    @property
    def git_ref(self) -> Any:
        return self.commit_sha


@dataclass(frozen=True, slots=True, kw_only=True)
class CoprBuildEvent(Payload):
    """Copr began or ended the build of one chroot; what was built, our rows say."""

    topic: FedmsgTopic
    build_id: Any
    chroot: Any
    status: Any
    owner: Any
    project_name: Any
    timestamp: Any

    @property
    def kind(self) -> str:
        return "copr_end" if self.topic is FedmsgTopic.copr_build_finished else "copr_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class KojiBuildEvent(Payload):
    """The state of a build in Koji changed; what was built, our rows say."""

    kind: ClassVar[str] = "koji_results"

    build_id: Any
    state: KojiBuildState
    old_state: KojiBuildState | None
    start_time: Any
    completion_time: Any
    rpm_build_task_id: Any
