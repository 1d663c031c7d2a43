"""Which payload does each handler get? One function for each, in a module for each family.

A maker says None where the handler is chosen by the jobs of the package config, and yet this is not for it: legacy's
handlers are asked the same before they run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from shadow.dispatch.asked import Asked
from shadow.dispatch.dispatched import Dispatched
from shadow.dispatch.makers import copr, downstream, koji, pagure, testing_farm
from shadow.dispatch.subject import Subject
from shadow.package_config import PackageConfig
from shadow.payloads import Change
from shadow.selection import Handler
from shadow.wire import Payload

MAKERS: dict[str, Callable[[Asked], Payload | None]] = {
    "release_copr_build": copr.release_copr_build,
    "pr_copr_build": copr.pr_copr_build,
    "push_copr_build": copr.push_copr_build,
    "pr_comment_copr_build": copr.pr_comment_copr_build,
    "copr_build_start": copr.copr_build_start,
    "copr_build_end": copr.copr_build_end,
    "testing_farm_comment": testing_farm.testing_farm_comment,
    "testing_farm_results": testing_farm.testing_farm_results,
    "propose_update_comment": downstream.propose_update_comment,
    "propose_downstream": downstream.propose_downstream,
    "distgit_commit": downstream.distgit_commit,
    "release_koji_build": koji.release_koji_build,
    "pr_koji_build": koji.pr_koji_build,
    "push_koji_build": koji.push_koji_build,
    "koji_build_report": koji.koji_build_report,
    "pagure_pr_comment_copr_build": pagure.pagure_pr_comment_copr_build,
}


def start(
    chosen: Sequence[tuple[Handler, Sequence[int]]],
    *,
    subject: Subject,
    change: Change,
    config: PackageConfig,
    session: Session,
) -> Dispatched:
    """One payload for each handler and each of the places of its jobs, in that order."""
    payloads, started = [], []
    for handler, places in chosen:
        for place in places:
            asked = Asked(subject=subject, change=change, config=config, place=place, session=session)
            payload = MAKERS[handler.name](asked)
            if payload is not None:
                payloads.append(payload)
                started.append(asked.job.type.value)
    return Dispatched(event=subject.about(), payloads=payloads, started=started)
