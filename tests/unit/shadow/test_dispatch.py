"""Which tasks does a message need, and who is told when it gets none?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from legacy import database
from legacy.models import GitBranch, GitProject, ProjectIssue, ProjectRelease, PullRequest, Whitelist
from legacy.standin import facts, state
from shadow import rows
from shadow.dispatch import CENTOS, Dispatched, dispatch
from shadow.dispatch.asked import Asked
from shadow.dispatch.makers import MAKERS
from shadow.dispatch.subject import change_of, look_up
from shadow.events import CommentEvent
from shadow.package_config import ConfigError, Job, JobTrigger, JobType, PackageConfig
from shadow.parser import parse
from shadow.payloads import (
    CoprBuildEnd,
    CoprBuildStart,
    DistGitCommit,
    Installation,
    KojiBuildReport,
    PagurePullRequestCommentCoprBuild,
    PagurePullRequestLabel,
    ProposeDownstream,
    ProposeUpdateComment,
    PullRequestCommentCoprBuild,
    PullRequestCoprBuild,
    PushCoprBuild,
    TestingFarmComment,
    TestingFarmResults,
    TriggerRow,
)
from shadow.reporting import FAQ_URL, NOT_WHITELISTED
from shadow.selection import HANDLERS
from shadow.services.downstream import propose_update_comment
from tests.unit.legacy import bodies

DISTRIBUTION = "https://src.fedoraproject.org"


@pytest.fixture
def session(world: Any) -> Iterator[Session]:
    """A world that knows only that the space of all repositories here is approved."""
    world.prepare({})
    with Session(database.engine) as session:
        for table in reversed(database.Base.metadata.sorted_tables):
            session.execute(table.delete())
        session.add(Whitelist(account_name="space", status="approved_manually"))
        session.flush()
        yield session


def full_name(variant: str, suits: Callable[[str], object] = bool) -> str:
    """A repository that is public and has that package config."""
    names = (f"space/repo{number}-{variant}" for number in range(2000))
    return next(name for name in names if not facts.is_private(name) and suits(name))


def on_github(variant: str, suits: Callable[[str], object] = bool) -> dict[str, Any]:
    return {**bodies.GITHUB, "html_url": f"https://github.com/{full_name(variant, suits)}"}


def started(session: Session, message: Any, **how: Any) -> Dispatched:
    found = dispatch(message, topic=None, source=how.get("source"), session=session)
    assert found is not None
    return found


def kinds(found: Dispatched) -> list[str]:
    return [type(payload).__name__ for payload in found.payloads]


def there_is(session: Session, model: Any) -> bool:
    return session.scalars(select(model)).first() is not None


def test_there_is_a_maker_for_each_handler() -> None:
    assert MAKERS.keys() == HANDLERS.keys()


# --- what the jobs of the package config ask for --------------------------------------------------------------------


def test_handlers_start_in_the_order_of_their_names_in_legacy(session: Session) -> None:
    repository = on_github("everything", lambda name: facts.tag_known(name, "1.2"))
    found = started(session, bodies.release(repository=repository))
    assert kinds(found) == ["ProposeDownstream", "ReleaseCoprBuild", "ReleaseKojiBuild"]
    assert found.started == ["propose_downstream", "copr_build", "production_build"]


def test_a_release_has_the_commit_of_its_tag(session: Session) -> None:
    repository = on_github("release-only", lambda name: facts.tag_known(name, "1.2"))
    found = started(session, bodies.release(repository=repository))
    (payload,) = found.payloads
    assert isinstance(payload, ProposeDownstream)
    assert payload.tag_name == payload.change.git_ref == payload.change.identifier == "1.2"
    (row,) = session.scalars(select(ProjectRelease))
    assert row.commit_hash == payload.change.commit_sha == found.event["commit_sha"]


def test_a_push_is_built_for_the_jobs_of_its_branch(session: Session) -> None:
    repository = on_github("commit-only")
    (payload,) = started(session, bodies.push(ref="refs/heads/master", repository=repository)).payloads
    assert isinstance(payload, PushCoprBuild)
    elsewhere = started(session, bodies.push(ref="refs/heads/topic", repository=repository))
    assert (elsewhere.payloads, elsewhere.told) == ([], {})
    assert {row.name for row in session.scalars(select(GitBranch))} == {"master", "topic"}


def test_a_commit_in_dist_git_is_brought_upstream_and_not_built(session: Session) -> None:
    name = full_name("everything")
    commit = {"namespace": "space", "repo": name.split("/")[1], "branch": "master", "rev": "a" * 40}
    (payload,) = started(session, bodies.dist_git(msg={"commit": commit})).payloads
    assert isinstance(payload, DistGitCommit)
    assert (payload.project_url, payload.branch) == (f"{DISTRIBUTION}/{name}", "master")


def test_each_job_of_a_type_gets_a_payload(session: Session) -> None:
    found = started(session, bodies.pull_request(repository=on_github("two-builds")))
    assert kinds(found) == ["PullRequestCoprBuild", "PullRequestCoprBuild"]
    assert [payload.job for payload in found.payloads] == [0, 1]  # type: ignore[attr-defined]  # both have one


def test_tests_are_not_built_for_where_some_job_builds(session: Session) -> None:
    found = started(session, bodies.pull_request(repository=on_github("commit-and-tests")))
    assert (found.payloads, found.told) == ([], {})


@pytest.mark.parametrize(("body", "needs"), [(bodies.pull_request, True), (bodies.merge_request, True)])
def test_who_has_to_be_allowed_to_merge(session: Session, body: Any, needs: bool) -> None:
    message = body(repository=on_github("build-only"))
    url = f"https://gitlab.com/{full_name('build-only')}"
    if "object_attributes" in message:
        message = bodies.changed(message, "object_attributes.target", {**bodies.GITLAB, "web_url": url})
    (payload,) = started(session, message).payloads
    assert isinstance(payload, PullRequestCoprBuild)
    assert payload.needs_permission is needs


def pagure(variant: str, message: dict[str, Any], key: str = "pullrequest") -> dict[str, Any]:
    space, repo = full_name(variant).split("/")
    there = {"namespace": space, "name": repo, "url_path": f"{space}/{repo}", "user": {"name": "owner"}}
    fork = {"namespace": space, "name": repo, "user": {"name": "author"}}
    return {**message, key: {**message[key], "project": there, "repo_from": fork}}


def test_the_config_of_a_change_on_pagure_is_the_forks(session: Session) -> None:
    (payload,) = started(session, pagure("build-only", bodies.pagure_pull_request()), source=CENTOS).payloads
    assert isinstance(payload, PullRequestCoprBuild)
    assert not payload.needs_permission
    assert payload.config.upstream_project_url == payload.change.project_url
    assert "/forks/" not in payload.change.project_url


# --- what needs no package config -----------------------------------------------------------------------------------


def test_an_installation(session: Session) -> None:
    found = started(session, bodies.installation())
    (payload,) = found.payloads
    assert isinstance(payload, Installation)
    assert found.summary() == {
        "event": {"trigger": "installation", "account_login": "space"},
        "started": ["add_to_whitelist"],
        "told": {},
    }


def test_a_label_makes_no_row(session: Session) -> None:
    message = pagure("missing", bodies.pagure_label(), "pull_request")
    found = started(session, message, source=CENTOS)
    (payload,) = found.payloads
    assert isinstance(payload, PagurePullRequestLabel)
    assert payload.labels == {"accepted", "b"}
    assert payload.base_repo_owner == "owner"
    assert not there_is(session, PullRequest)


# --- comments -------------------------------------------------------------------------------------------------------


def test_a_command_on_a_pull_request(session: Session) -> None:
    repository = on_github("build-only")
    found = started(session, bodies.pull_request_comment(repository=repository))
    (payload,) = found.payloads
    assert isinstance(payload, PullRequestCommentCoprBuild)
    assert payload.issue_id is None
    assert payload.change.commit_sha == found.event["commit_sha"] != ""


def test_what_was_never_built_is_built_before_it_is_tested(session: Session) -> None:
    message = bodies.pull_request_comment("/packit test", repository=on_github("build-and-tests"))
    (payload,) = started(session, message).payloads
    assert isinstance(payload, PullRequestCommentCoprBuild)
    (row,) = session.scalars(select(PullRequest))
    rows.submitted(
        session,
        build_id=44,
        target="fedora-32-x86_64",
        commit_sha="c",
        owner="packit",
        project_name="a",
        web_url="",
        srpm=rows.srpm_build(session, logs="", success=True),
        trigger=TriggerRow(type=row.job_trigger, id=row.id),
    )
    (payload,) = started(session, message).payloads
    assert isinstance(payload, TestingFarmComment)


def test_a_command_on_an_issue_is_for_releases(session: Session) -> None:
    space, repo = full_name("release-only").split("/")
    url = f"https://gitlab.com/{space}/{repo}"
    message = bodies.gitlab_issue_comment(project={"path_with_namespace": f"{space}/{repo}", "web_url": url})
    found = started(session, message)
    (payload,) = found.payloads
    assert isinstance(payload, ProposeUpdateComment)
    assert (payload.issue_id, payload.change.commit_sha, payload.change.pr_id) == (1, "", None)
    assert there_is(session, ProjectIssue)


def test_a_release_cannot_be_asked_for_on_a_pull_request(session: Session) -> None:
    """The command is not tied to what it stands on; the handler fails, as it does in legacy."""
    event = parse(bodies.changed(bodies.pull_request_comment(), "comment.user.login", "service-admin"))
    assert isinstance(event, CommentEvent)
    subject = look_up(event, session)
    assert subject is not None
    assert subject.project is not None
    config = PackageConfig(jobs=[Job(type=JobType.propose_downstream, trigger=JobTrigger.pull_request)])
    change = change_of(subject, subject.project, None)
    payload = MAKERS["propose_update_comment"](
        Asked(subject=subject, change=change, config=config, place=0, session=session)
    )
    assert isinstance(payload, ProposeUpdateComment)
    assert payload.issue_id is None
    with pytest.raises(AttributeError, match="ask for it on an issue"):
        propose_update_comment(payload)


def test_another_handler_builds_on_pagure(session: Session) -> None:
    (payload,) = started(session, pagure("build-only", bodies.pagure_comment()), source=CENTOS).payloads
    assert isinstance(payload, PagurePullRequestCommentCoprBuild)


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        (" ", "comment '' is empty."),
        ("Nice.", "comment 'Nice.' is not handled by packit-service."),
        ("/packit fly", "comment '/packit fly' does not contain a valid packit-service command."),
    ],
)
def test_a_comment_that_is_no_command_asks_nobody(session: Session, comment: str, text: str) -> None:
    found = started(session, bodies.pull_request_comment(comment, repository=on_github("build-only")))
    assert found.told == {"pr_comment": text}
    assert found.event["commit_sha"] is None
    assert not there_is(session, GitProject)


def test_a_comment_of_somebody_who_is_not_whitelisted_is_answered(session: Session) -> None:
    session.query(Whitelist).delete()
    found = started(session, bodies.issue_comment(repository=on_github("release-only")))
    assert found.told == {"issue_comment": NOT_WHITELISTED}
    ((comment,),) = state.current.comments.values()
    assert comment["body"] == "Neither account somebody nor owner space are on our whitelist!"
    assert not there_is(session, ProjectIssue)


# --- who gets none --------------------------------------------------------------------------------------------------


def test_checks_tell_who_is_not_whitelisted(session: Session) -> None:
    session.query(Whitelist).delete()
    repository = on_github("build-only", lambda name: facts.failing_statuses(name) is None)
    found = started(session, bodies.pull_request(repository=repository))
    assert (found.payloads, found.told) == ([], {"copr_build": NOT_WHITELISTED})
    assert [(status["state"], status["target_url"]) for status in state.current.statuses] == [("error", FAQ_URL)]


def test_nobody_is_told_of_a_push(session: Session) -> None:
    session.query(Whitelist).delete()
    found = started(session, bodies.push(ref="refs/heads/master", repository=on_github("commit-only")))
    assert found.told == {"copr_build": NOT_WHITELISTED}
    assert state.current.statuses == []


def test_admins_need_no_list(session: Session) -> None:
    session.query(Whitelist).delete()
    message = bodies.changed(bodies.pull_request(), "pull_request.user.login", "service-admin")
    assert kinds(started(session, {**message, "repository": on_github("build-only")})) == ["PullRequestCoprBuild"]


def test_without_a_package_config_nothing_is_remembered(session: Session) -> None:
    found = started(session, bodies.pull_request(repository=on_github("missing")))
    assert found.told == {"pull_request": "No packit config in repo"}
    assert not there_is(session, GitProject)


def test_an_invalid_package_config_is_told(session: Session) -> None:
    with pytest.raises(ConfigError, match="launch_rocket"):
        started(session, bodies.pull_request(repository=on_github("unknown-job")))
    ((comment,),) = state.current.comments.values()
    assert comment["body"].startswith("Failed to load packit config file:\n```\n")
    assert not there_is(session, GitProject)


def test_private_repositories_are_left_alone(session: Session) -> None:
    name = next(name for name in (f"space/repo{n}-build-only" for n in range(2000)) if facts.is_private(name))
    repository = {**bodies.GITHUB, "html_url": f"https://github.com/{name}"}
    assert dispatch(bodies.pull_request(repository=repository), topic=None, source=None, session=session) is None


@pytest.mark.parametrize("message", [None, [], {}, {"zen": "Keep it."}, bodies.pull_request(action="closed")])
def test_what_is_nothing_for_us(session: Session, message: Any) -> None:
    assert dispatch(message, topic=None, source=None, session=session) is None


def test_topics_that_nobody_handles_are_not_parsed(session: Session) -> None:
    message = bodies.installation()
    assert dispatch(message, topic="org.example.unknown", source=None, session=session) is None
    assert dispatch(message, topic=None, source=CENTOS, session=session) is None


# --- what other services tell ---------------------------------------------------------------------------------------


def push_row(session: Session, variant: str) -> TriggerRow:
    space, repo = full_name(variant).split("/")
    url = f"https://github.com/{space}/{repo}"
    row = rows.branch(session, name="master", namespace=space, repo_name=repo, project_url=url)
    return TriggerRow(type=row.job_trigger, id=row.id)


def copr(topic: str, chroot: str) -> dict[str, Any]:
    return {"topic": f"org.fedoraproject.prod.copr.build.{topic}", "build": 44, "chroot": chroot, "timestamp": 1.5}


def built(session: Session, trigger: TriggerRow) -> int:
    srpm = rows.srpm_build(session, logs="", success=True)
    about = {"build_id": 44, "target": "fedora-32-x86_64", "commit_sha": "c" * 40, "owner": "packit"}
    return rows.submitted(session, **about, project_name="a", web_url="", srpm=srpm, trigger=trigger).id  # type: ignore[arg-type]  # one of each


def test_a_build_that_began(session: Session) -> None:
    row = built(session, push_row(session, "everything"))
    own, *_ = started(session, copr("start", "fedora-32-x86_64")).payloads
    other, *_ = started(session, copr("start", "srpm-builds")).payloads
    assert isinstance(own, CoprBuildStart)
    assert isinstance(other, CoprBuildStart)
    assert (own.build, other.build) == (row, None)
    assert own.checks == [f"packit-stg/{kind}-fedora-32-x86_64" for kind in ("rpm-build", "testing-farm")]
    assert other.checks == []


def test_a_build_of_a_push_is_for_jobs_on_pull_requests_too(session: Session) -> None:
    built(session, push_row(session, "everything"))
    payloads = started(session, copr("end", "fedora-32-x86_64")).payloads
    assert all(isinstance(payload, CoprBuildEnd) for payload in payloads)
    assert len(payloads) == 2
    (change,) = {repr(payload.change) for payload in payloads}  # type: ignore[attr-defined]  # as was just said
    assert "identifier='master'" in change


def test_a_build_in_copr_that_is_not_ours(session: Session) -> None:
    assert dispatch(copr("end", "fedora-32-x86_64"), topic=None, source=None, session=session) is None


def test_a_build_in_koji(session: Session) -> None:
    trigger = push_row(session, "koji")
    srpm = rows.srpm_build(session, logs="", success=True)
    row = rows.koji_submitted(
        session, build_id=45, target="f32", commit_sha="c" * 40, web_url="", srpm=srpm, trigger=trigger
    )
    found = started(session, bodies.koji())
    (payload,) = found.payloads
    assert isinstance(payload, KojiBuildReport)
    assert payload.build == row.id
    assert payload.trigger is not None
    assert (payload.trigger.kind, payload.trigger.id) == ("branch_push", trigger.id)
    assert (payload.state, payload.old_state) == ("OPEN", "FREE")
    assert found.event == {"trigger": "koji_results", "project_url": None, "commit_sha": "", "pr_id": None}


def test_a_build_in_koji_that_is_not_ours(session: Session) -> None:
    assert started(session, bodies.koji()).told == {"koji_results": "No packit config in repo"}


def test_results_of_tests(session: Session) -> None:
    url = f"https://github.com/{full_name('build-and-tests')}"
    message = bodies.changed(bodies.testing_farm(), "artifact.git-url", url)
    (payload,) = started(session, message).payloads
    assert isinstance(payload, TestingFarmResults)
    assert (payload.project_url, payload.tests, payload.pr_id) == (url, ["test1"], None)


def test_results_that_nobody_can_place(session: Session) -> None:
    message = bodies.changed(bodies.testing_farm(), "artifact.git-url", None)
    assert started(session, message).told == {"testing_farm_results": "No packit config in repo"}
