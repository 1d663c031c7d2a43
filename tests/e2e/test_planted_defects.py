"""Does the gate fail on the right handler, with the right path, for each defect planted into the split?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Defect, Edit, copy_of_the_example, found, plant, run

ENTRIES, TASKS, SERVICES = "shadow/tasks/entries.py", "shadow/tasks/testing_farm.py", "shadow/services/copr.py"
SUBJECT, CONFIGURED, MAKERS = "shadow/dispatch/subject.py", "shadow/dispatch/configured.py", "shadow/dispatch/makers"
FARM, WORK, VIEWS = "shadow/services/testing_farm.py", "shadow/unit_of_work.py", "shadow/views/common.py"
STARTED = 'checks.tell_build(payload.chroot, "success", "RPMs were built successfully.", url)'
TESTED = 'checks.tell_tests(payload.chroot, "pending", "RPMs were built successfully.", url)'
GUARD = "    if build.status in FINAL:\n"
BEGIN = (
    "    if payload.chroot == SRPM_CHROOT:\n"
    '        return results(success=True, msg="SRPM build in copr has started.")\n'
)

DEFECTS = [
    Defect(
        name="an attribute lost on the way",
        edits=(
            Edit(
                file=SUBJECT,
                old="        pr_id=subject.pr_id,\n        trigger=",
                new="        pr_id=None,\n        trigger=",
            ),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.change\.pr_id$",
        messages="pull_request-00*",
    ),
    Defect(
        name="an attribute lost on the way that the view forgot too",
        edits=(
            Edit(
                file=SUBJECT,
                old="        pr_id=subject.pr_id,\n        trigger=",
                new="        pr_id=None,\n        trigger=",
            ),
            Edit(
                file=VIEWS,
                old="        pr_id=pr_id_of(event),\n        trigger=",
                new="        pr_id=None,\n        trigger=",
            ),
        ),
        handler="pr_copr_build",
        where=r"^unread-input: .*event\.pr_id",
        messages="pull_request-00*",
    ),
    Defect(
        name="two attributes swapped",
        edits=(
            Edit(file=f"{MAKERS}/testing_farm.py", old="message=event.message,", new="message=event.log_url,"),
            Edit(file=f"{MAKERS}/testing_farm.py", old="log_url=event.log_url,", new="log_url=event.message,"),
        ),
        handler="testing_farm_results",
        where=r"^\$\.inputs\.payload\.(message|log_url)$",
        messages="testing_farm_results-0*",
    ),
    Defect(
        name="a set that became a list",
        edits=(
            Edit(
                file="shadow/wire.py",
                old="return lambda value: origin(item(element) for element in value)",
                new="return lambda value: list(item(element) for element in value)",
            ),
        ),
        handler="copr_build_start",
        where=r"^\$\.inputs\.payload\.(change\.starts|jobs\[\*\]\.targets)$",
        messages="copr_start-00*",
    ),
    Defect(
        name="a row id where the build's id belongs",
        edits=(
            Edit(
                file="shadow/services/babysit.py",
                old="            build_id=build_id,\n            chroot=build.target",
                new="            build_id=build.id,\n            chroot=build.target",
            ),
        ),
        handler="copr_build_end",
        where=r"^\$\.inputs\.payload\.build_id$",
        messages="babysit-0*",
    ),
    Defect(
        name="a handler never sent",
        edits=(Edit(file=SERVICES, old="        outbox.handle(TestingFarm(", new="        repr(TestingFarm("),),
        handler="testing_farm",
        where=r"^missing",
        messages="copr_end-0*",
    ),
    Defect(
        name="a handler sent twice",
        edits=(
            Edit(
                file=ENTRIES,
                old="            work.outbox.handle(payload)\n",
                new="            work.outbox.handle(payload)\n            work.outbox.handle(payload)\n",
            ),
        ),
        handler="installation",
        where=r"^extra",
        messages="installation-00*",
    ),
    Defect(
        name="a handler sent with the wrong job",
        edits=(
            Edit(
                file=f"{MAKERS}/__init__.py",
                old="config=config, place=place, session=session",
                new="config=config, place=places[0], session=session",
            ),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.job$",
        messages="pull_request-0*",
    ),
    Defect(
        name="an effect left out",
        edits=(Edit(file=SERVICES, old=f"    {TESTED}\n", new=""),),
        handler="copr_build_end",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="copr_end-0*",
    ),
    Defect(
        name="an effect done twice",
        edits=(Edit(file=SERVICES, old=f"    {STARTED}\n", new=f"    {STARTED}\n    {STARTED}\n"),),
        handler="copr_build_end",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="copr_end-0*",
    ),
    Defect(
        name="an effect done with another argument",
        edits=(
            Edit(
                file=SERVICES,
                old='state="pending",\n            description="RPM build is',
                new='state="running",\n            description="RPM build is',
            ),
        ),
        handler="copr_build_start",
        where=r"^\$\.effects\.calls\[\*\]\.body\.state$",
        messages="copr_start-00*",
    ),
    Defect(
        name="a row changed by assignment only",
        edits=(Edit(file=WORK, old="    work.session.commit()\n", new="    work.session.flush()\n"),),
        handler="copr_build_start",
        where=r"^\$\.effects\.rows\.copr_builds",
        messages="copr_start-00*",
    ),
    Defect(
        name="an exception on one side only",
        edits=(
            Edit(
                file=FARM,
                old="    if payload.tests == [INSTALLATION_TEST]:\n",
                new="    if payload.tests[0] == INSTALLATION_TEST and len(payload.tests) == 1:\n",
            ),
        ),
        handler="testing_farm_results",
        where=r"^\$\.outcome\.(kind|type)$",
        messages="testing_farm_results-0*",
    ),
    Defect(
        name="another exception type",
        edits=(
            Edit(
                file="shadow/reporting.py",
                old="    project.set_commit_status(",
                new="    import contextlib\n\n    @contextlib.contextmanager\n    def other():\n        try:\n"
                "            yield\n        except Exception as error:\n"
                "            raise RuntimeError(str(error)) from error\n\n"
                "    with other():\n      project.set_commit_status(",
            ),
        ),
        handler="testing_farm_results",
        where=r"^\$\.outcome\.type$",
        messages="testing_farm_results-*",
    ),
    Defect(
        name="a guard read after it was written",
        edits=(Edit(file=SERVICES, old=GUARD, new=f'    build.status = "success"\n{GUARD}'),),
        handler="copr_build_end",
        where=r"^\$\.outcome\.value",
        messages="copr_end-0*",
    ),
    Defect(
        name="an order that was guaranteed and no longer is",
        edits=(Edit(file=SERVICES, old=f"    {STARTED}\n    {TESTED}\n", new=f"    {TESTED}\n    {STARTED}\n"),),
        handler="copr_build_end",
        where=r"^\$\.effects\.calls$",
        messages="copr_end-0*",
    ),
    Defect(
        name="a follow-up at another time",
        edits=(Edit(file="shadow/outbox.py", old="BABYSIT_AFTER = 120", new="BABYSIT_AFTER = 12"),),
        handler="pr_copr_build",
        where=r"^\$\.effects\.calls\[\*\]\.countdown$",
        messages="pull_request-00*",
    ),
    Defect(
        name="a task sent before the commit that it needs",
        edits=(
            Edit(file=WORK, old="    work.session.commit()\n", new="    work.session.flush()\n"),
            Edit(
                file=WORK,
                old="countdown=later.countdown)\n",
                new="countdown=later.countdown)\n    work.session.commit()\n",
            ),
        ),
        handler="testing_farm",
        where=r"^sent-before-commit",
        messages="copr_end-0*",
    ),
    Defect(
        name="a value left in a module for another task",
        edits=(
            Edit(
                file=CONFIGURED,
                old="    handlers = selection.handlers(",
                new="    from shadow.services import copr\n\n"
                '    copr.AUTHOR = getattr(subject.event, "user_login", None)\n'
                "    handlers = selection.handlers(",
            ),
            Edit(
                file=SERVICES,
                old="checks.project, payload.user_login):\n        checks.tell_all",
                new="checks.project, AUTHOR):\n        checks.tell_all",
            ),
            Edit(file=SERVICES, old='SRPM_CHROOT = "srpm-builds"\n', new='AUTHOR = ""\nSRPM_CHROOT = "srpm-builds"\n'),
        ),
        handler="pr_copr_build",
        where=r"^\$\.(effects|outcome)",
        messages="pull_request-00*",
    ),
    Defect(
        name="a file left behind on one side",
        edits=(
            Edit(
                file=SERVICES,
                old=BEGIN,
                new="    with open('/tmp/tasksplit-left-behind.txt', 'a') as out:\n        out.write('x')\n" + BEGIN,
            ),
        ),
        handler="copr_build_start",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="copr_start-00*",
    ),
    Defect(
        name="an undeclared call on a connection that is kept alive",
        edits=(
            Edit(
                file=SERVICES,
                old=BEGIN,
                new="    LINGERING.post('http://127.0.0.1:9/metrics', json={})\n" + BEGIN,
            ),
            Edit(
                file=SERVICES,
                old='SRPM_CHROOT = "srpm-builds"\n',
                new='import httpx\n\nLINGERING = httpx.Client()\nSRPM_CHROOT = "srpm-builds"\n',
            ),
        ),
        handler="copr_build_start",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="copr_start-00*",
    ),
    Defect(
        name="an undeclared statement on a pooled database connection",
        edits=(
            Edit(
                file=SERVICES,
                old=BEGIN,
                new="    with AUDIT.begin() as c:\n        c.exec_driver_sql('select 1')\n" + BEGIN,
            ),
            Edit(
                file=SERVICES,
                old='SRPM_CHROOT = "srpm-builds"\n',
                new="from sqlalchemy import create_engine\n\nAUDIT = create_engine('sqlite:///audit.db', pool_size=2)\n"
                'SRPM_CHROOT = "srpm-builds"\n',
            ),
        ),
        handler="copr_build_start",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="copr_start-00*",
    ),
    Defect(
        name="an undeclared call in a new thread",
        edits=(
            Edit(
                file=SERVICES,
                old=BEGIN,
                new="    import socket, threading\n\n"
                "    threading.Thread(target=lambda: socket.create_connection(('127.0.0.1', 9), 1)).start()\n" + BEGIN,
            ),
        ),
        handler="copr_build_start",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="copr_start-00*",
    ),
    Defect(
        name="a refusal told once for each job",
        edits=(
            Edit(
                file=CONFIGURED,
                old="        tell_checks(subject.event, change, config)\n",
                new="        for _ in chosen[0][1]:\n            tell_checks(subject.event, change, config)\n",
            ),
        ),
        handler="dispatch",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="pull_request-*-refused*",
    ),
    Defect(
        name="the owner's approval counts and the author's no longer",
        edits=(
            Edit(
                file="shadow/whitelist.py",
                old="is_approved(session, event.user_login, event.namespace)",
                new="is_approved(session, event.namespace)",
            ),
        ),
        handler="pr_copr_build",
        where=r"^missing",
        messages="pull_request-*",
    ),
    Defect(
        name="who sent it taken for who wrote it",
        edits=(
            Edit(
                file="shadow/parser/github.py",
                old='name(pull, "user", "login")',
                new='name(payload, "sender", "login")',
            ),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.user_login$",
        messages="pull_request-*-built-*",
    ),
    Defect(
        name="a check before the handler dropped",
        edits=(
            Edit(
                file=f"{MAKERS}/copr.py",
                old="    if asked.is_built_elsewhere:\n        return None\n    return PullRequestCoprBuild",
                new="    return PullRequestCoprBuild",
            ),
        ),
        handler="pr_copr_build",
        where=r"^extra",
        messages="pull_request-*-skipped*",
    ),
    Defect(
        name="an option of the config lost",
        edits=(Edit(file="shadow/building.py", old="bool(job and job.list_on_homepage)", new="False"),),
        handler="pr_copr_build",
        where=r"^\$\.effects\.calls\[\*\]\.body\.list_on_homepage$",
        messages="pull_request-*-built-[oh]*",
    ),
    Defect(
        name="one name taken for a list of letters",
        edits=(
            Edit(file="shadow/package_config.py", old="        return {value}\n", new="        return set(value)\n"),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.jobs",
        messages="pull_request-*-built-*",
    ),
    Defect(
        name="text where the id was a number",
        edits=(Edit(file="shadow/outbox.py", old="args=(build_id,)", new="args=(str(build_id),)"),),
        handler="pr_copr_build",
        where=r"^\$\.effects\.calls\[\*\]\.args\[\*\]$",
        messages="pull_request-*-built-b*",
    ),
    Defect(
        name="an enum compared with text",
        edits=(
            Edit(
                file=FARM,
                old="payload.result is TestingFarmResult.passed",
                new='payload.result == "passed"',
            ),
        ),
        handler="testing_farm_results",
        where=r"^\$\.effects\.calls\[\*\]\.body\.state$",
        messages="testing_farm_results-*-passed-*",
    ),
    Defect(
        name="the first row of the build instead of the chroot's",
        edits=(
            Edit(
                file=SERVICES,
                old="rows.copr_build(session, payload.build_id, payload.chroot)",
                new="rows.copr_build(session, payload.build_id)",
            ),
        ),
        handler="copr_build_end",
        where=r"^\$\.(effects\.rows\.copr_builds|outcome)",
        messages="copr_end-0*",
    ),
    Defect(
        name="a push taken for a pull request",
        edits=(
            Edit(
                file="shadow/builds.py",
                old="TriggerRow(type=row.job_trigger",
                new="TriggerRow(type=type(row.job_trigger).pull_request",
            ),
        ),
        handler="testing_farm",
        where=r"^\$\.inputs\.payload\.change\.trigger\.type$",
        messages="copr_end-*-pushed-*",
    ),
    Defect(
        name="local time taken for UTC",
        edits=(
            Edit(
                file=SERVICES,
                old="datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None)",
                new="datetime.fromtimestamp(timestamp)",
            ),
        ),
        handler="copr_build_end",
        where=r"^\$\.effects\.rows\.copr_builds\[\*\]\.columns\.finished_time$",
        messages="copr_end-*-failed*",
    ),
    Defect(
        name="what was done before an exception taken back",
        edits=(Edit(file=WORK, old="            _keep(work)\n            raise", new="            raise"),),
        handler="copr_build_start",
        where=r"^\$\.effects\.rows\.copr_builds",
        messages="copr_start-*-statuses-fail*",
    ),
    Defect(
        name="a failure that is tried again",
        edits=(
            Edit(
                file=TASKS,
                old="@app.task(name=TestingFarm.task, shared=False)",
                new="@app.task(name=TestingFarm.task, shared=False, autoretry_for=(Exception,))",
            ),
        ),
        handler="testing_farm",
        where=r"^\$\.outcome",
        messages="copr_end-*-tests-*",
    ),
    Defect(
        name="a retry at another time",
        edits=(Edit(file=ENTRIES, old="raise self.retry()", new="raise self.retry(countdown=60)"),),
        handler="dispatch",
        where=r"^\$\.outcome\.countdown$",
        messages="babysit-*-not-ended*",
    ),
]

FAITHFUL = {
    "an extra read, an extra flush and two commits": (
        Edit(
            file=SERVICES,
            old="    build.start_time",
            new="    Copr().get_build(payload.build_id)\n    build.start_time",
        ),
        Edit(
            file=SERVICES,
            old='    build.status = "pending"\n',
            new='    build.status = "pending"\n    session.flush()\n    session.commit()\n',
        ),
        Edit(
            file=WORK,
            old="    work.session.commit()\n",
            new="    work.session.commit()\n    work.session.commit()\n",
        ),
    ),
    "tasks sent in another way": (
        Edit(
            file=WORK,
            old="        chain(*(_signature(work, number) for number in numbers)).apply_async()",
            new="        from celery import group\n\n"
            "        together = chain if len(numbers) > 1 else group\n"
            "        together(*(_signature(work, number) for number in numbers)).apply_async()",
        ),
        Edit(
            file=WORK,
            old="app.send_task(later.task, args=later.args, countdown=later.countdown)",
            new="app.signature(later.task, args=later.args).set(countdown=later.countdown).apply_async()",
        ),
        Edit(
            file=TASKS,
            old="@app.task(name=TestingFarm.task, shared=False)",
            new="@app.task(name=TestingFarm.task, shared=False, autoretry_for=(ZeroDivisionError,), acks_late=True)",
        ),
    ),
    "rows found and made in another way": (
        Edit(
            file="shadow/rows/projects.py",
            old="    return session.get(model, link.trigger_id) if model is not None else None",
            new="    return session.scalar(select(model).where(model.id == link.trigger_id)) if model else None",
        ),
        Edit(
            file="shadow/rows/builds.py",
            old="    return session.scalars(query.filter_by(target=target) if target else query).first()",
            new="    return next((row for row in session.scalars(query) if not target or row.target == target), None)",
        ),
        Edit(
            file="shadow/rows/builds.py",
            old="    row = SrpmBuild(logs=logs, success=success)\n    session.add(row)",
            new="    row = session.merge(SrpmBuild(logs=logs, success=success))",
        ),
        Edit(
            file=SERVICES,
            old='    build.status = "pending"\n',
            new="    from sqlalchemy import update\n\n"
            '    session.execute(update(CoprBuild).where(CoprBuild.id == build.id).values(status="pending"))\n',
        ),
    ),
    "a pure function with a cache, more logging, wire lists in any order": (
        Edit(
            file="shadow/aliases.py",
            old="def chroots(targets: Iterable[str]) -> frozenset[str]:\n",
            new="from functools import lru_cache\n\n\ndef chroots(targets):\n"
            "    return _chroots(frozenset(targets))\n\n\n@lru_cache\ndef _chroots(targets):\n",
        ),
        Edit(
            file=SERVICES,
            old='    build.status = "pending"\n',
            new="    import logging\n\n"
            '    logging.getLogger(__name__).warning("Build %s: %r of %r", build.id, build.status, build.trigger)\n'
            '    build.status = "pending"\n',
        ),
        Edit(
            file="shadow/wire.py",
            old="        return sorted(_encode(item) for item in value)",
            new="        return [_encode(item) for item in value]",
        ),
    ),
}


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda d: d.name.replace(" ", "-"))
def test_the_gate_fails_on_the_right_handler_with_the_right_path(defect: Defect, tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, defect.messages)
    plant(folder, defect.edits)
    code, report, printed = run(folder, "--no-generate", "--form", "fixtures")
    assert code == 1, printed
    handler = next(h for h in report["handlers"] if h["name"] == defect.handler)
    assert handler["decision"] == "fail", printed
    assert found(report, defect), printed


def test_a_faithful_copy_has_no_mismatch(tmp_path: Path) -> None:
    """The same way with nothing planted: what fails above fails for the defect and nothing else."""
    folder = copy_of_the_example(tmp_path)
    code, report, printed = run(folder, "--no-generate", "--form", "fixtures")
    assert code == 3, printed  # a few hundred messages are fewer keys than the bar asks for
    assert {h["decision"] for h in report["handlers"]} <= {"wait", "pass"}, printed
    for handler in report["handlers"]:
        assert handler["evidence"]["mismatch"] == 0, printed
        assert handler["evidence"]["undecided"] == 0, printed
        assert handler["evidence"]["match"] > 0, printed


@pytest.mark.parametrize("edits", FAITHFUL.values(), ids=[name.replace(" ", "-") for name in FAITHFUL])
def test_another_way_to_write_the_same_is_no_mismatch(edits: tuple[Edit, ...], tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "*-0[01]*")
    plant(folder, edits)
    code, report, printed = run(folder, "--no-generate", "--form", "fixtures")
    assert code == 3, printed
    assert {h["decision"] for h in report["handlers"]} <= {"wait", "pass"}, printed
    assert {h["evidence"]["mismatch"] for h in report["handlers"]} == {0}, printed
