"""Ids in messages: the rows are loaded when the task runs, and one that is gone is said and counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from legacy.database import engine
from legacy.models import BuildTrigger, CoprBuild, GitProject, KojiBuild, PullRequest
from legacy.standin import state
from shadow import tasks, wire
from shadow.outbox import Outbox
from shadow.package_config import Job, JobTrigger, JobType, PackageConfig
from shadow.payloads import Change, CoprBuildEnd, CoprBuildStart, KojiBuildReport, NamedRow, TestingFarm
from shadow.services import stored
from shadow.services import testing_farm as farm
from shadow.services.copr import copr_build_end, copr_build_start
from shadow.services.koji import koji_build_report

TESTS = Job(type=JobType.tests, trigger=JobTrigger.pull_request, targets={"fedora-32"})
CHROOT = "fedora-32-x86_64"


@pytest.fixture
def session(world: Any) -> Iterator[Session]:
    world.prepare({})
    with Session(engine) as found:
        yield found


def pull_request(session: Session) -> PullRequest:
    project = GitProject(namespace="amber", repo_name="x", project_url="https://github.com/amber/x")
    row = PullRequest(pr_id=3, project=project)
    session.add(row)
    session.flush()
    return row


def built(session: Session, kind: type[Any], trigger_id: int, **columns: Any) -> Any:
    link = BuildTrigger(type="pull_request", trigger_id=trigger_id)
    row = kind(build_id="41", commit_sha="c" * 40, target=CHROOT, status="pending", trigger=link, **columns)
    session.add(row)
    session.flush()
    return row


def copr_build(session: Session, trigger_id: int) -> CoprBuild:
    row: CoprBuild = built(session, CoprBuild, trigger_id, owner="packit", project_name="amber-x-3-stg")
    return row


def started(build: int | None) -> CoprBuildStart:
    return CoprBuildStart(build=build, build_id=41, chroot=CHROOT, timestamp=None, checks=["packit-stg/x"], job=0)


def ended() -> CoprBuildEnd:
    change = Change(
        project_url="https://github.com/amber/x",
        commit_sha="c" * 40,
        identifier="3",
        git_ref=None,
        pr_id=3,
        trigger=None,
        starts={JobTrigger.pull_request},
    )
    return CoprBuildEnd(
        change=change,
        config=PackageConfig(jobs=[TESTS]),
        job=0,
        build_id=41,
        chroot=CHROOT,
        timestamp=None,
        status=2,
        owner="packit",
        project_name="amber-x-3-stg",
    )


def report(build: int, trigger: NamedRow, *, state: str = "CLOSED") -> KojiBuildReport:
    return KojiBuildReport(
        build=build,
        trigger=trigger,
        build_id=41,
        state=state,
        old_state="OPEN",
        start_time=1_591_000_000,
        completion_time=None,
        rpm_build_task_id=123456,
        job=0,
    )


def test_a_build_that_is_gone(session: Session) -> None:
    before = dict(stored.gone)
    expected = {"success": False, "details": {"msg": "Copr build row 99 is gone."}}
    assert copr_build_start(started(99), session=session) == expected
    assert farm.testing_farm(TestingFarm(build=99, jobs=[TESTS], job=0), session=session) == expected
    assert koji_build_report(report(99, NamedRow(kind="pull_request", id=1)), session=session) == {
        "success": False,
        "details": {"msg": "Koji build row 99 is gone."},
    }
    assert stored.gone["Copr build"] == before.get("Copr build", 0) + 2
    assert stored.gone["Koji build"] == before.get("Koji build", 0) + 1
    assert not state.current.statuses


def test_a_build_that_never_had_a_row(session: Session) -> None:
    assert copr_build_start(started(None), session=session) == {
        "success": False,
        "details": {"msg": "Copr build 41 not in CoprBuildDB."},
    }


def test_a_build_whose_pull_request_is_gone(session: Session) -> None:
    build = copr_build(session, trigger_id=99)
    expected = {"success": False, "details": {"msg": "pull_request row 99 is gone."}}
    assert copr_build_start(started(build.id), session=session) == expected
    assert farm.testing_farm(TestingFarm(build=build.id, jobs=[TESTS], job=0), session=session) == expected
    assert build.start_time is None
    assert not state.current.statuses


@pytest.mark.parametrize("kind", ["users", "GitProject", "", "__class__"])
def test_rows_of_other_kinds_are_not_looked_up(kind: str, session: Session) -> None:
    build = built(session, KojiBuild, pull_request(session).id)
    before = wire.refused[f"kind {kind}"]
    found = koji_build_report(report(build.id, NamedRow(kind=kind, id=1)), session=session)
    assert found == {"success": False, "details": {"msg": f"No rows of the kind {kind}."}}
    assert wire.refused[f"kind {kind}"] == before + 1
    assert build.status == "pending"
    assert not state.current.statuses


def test_a_kind_comes_through_the_task_as_it_was_named(session: Session) -> None:
    sent = report(1, NamedRow(kind="users", id=1)).to_wire()
    session.close()
    assert tasks.run_koji_build_report_handler(**sent) == {
        "success": False,
        "details": {"msg": "Koji build row 1 is gone."},
    }


def test_a_build_in_koji_is_told_to_its_pull_request(session: Session) -> None:
    row = pull_request(session)
    build = built(session, KojiBuild, row.id)
    found = koji_build_report(report(build.id, NamedRow(kind="pull_request", id=row.id)), session=session)
    assert found == {"success": True, "details": {"msg": "Koji build 41 is CLOSED."}}
    assert (build.status, build.finished_time) == ("success", None)
    assert build.web_url == build.build_logs_url == "https://koji.example/work/tasks/3456/123456/build.log"


def test_a_state_that_nobody_waits_for_is_not_told(session: Session) -> None:
    row = pull_request(session)
    build = built(session, KojiBuild, row.id)
    found = koji_build_report(report(build.id, NamedRow(kind="pull_request", id=row.id), state="FREE"), session=session)
    assert found["success"]
    assert build.status == "pending"
    assert build.start_time is not None
    assert not state.current.statuses


@pytest.mark.parametrize("service", ["copr", "copr end", "koji"])
def test_what_is_changed_is_read_anew_and_locked(service: str, session: Session) -> None:
    row = pull_request(session)
    locks = []
    event.listen(session, "do_orm_execute", lambda run: locks.append(run.statement._for_update_arg is not None))
    if service == "copr":
        build = copr_build(session, row.id)
        session.expire_all()
        copr_build_start(started(build.id), session=session)
    elif service == "copr end":
        copr_build(session, row.id)
        session.expire_all()
        copr_build_end(ended(), session=session, outbox=Outbox())
    else:
        build = built(session, KojiBuild, row.id)
        session.expire_all()
        koji_build_report(report(build.id, NamedRow(kind="pull_request", id=row.id)), session=session)
    assert True in locks
