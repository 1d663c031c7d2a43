"""Did a build end without a message that says so?"""

from __future__ import annotations

from legacy.clients import Copr
from legacy.config import ServiceConfig
from legacy.events import CoprBuildEvent, FedmsgTopic
from legacy.handlers.copr import CoprBuildEndHandler
from legacy.models import CoprBuild
from legacy.selection import select_configs


def check_copr_build(build_id: int) -> bool:
    """Handle the end of a build for each of its rows that is still pending; False: it has not ended."""
    rows = CoprBuild.get_all_by_build_id(build_id)
    if not rows:
        return True
    copr = Copr()
    found = copr.get_build(build_id)
    if not found["ended_on"]:
        return False
    for row in rows:
        if row.status != "pending":
            continue
        chroot = copr.get_build_chroot(build_id, row.target)
        _handle_end(
            CoprBuildEvent(
                topic=FedmsgTopic.copr_build_finished,
                build_id=build_id,
                build=row,
                chroot=row.target,
                status=1 if chroot["state"] == "succeeded" else 2,
                owner=row.owner,
                project_name=row.project_name,
                pkg=found["source_package"]["name"],
                timestamp=found["ended_on"],
            )
        )
    return True


def _handle_end(event: CoprBuildEvent) -> None:
    package_config = event.package_config
    if package_config is None:
        return
    for job in select_configs(CoprBuildEndHandler, event, package_config):
        CoprBuildEndHandler(ServiceConfig.get(), job, event).run()
