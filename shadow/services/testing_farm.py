"""What is done to test what was built, and about results that come back?"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from legacy.clients import Project
from legacy.clients import TestingFarm as Service
from legacy.models import CoprBuild
from shadow import rows
from shadow.builds import build_change
from shadow.checks import Checks
from shadow.config import service_config
from shadow.events import TestingFarmResult
from shadow.payloads import TestingFarm, TestingFarmComment, TestingFarmResults
from shadow.reporting import TESTING_FARM, check_name, report
from shadow.services import permission, stored
from shadow.services.results import Results, results

INSTALLATION_TEST = "/install/copr-build"


def testing_farm(payload: TestingFarm, *, session: Session) -> Results:
    """Ask Testing Farm to test what was built in a chroot."""
    try:
        build = stored.of(session, CoprBuild, payload.build, called="Copr build")
        stored.started_by(session, build.trigger)
    except stored.MissingError as error:
        return results(success=False, msg=str(error))
    change = build_change(session, "copr_end", build)
    if change is None:
        return results(success=False, msg=f"The project of Copr build row {build.id} is not known any more.")
    checks = Checks(config=service_config(), change=change, jobs=payload.jobs, job=payload.jobs[payload.job])
    return run_tests(checks, build.target, session=session)


def testing_farm_comment(payload: TestingFarmComment, *, session: Session) -> Results:
    """Have every chroot tested that a comment asks for, if whoever wrote it may ask. What comes of it is told there."""
    checks = Checks.of(payload)
    if not permission.may_act(checks.config, checks.project, payload.user_login):
        return permission.refuse(checks.project, pr_id=payload.change.pr_id, issue_id=payload.issue_id)
    for chroot in sorted(checks.tested):
        run_tests(checks, chroot, session=session)
    return results(success=True)


def run_tests(checks: Checks, chroot: str, *, session: Session) -> Results:
    """Ask for the tests of one chroot."""
    change = checks.change
    if chroot not in checks.tested:
        return results(success=False, msg=f"Target {chroot} not defined for tests.")
    if chroot not in checks.built:
        message = f"No build defined for the target {chroot!r}."
        checks.tell_tests(chroot, "error", message)
        return results(success=False, msg=message)
    checks.tell_tests(chroot, "pending", "Build succeeded. Submitting the tests ...")
    if change.trigger is None:
        raise ValueError("A test run needs something that triggered it.")
    pipeline_id = str(uuid.uuid4())
    run = rows.new_test_run(
        session, pipeline_id=pipeline_id, commit_sha=change.commit_sha, target=chroot, trigger=change.trigger
    )
    answer = Service().trigger(_request(checks, pipeline_id, chroot))
    if answer is None or answer.status != 200:
        message = "Failed to submit tests. The reason is unknown."
        if answer is not None:
            message = f"Failed to submit tests: {answer.body.get('message')}"
        checks.tell_tests(chroot, "failure", message)
        run.status = "error"
        return results(success=False, msg=message)
    run.status = "running"
    checks.tell_tests(chroot, "pending", "Tests are running ...", answer.body["url"])
    return results(success=True)


def _request(checks: Checks, pipeline_id: str, chroot: str) -> dict[str, Any]:
    change = checks.change
    return {
        "pipeline": {"id": pipeline_id},
        "api": {"token": checks.config.testing_farm_secret},
        "response-url": f"{checks.config.site}/api/testing-farm/results",
        "artifact": {
            "repo-name": checks.project.repo,
            "repo-namespace": checks.project.namespace,
            "copr-repo-name": f"{checks.copr_owner}/{checks.copr_project}",
            "copr-chroot": chroot,
            "commit-sha": change.commit_sha,
            "git-url": f"{change.project_url}.git",
            "git-ref": change.git_ref or change.commit_sha,
        },
    }


def testing_farm_results(payload: TestingFarmResults, *, session: Session) -> Results:
    """Remember how a test run ended, and tell."""
    run = rows.test_run(session, payload.pipeline_id)
    if run is not None:
        run.status = payload.result.value
        if payload.log_url:
            run.web_url = payload.log_url
        session.flush()  # what cannot be kept is not told either
    passed = payload.result is TestingFarmResult.passed
    report(
        Project(payload.project_url),
        payload.commit_sha,
        payload.pr_id,
        name=check_name(service_config(), TESTING_FARM, payload.copr_chroot),
        state="success" if passed else "failure",
        description=_text(payload, passed=passed),
        url=payload.log_url or "",
    )
    return results(success=True)


def _text(payload: TestingFarmResults, *, passed: bool) -> str:
    if payload.tests == [INSTALLATION_TEST]:
        return f"Installation {'passed' if passed else 'failed'}"
    return payload.message or ""
