"""What does a comment start?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.models import TriggerType
from shadow import rows, selection, whitelist
from shadow.comments import Command, read
from shadow.config import service_config
from shadow.dispatch import trigger_rows
from shadow.dispatch.dispatched import NO_CONFIG, Dispatched, told
from shadow.dispatch.makers import start
from shadow.dispatch.refusal import answer
from shadow.dispatch.subject import Subject, change_of, find_config, with_commit
from shadow.events import CommentEvent, PullRequestCommentPagureEvent
from shadow.reporting import NOT_WHITELISTED

HANDLERS = {
    Command.build: "pr_comment_copr_build",
    Command.copr_build: "pr_comment_copr_build",
    Command.propose_update: "propose_update_comment",
    Command.test: "testing_farm_comment",
}


def for_command(subject: Subject, event: CommentEvent, session: Session) -> Dispatched:
    """Start the handler of the command for each of its jobs; where there is no command, say so in the summary."""
    command = read(event.comment)
    if isinstance(command, str) or subject.project is None:
        return told(subject, str(command))
    if command is Command.test and _was_never_built(subject, session):
        command = Command.build
    if not whitelist.may_use(session, service_config(), event):
        answer(event, subject.project)
        return told(subject, NOT_WHITELISTED)
    subject = with_commit(subject)
    config = find_config(subject)
    if config is None or subject.project is None:
        return told(subject, NO_CONFIG)
    if not config.jobs:
        return Dispatched(event=subject.about())
    change = change_of(subject, subject.project, trigger_rows.get_or_create(subject, session))
    handler = selection.HANDLERS[_handler(command, event)]
    chosen = [(handler, selection.places(handler, config.jobs, change.starts))]
    return start(chosen, subject=subject, change=change, config=config, session=session)


def _was_never_built(subject: Subject, session: Session) -> bool:
    """What was never built cannot be tested."""
    row = trigger_rows.get_or_create(subject, session)
    return row is not None and row.type is TriggerType.pull_request and not rows.was_built(session, row)


def _handler(command: Command, event: CommentEvent) -> str:
    """On Pagure another handler builds."""
    name = HANDLERS[command]
    is_build = name == "pr_comment_copr_build"
    return "pagure_pr_comment_copr_build" if is_build and isinstance(event, PullRequestCommentPagureEvent) else name
