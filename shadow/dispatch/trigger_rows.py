"""Which row says what happened? It is made where there is none."""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.models import DbTrigger
from shadow import rows
from shadow.dispatch.subject import Subject
from shadow.events import (
    DistGitEvent,
    IssueCommentEvent,
    IssueCommentGitlabEvent,
    PushGitHubEvent,
    PushGitlabEvent,
    PushPagureEvent,
    ReleaseEvent,
    RepositoryEvent,
)
from shadow.payloads import TriggerRow


def get_or_create(subject: Subject, session: Session) -> TriggerRow | None:
    """The row of what happened; None where another service tells about something that no row knows."""
    event = subject.event
    if not isinstance(event, RepositoryEvent):
        return subject.row
    row = _row(event, subject, session)
    return TriggerRow(type=row.job_trigger, id=row.id)


def _row(event: RepositoryEvent, subject: Subject, session: Session) -> DbTrigger:
    repository = {"namespace": event.namespace, "repo_name": event.repo_name, "project_url": event.project_url}
    match event:
        case ReleaseEvent():
            return rows.release(session, tag_name=event.tag_name, commit_hash=subject.commit_sha, **repository)
        case PushGitHubEvent() | PushGitlabEvent() | PushPagureEvent() | DistGitEvent():
            return rows.branch(session, name=event.branch, **repository)
        case IssueCommentEvent() | IssueCommentGitlabEvent():
            return rows.issue(session, issue_id=event.issue_id, **repository)
        case _:
            return rows.pull_request(session, pr_id=event.pr_id, **repository)
