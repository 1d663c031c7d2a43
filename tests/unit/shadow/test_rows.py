"""Are rows made once, and looked up only where a message may ask for them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from legacy.database import Base
from legacy.models import BuildTrigger, GitProject, ProjectRelease, PullRequest, SrpmBuild, TriggerType
from shadow import rows, wire
from shadow.payloads import TriggerRow

REPOSITORY = {"namespace": "space", "repo_name": "repo", "project_url": "https://github.com/space/repo"}


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


MAKE = {
    "pull_request": lambda session: rows.pull_request(session, pr_id=7, **REPOSITORY),
    "branch_push": lambda session: rows.branch(session, name="main", **REPOSITORY),
    "release": lambda session: rows.release(session, tag_name="1.0", commit_hash="c", **REPOSITORY),
    "issue": lambda session: rows.issue(session, issue_id=8, **REPOSITORY),
}


def named(row: Any) -> TriggerRow:
    return TriggerRow(type=row.job_trigger, id=row.id)


@pytest.mark.parametrize("kind", MAKE)
def test_a_row_is_made_once(session: Session, kind: str) -> None:
    first, again = MAKE[kind](session), MAKE[kind](session)
    assert first is again
    assert first.id is not None
    assert len(session.scalars(select(GitProject)).all()) == 1


@pytest.mark.parametrize("kind", MAKE)
def test_a_row_is_found_by_the_kind_that_a_message_names(session: Session, kind: str) -> None:
    row = MAKE[kind](session)
    assert row.job_trigger.value == kind
    assert rows.of_kind(session, kind, row.id) is row
    assert rows.of_kind(session, kind, row.id + 1) is None


@pytest.mark.parametrize("kind", ["whitelist", "task_results", "", "PullRequest", "__class__"])
def test_other_kinds_are_refused_and_counted(session: Session, kind: str) -> None:
    before = wire.refused[f"kind {kind}"]
    with pytest.raises(rows.UnknownKindError, match=f"No rows of the kind {kind}."):
        rows.of_kind(session, kind, 1)
    assert wire.refused[f"kind {kind}"] == before + 1


def test_a_release_keeps_the_commit_that_it_was_first_seen_at(session: Session) -> None:
    MAKE["release"](session)
    rows.release(session, tag_name="1.0", commit_hash="other", **REPOSITORY)
    assert [row.commit_hash for row in session.scalars(select(ProjectRelease))] == ["c"]


@pytest.mark.parametrize("kind", MAKE)
def test_what_started_a_build_is_found_again(session: Session, kind: str) -> None:
    row = MAKE[kind](session)
    link = rows.build_trigger(session, named(row))
    assert rows.started_by(session, link) is row
    assert rows.build_trigger(session, named(row)) is link


def test_a_link_to_nothing_that_is_known(session: Session) -> None:
    assert rows.started_by(session, BuildTrigger(type="pull_request", trigger_id=99)) is None
    assert rows.started_by(session, BuildTrigger(type="whitelist", trigger_id=1)) is None


def build(session: Session, row: Any, target: str = "fedora-32-x86_64") -> Any:
    return rows.submitted(
        session,
        build_id=44,
        target=target,
        commit_sha="c",
        owner="packit",
        project_name="a",
        web_url="",
        srpm=rows.srpm_build(session, logs="", success=True),
        trigger=named(row),
    )


def test_whether_something_was_ever_built(session: Session) -> None:
    row, other = MAKE["pull_request"](session), rows.pull_request(session, pr_id=8, **REPOSITORY)
    branch = MAKE["branch_push"](session)
    build(session, row)
    assert rows.was_built(session, named(row))
    assert not rows.was_built(session, named(other))
    assert branch.id == row.id  # only the type tells them apart
    assert not rows.was_built(session, named(branch))


def test_a_chroot_of_a_build_has_one_row(session: Session) -> None:
    row = MAKE["pull_request"](session)
    first, second = build(session, row), build(session, row, "epel-8-x86_64")
    assert build(session, row) is first
    assert rows.copr_build(session, 44, "epel-8-x86_64") is second
    assert rows.copr_build(session, "44") is first
    assert rows.copr_builds(session, 44) == [first, second]
    assert rows.copr_build(session, 45) is None


def test_a_target_of_a_build_in_koji_has_one_row(session: Session) -> None:
    trigger = named(MAKE["release"](session))
    srpm = SrpmBuild(logs="", success=True)
    submitted = [
        rows.koji_submitted(session, build_id=9, target=target, commit_sha="c", web_url="", srpm=srpm, trigger=trigger)
        for target in ("f31", "f32", "f31")
    ]
    assert submitted[0] is submitted[2] is not submitted[1]
    assert rows.koji_build(session, 9) is submitted[0]
    assert rows.koji_build(session, 10) is None


def test_a_pull_request_has_one_bug(session: Session) -> None:
    row = MAKE["pull_request"](session)
    assert rows.bugzilla(session, row) is None
    bug = rows.new_bugzilla(session, row, bug_id=5, bug_url="https://bugzilla.example/show_bug.cgi?id=5")
    assert rows.bugzilla(session, row) is bug


def test_only_pull_requests_have_numbers(session: Session) -> None:
    assert rows.pr_id(MAKE["pull_request"](session)) == 7
    assert rows.pr_id(MAKE["issue"](session)) is None
    assert rows.pr_id(None) is None


def test_a_locked_row_is_read_anew(session: Session) -> None:
    """What somebody else changed since it was loaded is seen."""
    row = MAKE["pull_request"](session)
    session.commit()
    loaded = row.pr_id
    session.connection().exec_driver_sql("UPDATE pull_requests SET pr_id = 70")
    assert row.pr_id == loaded
    assert rows.locked(session, PullRequest, row.id) is row
    assert row.pr_id == 70
    assert rows.locked(session, PullRequest, row.id + 1) is None


@pytest.mark.parametrize("kind", TriggerType)
def test_every_type_of_trigger_can_be_named(kind: TriggerType) -> None:
    assert kind.value in MAKE
