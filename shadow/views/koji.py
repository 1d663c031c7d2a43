"""What must the tasks about Koji builds receive, seen from the legacy handlers?"""

from __future__ import annotations

from typing import Any

from shadow.payloads import KojiBuildReport, NamedRow, PullRequestKojiBuild, PushKojiBuild, ReleaseKojiBuild
from shadow.views.common import Inputs, for_job, id_of, place_of


def release_koji_build(handler: Any) -> Inputs:
    return {"payload": ReleaseKojiBuild(**for_job(handler))}


def pr_koji_build(handler: Any) -> Inputs:
    return {"payload": PullRequestKojiBuild(**for_job(handler), user_login=handler.event.user_login)}


def push_koji_build(handler: Any) -> Inputs:
    return {"payload": PushKojiBuild(**for_job(handler))}


def koji_build_report(handler: Any) -> Inputs:
    event = handler.event
    build, row = vars(event).get("_build_model"), event._db_trigger
    return {
        "payload": KojiBuildReport(
            build=None if build is None else id_of(build),
            trigger=None if row is None else NamedRow(kind=row.job_trigger.value, id=id_of(row)),
            build_id=event.build_id,
            state=_text(event.state),
            old_state=_text(event.old_state),
            start_time=event.start_time,
            completion_time=event.completion_time,
            rpm_build_task_id=event.rpm_build_task_id,
            job=place_of(handler),
        )
    }


def _text(state: Any) -> Any:
    return None if state is None else state.value
