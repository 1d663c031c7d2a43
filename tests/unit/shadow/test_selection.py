"""Which handlers run for which jobs? The same ones as in legacy, in the same order."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import legacy.jobs  # noqa: F401  # registers the handlers
from legacy.handlers.abstract import REQUIRED_BY, USED_FOR, JobHandler
from legacy.models import TriggerType
from legacy.package_config import JobConfig
from legacy.package_config import JobTrigger as LegacyTrigger
from legacy.package_config import JobType as LegacyType
from legacy.package_config import PackageConfig as LegacyConfig
from legacy.selection import select_configs, select_handlers
from legacy.triggers import Trigger
from shadow import selection
from shadow.package_config import Job, JobTrigger, JobType

CLASSES: dict[str, type[JobHandler]] = {
    kind.__name__: kind for found in (*USED_FOR.values(), *REQUIRED_BY.values()) for kind in found
}

jobs = st.lists(st.tuples(st.sampled_from(JobType), st.sampled_from(JobTrigger)), max_size=5)
kinds = st.sampled_from([trigger for trigger in Trigger if trigger is not Trigger.installation])
row_types = st.none() | st.sampled_from(TriggerType)


def values(types: Any) -> set[str]:
    return {kind.value for kind in types}


@pytest.mark.parametrize("handler", selection.HANDLERS.values(), ids=lambda handler: handler.name)
def test_a_handler_is_for_what_its_class_is_for(handler: selection.Handler) -> None:
    kind = CLASSES[handler.legacy]
    assert set(handler.kinds) == values(kind.triggers)
    assert values(handler.types) == values(job for job in USED_FOR if kind in USED_FOR[job])
    assert values(handler.required_by) == values(job for job in REQUIRED_BY if kind in REQUIRED_BY[job])


def test_no_class_is_forgotten() -> None:
    assert sorted(handler.legacy for handler in selection.HANDLERS.values()) == sorted(CLASSES)


@given(jobs, kinds, row_types)
def test_the_same_handlers_for_the_same_jobs(
    file: list[tuple[JobType, JobTrigger]], kind: Trigger, row: TriggerType | None
) -> None:
    event: Any = SimpleNamespace(trigger=kind, db_trigger=None if row is None else SimpleNamespace(job_trigger=row))
    theirs = LegacyConfig(jobs=[JobConfig(type=LegacyType(t.value), trigger=LegacyTrigger(w.value)) for t, w in file])
    ours = [Job(type=job, trigger=when) for job, when in file]
    starts = selection.starts(kind.value, row)

    chosen = selection.handlers(kind.value, ours, starts)
    assert [handler.legacy for handler in chosen] == [found.__name__ for found in select_handlers(event, theirs)]
    for handler in selection.HANDLERS.values():
        places = [
            next(place for place, job in enumerate(theirs.jobs) if job is found)
            for found in select_configs(CLASSES[handler.legacy], event, theirs)
        ]
        assert selection.places(handler, ours, starts) == places, handler.name


def test_a_result_of_a_push_starts_jobs_on_pull_requests_too() -> None:
    assert selection.starts("copr_end", TriggerType.branch_push) == {JobTrigger.commit, JobTrigger.pull_request}


def test_a_tests_job_asks_for_builds_that_there_is_no_job_for() -> None:
    file = [Job(type=JobType.tests, trigger=JobTrigger.pull_request)]
    (handler,) = selection.handlers("release", file, {JobTrigger.release})
    assert handler.name == "release_copr_build"
    assert selection.places(handler, file, {JobTrigger.release}) == []


def test_several_jobs_of_a_type_are_all_done_in_the_order_of_the_file() -> None:
    tests, build = (Job(type=kind, trigger=JobTrigger.commit) for kind in (JobType.tests, JobType.copr_build))
    handler = selection.HANDLERS["push_copr_build"]
    assert selection.places(handler, [build, tests, build], {JobTrigger.commit}) == [0, 2]
    assert selection.places(handler, [tests, tests], {JobTrigger.commit}) == [0, 1]


def test_a_tests_job_is_not_built_for_where_some_job_builds() -> None:
    tests, build = (Job(type=kind, trigger=JobTrigger.commit) for kind in (JobType.tests, JobType.copr_build))
    assert selection.is_built_elsewhere([build, tests], tests)
    assert not selection.is_built_elsewhere([tests], tests)
    assert not selection.is_built_elsewhere([build, tests], build)
