"""What can be sent to test what was built, and about results?"""

from __future__ import annotations

from typing import Any

from shadow.celery_app import app
from shadow.payloads import TestingFarm, TestingFarmComment, TestingFarmResults
from shadow.received import Wire, received
from shadow.services.testing_farm import testing_farm, testing_farm_comment, testing_farm_results
from shadow.unit_of_work import unit_of_work


@app.task(name=TestingFarmComment.task, shared=False)
def run_testing_farm_comment_handler(
    *, change: Wire, config: Wire, job: int, user_login: str, issue_id: int | None, **unknown: Any
) -> Wire:
    payload = received(
        TestingFarmComment, unknown, change=change, config=config, job=job, user_login=user_login, issue_id=issue_id
    )
    with unit_of_work() as work:
        return work.returns(testing_farm_comment(payload, session=work.session))


@app.task(name=TestingFarm.task, shared=False)
def run_testing_farm_handler(*, build: int, jobs: list[Wire], job: int, **unknown: Any) -> Wire:
    payload = received(TestingFarm, unknown, build=build, jobs=jobs, job=job)
    with unit_of_work() as work:
        return work.returns(testing_farm(payload, session=work.session))


@app.task(name=TestingFarmResults.task, shared=False)
def run_testing_farm_results_handler(
    *,
    project_url: str,
    commit_sha: Any,
    pr_id: int | None,
    pipeline_id: Any,
    result: str,
    tests: list[Any],
    message: Any,
    log_url: Any,
    copr_chroot: Any,
    **unknown: Any,
) -> Wire:
    payload = received(
        TestingFarmResults,
        unknown,
        project_url=project_url,
        commit_sha=commit_sha,
        pr_id=pr_id,
        pipeline_id=pipeline_id,
        result=result,
        tests=tests,
        message=message,
        log_url=log_url,
        copr_chroot=copr_chroot,
    )
    with unit_of_work() as work:
        return work.returns(testing_farm_results(payload, session=work.session))
