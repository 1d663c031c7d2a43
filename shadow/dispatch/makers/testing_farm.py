"""What are the tasks about tests told?"""

from __future__ import annotations

from shadow.dispatch.asked import Asked
from shadow.payloads import TestingFarmComment, TestingFarmResults


def testing_farm_comment(asked: Asked) -> TestingFarmComment:
    return TestingFarmComment(**asked.for_job(), user_login=asked.event.user_login, issue_id=asked.issue_id)


def testing_farm_results(asked: Asked) -> TestingFarmResults:
    event = asked.event
    return TestingFarmResults(
        project_url=asked.change.project_url,
        commit_sha=event.commit_sha,
        pr_id=asked.change.pr_id,
        pipeline_id=event.pipeline_id,
        result=event.result,
        tests=event.tests,
        message=event.message,
        log_url=event.log_url,
        copr_chroot=event.copr_chroot,
    )
