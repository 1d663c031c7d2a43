"""What each service does about a message that was shipped for that case, and what it says of it."""

from __future__ import annotations

import json
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from sqlalchemy.orm import Session

from legacy.database import engine
from legacy.standin import state
from shadow.dispatch import dispatch
from shadow.migration import migration
from shadow.outbox import Outbox
from shadow.package_config import Job, JobTrigger, JobType, PackageConfig
from shadow.payloads import Change, ProposeUpdateComment
from shadow.reporting import PAGURE_URL, PERMISSIONS_ERROR
from shadow.services.downstream import propose_update_comment
from shadow.views import event_arguments
from shadow.wire import Payload

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"
HANDLERS = {handler.split: handler for handler in migration.handlers}


def files(pattern: str) -> list[Path]:
    return sorted(MESSAGES.glob(f"{pattern}.json"))


def served(world: Any, pattern: str) -> list[tuple[str, dict[str, Any]]]:
    """What the services return that the first message of that name asks for: handler and result."""
    return served_message(world, files(pattern)[0])


def served_message(world: Any, file: Path) -> list[tuple[str, dict[str, Any]]]:
    message = json.loads(file.read_text())
    world.prepare(message)
    with Session(engine) as session:
        arguments = {"topic": None, "source": None, **event_arguments(message)}
        found = dispatch(arguments.pop("event"), session=session, **arguments)
        assert found is not None
        outcomes = [(HANDLERS[payload.task].name, serve(payload, session)) for payload in found.payloads]
        session.commit()
    return outcomes


def serve(payload: Payload, session: Session) -> dict[str, Any]:
    handler = HANDLERS[payload.task]
    doors = {"session": session, "outbox": Outbox()}
    result: dict[str, Any] = resolve_name(handler.implementation)(
        payload, **{name: door for name, door in doors.items() if name in handler.doors}
    )
    return result


@pytest.mark.parametrize(
    ("pattern", "handler", "success", "says"),
    [
        ("dist_git-*-synced", "distgit_commit", True, "Proposed upstream: https://"),
        ("dist_git-*-no-url", "distgit_commit", False, "URL in the spec file is not set."),
        ("release-*-propose-fails*", "propose_downstream", False, "Propose downstream failed."),
        ("issue_comment-*-no-release", "propose_update_comment", False, "There is no release to propose yet."),
        ("issue_comment-*-propose-fails", "propose_update_comment", False, "Propose update failed."),
        ("issue_comment-*-reader", "propose_update_comment", True, PERMISSIONS_ERROR),
        ("pr_comment_build-*-reader", "pr_comment_copr_build", True, PERMISSIONS_ERROR),
        ("pr_comment_test-???-reader", "testing_farm_comment", True, PERMISSIONS_ERROR),
        ("pull_request-*-koji-kerberos", "pr_koji_build", False, "Kerberos authentication error: "),
        ("pull_request-*-koji-odd", "pr_koji_build", False, "Koji build submit was not successful."),
        ("pull_request-*koji-unsupported", "pr_koji_build", False, "Koji build submit was not successful."),
        ("koji-*-pulled-open", "koji_build_report", True, "Koji build "),
        ("pagure_label-*-other-label", "pagure_pr_label", True, "No accepted label."),
        ("copr_start-*-no-row", "copr_build_start", False, "Copr build "),
        ("copr_end-*-failed", "copr_build_end", False, "RPMs failed to be built."),
    ],
)
def test_what_a_service_says(pattern: str, handler: str, success: bool, says: str, world: Any) -> None:
    outcomes = (outcome for file in files(pattern) for outcome in served_message(world, file))
    found = [result for name, result in outcomes if name == handler]
    said = [result["details"].get("msg", "") for result in found if result["success"] is success]
    assert [msg for msg in said if msg.startswith(says)]


