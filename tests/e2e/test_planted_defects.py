"""Does the gate fail on the right handler, with the right path, for what tasks receive wrongly?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Defect, Edit, assert_found

ENTRIES, TASKS, SERVICES = "shadow/tasks/entries.py", "shadow/tasks/testing_farm.py", "shadow/services/copr.py"
SUBJECT, CONFIGURED, MAKERS = "shadow/dispatch/subject.py", "shadow/dispatch/configured.py", "shadow/dispatch/makers"
FARM, WORK, VIEWS = "shadow/services/testing_farm.py", "shadow/unit_of_work.py", "shadow/views/common.py"

OF_PAYLOADS = (
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
        name="a handler never sent",
        edits=(Edit(file=SERVICES, old="        outbox.handle(TestingFarm(", new="        repr(TestingFarm("),),
        handler="testing_farm",
        where=r"^missing",
        messages="copr_end-0*",
    ),
)

OF_BOTH_SIDES = (
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
)

OF_THE_WIRE = (
    Defect(
        name="a set that became a list",
        edits=(
            Edit(
                file="shadow/wire.py",
                old="return lambda value: origin(item(element) for element in value)",
                new="return lambda value: list(item(element) for element in value)",
            ),
        ),
        handler="copr_build_end",
        where=r"^\$\.inputs\.payload\.(change\.starts|config\.jobs\[\*\]\.targets)$",
        messages="copr_end-00*",
    ),
)

OF_ENTRIES = (
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
        name="a handler sent twice",
        edits=(
            Edit(
                file="shadow/entering.py",
                old="            work.outbox.handle(payload)\n",
                new="            work.outbox.handle(payload)\n            work.outbox.handle(payload)\n",
            ),
        ),
        handler="installation",
        where=r"^extra",
        messages="installation-00*",
    ),
    Defect(
        name="one name taken for a list of letters",
        edits=(
            Edit(file="shadow/package_config.py", old="        return {value}\n", new="        return set(value)\n"),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.config\.jobs\[\*\]\.targets",
        messages="pull_request-*-built-*",
    ),
    Defect(
        name="a retry at another time",
        edits=(Edit(file=ENTRIES, old="raise self.retry()", new="raise self.retry(countdown=60)"),),
        handler="dispatch",
        where=r"^\$\.outcome\.countdown$",
        messages="babysit-*-not-ended*",
    ),
)

OF_CHOICE = (
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
        name="a push taken for a pull request",
        edits=(
            Edit(
                file="shadow/builds.py",
                old="TriggerRow(type=row.job_trigger",
                new="TriggerRow(type=type(row.job_trigger).pull_request",
            ),
        ),
        handler="copr_build_end",
        where=r"^\$\.inputs\.payload\.change\.trigger\.type$",
        messages="copr_end-*-pushed-*",
    ),
)

OF_CHECKS = (
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
)

OF_PERSONS = (
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
)

BATCHES = {
    "of payloads": OF_PAYLOADS,
    "of both sides": OF_BOTH_SIDES,
    "of the wire": OF_THE_WIRE,
    "of entries": OF_ENTRIES,
    "of choice": OF_CHOICE,
    "of checks": OF_CHECKS,
    "of persons": OF_PERSONS,
}


@pytest.mark.parametrize("defects", BATCHES.values(), ids=[name.replace(" ", "-") for name in BATCHES])
def test_each_is_found_on_its_own_handler(defects: tuple[Defect, ...], tmp_path: Path) -> None:
    assert_found(tmp_path, defects)
