"""Does the gate fail on the right handler, with the right path, for each defect planted into the split?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Defect, Edit, copy_of_the_example, found, plant, run

TASKS, SERVICES, DISPATCH = "shadow/tasks.py", "shadow/services/copr.py", "shadow/dispatch.py"
FARM, WORK, VIEWS = "shadow/services/testing_farm.py", "shadow/unit_of_work.py", "shadow/views.py"
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
                file=DISPATCH,
                old="        pr_id=event.pr_id,\n        trigger=",
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
                file=DISPATCH,
                old="        pr_id=event.pr_id,\n        trigger=",
                new="        pr_id=None,\n        trigger=",
            ),
            Edit(
                file=VIEWS,
                old="        pr_id=_pr_id(event),\n        trigger=",
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
            Edit(file=DISPATCH, old="        message=event.message,", new="        message=event.log_url,"),
            Edit(file=DISPATCH, old="        log_url=event.log_url,", new="        log_url=event.message,"),
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
                file=TASKS,
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
                file=DISPATCH,
                old="jobs=config.jobs, job=place, user_login=event.user_login",
                new="jobs=config.jobs, job=places[0], user_login=event.user_login",
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
                old='payload.chroot, "pending", "RPM build is',
                new='payload.chroot, "running", "RPM build is',
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
                file=DISPATCH,
                old="    change = _change(event, session)\n",
                new="    from shadow.services import copr\n\n    copr.AUTHOR = event.user_login\n"
                "    change = _change(event, session)\n",
            ),
            Edit(file=SERVICES, old="    login = payload.user_login\n", new="    login = AUTHOR\n"),
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
]


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
