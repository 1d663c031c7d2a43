"""What comes of builds that begin and end?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from legacy import tasks
from legacy.events import CoprBuildEvent, FedmsgTopic
from legacy.handlers.copr import CoprBuildEndHandler
from legacy.models import CoprBuild, SrpmBuild, TaskResult, TestRun
from legacy.standin import facts
from tests.unit.legacy import given

CHROOT = "fedora-32-x86_64"


def row_of(world, payload):
    (row,) = world.rows(CoprBuild, build_id=str(payload["build"]), target=payload["chroot"])
    return row


def runs_of(world):
    return [run for run in world.rows(TestRun) if not run.pipeline_id.startswith("0000")]


def messages_of(result):
    return [job["details"].get("msg") for job in result.value["jobs"].values()]


def test_a_start_is_noted_and_told(world):
    payload = world.message("copr_start", "started-1-builds-1-tests")
    result = world.process(payload)

    row = row_of(world, payload)
    assert messages_of(result) == [f"Build on {payload['chroot']} in copr has started..."]
    assert row.start_time == datetime.fromtimestamp(payload["timestamp"], UTC).replace(tzinfo=None)
    assert row.build_logs_url.endswith(f"/{payload['chroot']}/builder-live.log.gz")
    assert set(world.described()) == {("pending", "RPM build is in progress...")}
    assert world.state.statuses[0]["sha"] == row.commit_sha


@pytest.mark.parametrize(("kind", "word"), [("copr_start", "started"), ("copr_end", "finished")])
def test_the_source_package_is_only_a_message(world, kind, word):
    result = world.process(world.message(kind, "srpm-chroot"))

    assert set(messages_of(result)) == {f"SRPM build in copr has {word}."}
    assert world.state.statuses == []


@pytest.mark.parametrize("kind", ["copr_start", "copr_end"])
def test_a_chroot_without_a_row_fails(world, kind):
    payload = world.message(kind, "no-row")
    result = world.process(payload)

    assert set(messages_of(result)) == {f"Copr build {payload['build']} not in CoprBuildDB."}
    assert not any(job["success"] for job in result.value["jobs"].values())


@pytest.mark.parametrize("kind", ["copr_start", "copr_end"])
def test_a_build_of_others_is_no_event(world, kind):
    assert world.process(world.message(kind, "unknown-build")).value is None
    assert world.rows(TaskResult) == []


@pytest.mark.parametrize("kind", ["copr_start", "copr_end"])
def test_a_forge_that_fails_ends_the_task(world, kind):
    assert world.process(world.message(kind, "statuses-fail")).state == "FAILURE"


def test_an_end_is_noted_told_and_congratulated(world):
    payload = world.message("copr_end", "ended-congratulated")
    world.process(payload)

    row = row_of(world, payload)
    assert (row.status, row.finished_time is not None) == ("success", True)
    assert world.described() == [("success", "RPMs were built successfully.")]
    ((comment,),) = world.state.comments.values()
    assert f"dnf copr enable packit/{payload['copr']}" in comment["body"]


def test_nobody_is_congratulated_twice(world):
    world.process(world.message("copr_end", "ended-silently"))

    assert world.state.comments == {}


def test_only_the_row_of_the_chroot_changes(world):
    payload = world.message("copr_end", "tests-accepted")
    world.prepare(payload)
    before = {row.id: row.status for row in world.rows(CoprBuild)}
    world.deliver(tasks.process_message, payload)
    changed = [row.target for row in world.rows(CoprBuild) if row.status != before[row.id]]

    assert changed == [payload["chroot"]]


def test_an_end_starts_the_tests(world):
    payload = world.message("copr_end", "tests-accepted")
    world.process(payload)

    (run,) = runs_of(world)
    (request,) = world.state.test_requests
    assert request["pipeline"]["id"] == run.pipeline_id
    assert request["artifact"]["copr-chroot"] == run.target == payload["chroot"]
    assert request["artifact"]["commit-sha"] == row_of(world, payload).commit_sha
    assert run.status == "running"
    assert [description for _, description in world.described()][-2:] == [
        "Build succeeded. Submitting the tests ...",
        "Tests are running ...",
    ]


@pytest.mark.parametrize(
    ("way", "text"),
    [
        ("tests-refused", "Failed to submit tests: No compose for"),
        ("tests-broken", "Failed to submit tests: The queue is full."),
        ("tests-silent", "Failed to submit tests. The reason is unknown."),
    ],
)
def test_what_testing_farm_answers_does_not_change_the_result(world, way, text):
    result = world.process(world.message("copr_end", way))

    assert all(job["success"] for job in result.value["jobs"].values())
    assert world.described()[-1][0] == "failure"
    assert world.described()[-1][1].startswith(text)
    assert [run.status for run in runs_of(world)] == ["error"]


def test_tests_that_raise_end_the_task_after_the_build_was_told(world):
    payload = world.message("copr_end", "tests-odd")
    result = world.process(payload)

    assert (result.state, type(result.value)) == ("FAILURE", KeyError)
    assert row_of(world, payload).status == "success"
    assert [run.status for run in runs_of(world)] == ["running"]


def test_a_chroot_that_is_not_tested(world):
    world.process(world.message("copr_end", "ended-not-tested"))

    assert world.state.test_requests == []


def test_a_chroot_that_is_not_built(world):
    payload = world.message("copr_end", "ended-no-build-target")
    world.process(payload)

    assert world.described()[-1] == ("error", f"No build defined for the target '{payload['chroot']}'.")
    assert runs_of(world) == []


@pytest.mark.parametrize("way", ["failed", "pushed-failed"])
def test_a_failed_build(world, way):
    payload = world.message("copr_end", way)
    result = world.process(payload)

    first, *others = result.value["jobs"].values()  # one for each job that it is for
    assert first == {"success": False, "details": {"msg": "RPMs failed to be built."}}
    processed = f"Copr build {payload['build']} was already processed."
    assert all(job == {"success": True, "details": {"msg": processed}} for job in others)
    assert row_of(world, payload).status == "failure"
    assert {state for state, _ in world.described()} <= {"failure"}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (1, [("success", "RPMs were built successfully."), ("pending", "RPMs were built successfully.")]),
        (2, [("failure", "RPMs failed to be built.")] * 2),
    ],
)
def test_an_end_is_told_to_the_build_and_to_the_tests(world, status, told):
    world.clear()
    name = given.full_name(lambda name: facts.testing_farm_answer(name, CHROOT) == "accepted")
    event = given.at(ended(name, status), given.job("copr_build"), given.job("tests"))
    given.run(CoprBuildEndHandler, event)

    assert world.described()[:2] == told
    assert [status["context"] for status in world.state.statuses[:2]] == [
        f"packit-stg/{kind}-{CHROOT}" for kind in ("rpm-build", "testing-farm")
    ]


def ended(name, status):
    """The end of a build in one of the stable chroots."""
    event = given.pull_request(name)
    row = CoprBuild.get_or_create(
        build_id=5,
        target=CHROOT,
        commit_sha=given.COMMIT,
        owner="packit",
        project_name="space-thing",
        web_url="https://copr.example/coprs/build/5/",
        srpm=SrpmBuild.create(logs="", success=True),
        trigger=event.db_trigger,
    )
    return CoprBuildEvent(
        topic=FedmsgTopic.copr_build_finished,
        build_id=5,
        build=row,
        chroot=CHROOT,
        status=status,
        owner="packit",
        project_name="space-thing",
        pkg="thing",
    )


def test_an_end_is_handled_once(world):
    payload = world.message("copr_end", "tests-accepted")
    world.process(payload)
    statuses = len(world.state.statuses)
    again = world.deliver(tasks.process_message, payload)

    assert messages_of(again) == [f"Copr build {payload['build']} was already processed."]
    assert len(world.state.statuses) == statuses
    assert len(world.state.test_requests) == 1


def test_the_second_build_job_finds_it_processed(world):
    payload = world.message("copr_end", "ended-twice")
    result = world.process(payload)

    assert messages_of(result)[1:] == [f"Copr build {payload['build']} was already processed."]


def test_a_build_of_a_push_is_not_congratulated(world):
    payload = world.message("copr_end", "pushed-tests-accepted")
    result = world.process(payload)

    assert result.value["event"]["_pr_id"] is None
    assert result.value["event"]["identifier"] == "master"
    assert world.state.comments == {}
