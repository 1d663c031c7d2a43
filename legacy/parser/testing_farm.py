"""Is a payload what Testing Farm tells about a test run?"""

from __future__ import annotations

import logging
from typing import Any

from legacy.events import TestingFarmResult, TestingFarmResultsEvent, TestResult
from legacy.parser.base import members, name, text

logger = logging.getLogger(__name__)


def parse_testing_farm_results(payload: dict[str, Any]) -> TestingFarmResultsEvent | None:
    pipeline_id, result = name(payload, "pipeline", "id"), name(payload, "result")
    if pipeline_id is None:
        return None
    if result is None:
        logger.warning("Results of a test run without a result.")
        return None
    return TestingFarmResultsEvent(
        pipeline_id=pipeline_id,
        result=TestingFarmResult(result),
        environment=name(payload, "environment", "image"),
        message=text(payload, "message"),
        log_url=name(payload, "url"),
        copr_repo_name=name(payload, "artifact", "copr-repo-name"),
        copr_chroot=name(payload, "artifact", "copr-chroot") or "",
        tests=_tests(payload),
        repo_namespace=name(payload, "artifact", "repo-namespace"),
        repo_name=name(payload, "artifact", "repo-name"),
        git_ref=name(payload, "artifact", "git-ref"),
        project_url=name(payload, "artifact", "git-url"),
        commit_sha=name(payload, "artifact", "commit-sha") or "",
    )


def _tests(payload: dict[str, Any]) -> list[TestResult]:
    found = []
    for test in members(payload, "tests"):
        test_name, result = name(test, "name"), name(test, "result")
        if test_name is not None and result is not None:
            found.append(TestResult(test_name, TestingFarmResult(result), name(test, "log")))
    return found
