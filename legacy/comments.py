"""What does a comment ask for?"""

from __future__ import annotations

from legacy.config import ServiceConfig
from legacy.events import (
    IssueCommentEvent,
    IssueCommentGitlabEvent,
    MergeRequestCommentGitlabEvent,
    PullRequestCommentGithubEvent,
    PullRequestCommentPagureEvent,
)
from legacy.handlers.abstract import HandlerResults, JobHandler
from legacy.handlers.copr import GitHubPullRequestCommentCoprBuildHandler
from legacy.handlers.downstream import GitHubIssueCommentProposeUpdateHandler
from legacy.handlers.pagure import PagurePullRequestCommentCoprBuildHandler
from legacy.handlers.testing_farm import GitHubPullRequestCommentTestingFarmHandler
from legacy.models import CoprBuild, PullRequest
from legacy.package_config import NO_CONFIG
from legacy.reporting import NOT_WHITELISTED
from legacy.selection import result_key, select_configs
from legacy.whitelist import check_and_report

MARK = "/packit"
# command -> its handler
COMMANDS: dict[str, type[JobHandler]] = {
    "build": GitHubPullRequestCommentCoprBuildHandler,
    "copr_build": GitHubPullRequestCommentCoprBuildHandler,
    "propose_update": GitHubIssueCommentProposeUpdateHandler,
    "test": GitHubPullRequestCommentTestingFarmHandler,
}

CommentEvent = (
    IssueCommentEvent
    | IssueCommentGitlabEvent
    | MergeRequestCommentGitlabEvent
    | PullRequestCommentGithubEvent
    | PullRequestCommentPagureEvent
)


class NoCommandError(Exception):
    """A comment asks for nothing; the message says why."""


def find_command(comment: str) -> str:
    """The command in a comment; whatever stands before it or after it is ignored.

    Raises:
        NoCommandError: there is none that is known.
    """
    comment = comment.strip()
    if not comment:
        raise NoCommandError("comment '' is empty.")
    # without the mark only the last character is left, which is not the mark either
    mark, *words = comment[comment.find(MARK) :].split(maxsplit=3)
    if mark != MARK:
        raise NoCommandError(f"comment '{comment}' is not handled by packit-service.")
    if not words:
        raise NoCommandError(f"comment '{comment}' does not contain a packit-service command.")
    command = words[0].replace("-", "_")
    if command not in COMMANDS:
        raise NoCommandError(f"comment '{comment}' does not contain a valid packit-service command.")
    return command


def select_handler(command: str, event: CommentEvent) -> type[JobHandler]:
    """The handler of a command. What was never built cannot be tested: it is built first."""
    if command == "test" and isinstance(event.db_trigger, PullRequest):
        command = "test" if CoprBuild.exists_for(event.db_trigger) else "build"
    handler = COMMANDS[command]
    if handler is GitHubPullRequestCommentCoprBuildHandler and isinstance(event, PullRequestCommentPagureEvent):
        return PagurePullRequestCommentCoprBuildHandler
    return handler


def process_comment(event: CommentEvent, config: ServiceConfig) -> dict[str, HandlerResults]:
    """Run the handler that a comment asks for, once for each of its jobs. No handler is asked whether it would."""
    try:
        kind = select_handler(find_command(event.comment), event)
    except NoCommandError as error:
        return _nothing_run(event, str(error))
    if not check_and_report(event, config):
        return _nothing_run(event, NOT_WHITELISTED)
    package_config = event.package_config
    if package_config is None:
        return _nothing_run(event, NO_CONFIG)
    results: dict[str, HandlerResults] = {}
    for job in select_configs(kind, event, package_config):
        handler = kind(config, job, event)
        results[result_key(job)] = handler.run_n_clean()
    return results


def _nothing_run(event: CommentEvent, message: str) -> dict[str, HandlerResults]:
    return {event.trigger.value: HandlerResults(True, {"msg": message})}
