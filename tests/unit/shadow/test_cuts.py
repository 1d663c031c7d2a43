"""However the service is cut, the same comes of a message; and what one failure takes down is what each cut says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shadow import by_event, by_job, tasks
from shadow.by_event.tasks import parse_message
from shadow.by_job.tasks import process_message

MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"
SHIPPED = [
    "babysit-0*", "copr_end-000*", "copr_end-002-*", "dist_git-000*", "gitlab_merge_request-000*", "installation-000*",
    "issue_comment-000*", "pagure_label-000*", "pr_comment_build-000*", "pr_comment_test-000*", "pull_request-000*",
    "release-000*", "release-001*", "testing_farm_results-000*",
]  # fmt: skip


def shipped(pattern: str) -> Any:
    return json.loads(sorted(MESSAGES.glob(pattern))[0].read_text())


@pytest.mark.parametrize("pattern", SHIPPED)
@pytest.mark.parametrize("entry", [parse_message, process_message], ids=["by event", "by job"])
def test_the_same_comes_of_a_message(entry: Any, pattern: str, world: Any) -> None:
    payload = shipped(pattern)
    assert world.cut(payload, entry) == world.split(payload)


def test_each_cut_says_what_a_failure_takes_down_with_it() -> None:
    for cut in (by_event, by_job, tasks):
        assert "What one failure takes down with it:" in (cut.__doc__ or "")


def test_a_message_that_is_for_nobody_is_sent_no_further(world: Any) -> None:
    world.prepare({})
    for entry in (parse_message, process_message):
        found = world.cut({"zen": "Keep it logically awesome."}, entry)
        assert (found["raised"], found["rows"]) == ([], {name: [] for name in found["rows"]})
