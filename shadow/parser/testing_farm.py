"""Which results of Testing Farm are in this payload?"""

from __future__ import annotations

from shadow.events import TestingFarmResult, TestingFarmResultsEvent
from shadow.parser.base import Payload, incomplete, members, name, text


def results(payload: Payload) -> TestingFarmResultsEvent | None:
    pipeline_id, result = name(payload, "pipeline", "id"), name(payload, "result")
    if pipeline_id is None or incomplete(result):
        return None
    return TestingFarmResultsEvent(
        pipeline_id=pipeline_id,
        result=TestingFarmResult(result),
        tests=_names_of_tests(payload),
        message=text(payload, "message"),
        log_url=name(payload, "url"),
        copr_chroot=name(payload, "artifact", "copr-chroot") or "",
        project_url=name(payload, "artifact", "git-url"),
        commit_sha=name(payload, "artifact", "commit-sha") or "",
    )


def _names_of_tests(payload: Payload) -> list[str]:
    """The names of the tests; what their results say is checked, though nobody needs it."""
    names = []
    for test in members(payload, "tests"):
        test_name, result = name(test, "name"), name(test, "result")
        if test_name is not None and result is not None:
            TestingFarmResult(result)
            names.append(test_name)
    return names
