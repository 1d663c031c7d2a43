"""What happened, and which jobs can it start?"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from legacy.models import DbTrigger, TriggerType
from legacy.package_config import JobConfig, JobTrigger

if TYPE_CHECKING:
    from legacy.events import ForgeEvent


class Trigger(Enum):
    release = "release"
    pull_request = "pull_request"
    push = "push"
    commit = "commit"
    installation = "installation"
    testing_farm_results = "testing_farm_results"
    koji_results = "koji_results"
    pr_comment = "pr_comment"
    pr_label = "pr_label"
    issue_comment = "issue_comment"
    copr_start = "copr_start"
    copr_end = "copr_end"


CONFIG_TRIGGERS: dict[Trigger, JobTrigger] = {
    Trigger.commit: JobTrigger.commit,
    Trigger.push: JobTrigger.commit,
    Trigger.release: JobTrigger.release,
    Trigger.pull_request: JobTrigger.pull_request,
    Trigger.pr_comment: JobTrigger.pull_request,
    Trigger.copr_start: JobTrigger.pull_request,
    Trigger.copr_end: JobTrigger.pull_request,
    Trigger.testing_farm_results: JobTrigger.pull_request,
    Trigger.issue_comment: JobTrigger.release,
}
ROW_TRIGGERS: dict[TriggerType, JobTrigger] = {
    TriggerType.pull_request: JobTrigger.pull_request,
    TriggerType.branch_push: JobTrigger.commit,
    TriggerType.release: JobTrigger.release,
    TriggerType.issue: JobTrigger.release,  # what is asked for on an issue is a release
}


def _row_trigger(row: DbTrigger | None) -> JobTrigger | None:
    return ROW_TRIGGERS[row.job_trigger] if row is not None else None


def can_be_triggered(job: JobConfig, event: ForgeEvent) -> bool:
    """A job can start by what its row says started it, or by the kind of the event.

    A Copr result of a push build therefore matches jobs on commits and jobs on pull requests.
    Asking for the row creates it where there is none.
    """
    by_row = _row_trigger(event.db_trigger)
    return job.trigger in (by_row, CONFIG_TRIGGERS.get(event.trigger))