@pytest.mark.parametrize("pattern", ["issue_comment-*-reader", "pr_comment_build-*-reader"])
def test_who_may_not_ask_is_told_where_the_comment_stands(pattern: str, world: Any) -> None:
    served(world, pattern)
    (comments,) = state.current.comments.values()
    assert PERMISSIONS_ERROR in [comment["body"] for comment in comments]
    assert not state.current.statuses


def test_a_release_that_was_proposed_closes_the_issue(world: Any) -> None:
    served(world, "issue_comment-*-proposed")
    assert state.current.closed
    assert state.current.proposals


def test_a_release_that_was_not_proposed_everywhere_leaves_it_open(world: Any) -> None:
    served(world, "issue_comment-*-propose-half")
    assert not state.current.closed
    assert state.current.proposals


def test_what_could_not_be_proposed_is_one_issue(world: Any) -> None:
    outcomes = served(world, "release-*-propose-fails*")
    (result,) = [found for name, found in outcomes if name == "propose_downstream"]
    ((issue,),) = state.current.issues.values()
    assert issue["title"].startswith("[packit] Propose update failed for release ")
    head, line, *rows = issue["body"].splitlines()
    assert (head, line) == ("| dist-git branch | error |", "| --- | --- |")
    assert rows == [f"| {branch} | {error} |" for branch, error in sorted(result["details"]["errors"].items())]


def test_an_accepted_pull_request_has_one_bug_and_its_patch_each_time(world: Any) -> None:
    served(world, "pagure_label-*-new-bug")
    assert (len(state.current.bugs), len(state.current.patches)) == (1, 1)
    served(world, "pagure_label-*-known-bug")
    assert (len(state.current.bugs), len(state.current.patches)) == (0, 1)


def test_on_pagure_a_pull_request_gets_flags_unless_it_moved_on(world: Any) -> None:
    seen = set()
    for file in files("pagure_pull_request-*-built"):
        served_message(world, file)
        checks = [(status["context"], status["target_url"]) for status in state.current.statuses]
        flags = [(flag["username"], flag["url"]) for flag in state.current.flags]
        assert PAGURE_URL in {url for _, url in checks}
        assert flags in ([], checks)
        seen.add(bool(flags))
    assert seen == {True, False}


def test_on_github_it_does_not(world: Any) -> None:
    served(world, "pull_request-*-built-build-and-tests")
    assert state.current.statuses
    assert not state.current.flags


def test_errors_are_said_for_each_target(world: Any) -> None:
    outcomes = served(world, "pull_request-*koji-unsupported")
    (errors,) = [found["details"]["errors"] for name, found in outcomes if name == "pr_koji_build"]
    assert errors["f30"] == "Target not supported: f30"


def test_without_a_ticket_no_target_is_tried(world: Any) -> None:
    outcomes = served(world, "pull_request-*-koji-kerberos")
    assert [found["details"]["errors"] for name, found in outcomes if name == "pr_koji_build"] == [{}]
    assert not state.current.koji_tasks


@pytest.mark.parametrize("login", ["service-admin", "stranger"])
def test_proposing_from_a_pull_request_has_never_worked(login: str, world: Any) -> None:
    world.prepare({})
    change = Change(
        project_url="https://github.com/amber/x",
        commit_sha="c" * 40,
        identifier="3",
        git_ref=None,
        pr_id=3,
        trigger=None,
        starts={JobTrigger.pull_request},
    )
    job = Job(type=JobType.propose_downstream, trigger=JobTrigger.pull_request)
    payload = ProposeUpdateComment(
        change=change, config=PackageConfig(jobs=[job]), job=0, issue_id=None, user_login=login
    )
    if login == "stranger":
        assert propose_update_comment(payload)["details"]["msg"] == PERMISSIONS_ERROR
        assert list(state.current.comments) == ["amber/x#3"]
    else:
        with pytest.raises(AttributeError, match="pull request"):
            propose_update_comment(payload)
        assert not state.current.proposals
