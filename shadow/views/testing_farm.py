"""What must the tasks about tests receive, seen from the legacy handlers?"""

from __future__ import annotations

from typing import Any

from shadow.events import TestingFarmResult
from shadow.payloads import TestingFarm, TestingFarmComment, TestingFarmResults
from shadow.views.common import Inputs, config_of, for_job, id_of, place_of, pr_id_of


def testing_farm_comment(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": TestingFarmComment(
            **for_job(handler), user_login=event.user_login, issue_id=vars(event).get("issue_id")
        )
    }


def testing_farm(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": TestingFarm(build=id_of(event.build), jobs=config_of(event).jobs, job=place_of(handler)),
    }


def testing_farm_results(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": TestingFarmResults(
            project_url=event._project.url,
            commit_sha=event.commit_sha,
            pr_id=pr_id_of(event),
            pipeline_id=event.pipeline_id,
            result=TestingFarmResult(event.result.value),
            tests=[test.name for test in event.tests],
            message=event.message,
            log_url=event.log_url,
            copr_chroot=event.copr_chroot,
        )
    }
