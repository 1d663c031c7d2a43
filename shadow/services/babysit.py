"""Did a build end without a message that says so?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.clients import Copr
from legacy.models import CoprBuild
from shadow import rows, selection
from shadow.builds import build_change, find_config, for_each_job
from shadow.events import CoprBuildEvent, FedmsgTopic
from shadow.outbox import Outbox


def check_copr_build(build_id: int, *, session: Session, outbox: Outbox) -> bool:
    """Have the end of a build handled for each of its rows that is still pending; False: it has not ended."""
    builds = rows.copr_builds(session, build_id)
    if not builds:
        return True
    copr = Copr()
    found = copr.get_build(build_id)
    if not found["ended_on"]:
        return False
    for build in builds:
        if build.status != "pending":
            continue
        chroot = copr.get_build_chroot(build_id, build.target)
        event = CoprBuildEvent(
            topic=FedmsgTopic.copr_build_finished,
            build_id=build_id,
            chroot=build.target,
            status=1 if chroot["state"] == "succeeded" else 2,
            owner=build.owner,
            project_name=build.project_name,
            timestamp=found["ended_on"],
        )
        _handle(event, build, session=session, outbox=outbox)
    return True


def _handle(event: CoprBuildEvent, build: CoprBuild, *, session: Session, outbox: Outbox) -> None:
    change = build_change(session, "copr_end", build)
    if change is None:
        return
    config = find_config(change)
    if config is None:
        return
    for payload in for_each_job(event, change, config, selection.for_builds(config.jobs, change.starts)):
        outbox.handle(payload)
