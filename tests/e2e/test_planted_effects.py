"""Does the gate fail on the right handler, with the right path, for what tasks do wrongly?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Defect, Edit, assert_found

SERVICES = "shadow/services/copr.py"
CONFIGURED, MAKERS = "shadow/dispatch/configured.py", "shadow/dispatch/makers"
FARM, WORK = "shadow/services/testing_farm.py", "shadow/unit_of_work.py"
STARTED = 'checks.tell_build(payload.chroot, "success", "RPMs were built successfully.", url)'
TESTED = 'checks.tell_tests(payload.chroot, "pending", "RPMs were built successfully.", url)'
GUARD = "    if build.status in FINAL:\n"
BEGIN = (
    "    if payload.chroot == SRPM_CHROOT:\n"
    '        return results(success=True, msg="SRPM build in copr has started.")\n'
)

LEFT_OUT = (
    Defect(
        name="an effect left out",
        edits=(Edit(file=SERVICES, old=f"    {TESTED}\n", new=""),),
        handler="copr_build_end",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="copr_end-0*",
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
        name="an option of the config lost",
        edits=(Edit(file="shadow/building.py", old="bool(job and job.list_on_homepage)", new="False"),),
        handler="pr_copr_build",
        where=r"^\$\.effects\.calls\[\*\]\.body\.list_on_homepage$",
        messages="pull_request-*-built-[oh]*",
    ),
)

TWICE = (
    Defect(
        name="an effect done twice",
        edits=(Edit(file=SERVICES, old=f"    {STARTED}\n", new=f"    {STARTED}\n    {STARTED}\n"),),
        handler="copr_build_end",
        where=r"^\$\.effects\.calls\[\*\]",
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
)

NOT_KEPT = (
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
        name="text where the id was a number",
        edits=(Edit(file="shadow/outbox.py", old="args=(build_id,)", new="args=(str(build_id),)"),),
        handler="pr_copr_build",
        where=r"^\$\.effects\.calls\[\*\]\.args\[\*\]$",
        messages="pull_request-*-built-b*",
    ),
)

TOO_EARLY = (
    Defect(
        name="a guard read after it was written",
        edits=(Edit(file=SERVICES, old=GUARD, new=f'    build.status = "success"\n{GUARD}'),),
        handler="copr_build_end",
        where=r"^\$\.outcome\.value",
        messages="copr_end-0*",
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
)

IN_ANOTHER_ORDER = (
    Defect(
        name="an order that was guaranteed and no longer is",
        edits=(Edit(file=SERVICES, old=f"    {STARTED}\n    {TESTED}\n", new=f"    {TESTED}\n    {STARTED}\n"),),
        handler="copr_build_end",
        where=r"^\$\.effects\.calls$",
        messages="copr_end-0*",
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
)

LEFT_BEHIND = (
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
)

OUT_OF_SIGHT = (
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
)

BATCHES = {
    "left out": LEFT_OUT,
    "twice": TWICE,
    "not kept": NOT_KEPT,
    "too early": TOO_EARLY,
    "in another order": IN_ANOTHER_ORDER,
    "left behind": LEFT_BEHIND,
    "out of sight": OUT_OF_SIGHT,
}


@pytest.mark.parametrize("defects", BATCHES.values(), ids=[name.replace(" ", "-") for name in BATCHES])
def test_each_is_found_on_its_own_handler(defects: tuple[Defect, ...], tmp_path: Path) -> None:
    assert_found(tmp_path, defects)
