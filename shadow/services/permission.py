"""May the author of a change ask for something to be done about it?"""

from __future__ import annotations

from legacy.clients import Project
from shadow.config import ServiceConfig
from shadow.reporting import PERMISSIONS_ERROR
from shadow.services.results import Results, results


def may_act(config: ServiceConfig, project: Project, login: str) -> bool:
    """Whether it is an admin of the service, or somebody who may merge in the project."""
    return login in config.admins or project.can_merge_pr(login)


def refuse(project: Project, *, pr_id: int | None, issue_id: int | None) -> Results:
    """Tell so where the comment stands that asked: on an issue, else on the pull request."""
    if issue_id is not None:
        project.issue_comment(issue_id, PERMISSIONS_ERROR)
    elif pr_id is not None:
        project.pr_comment(pr_id, PERMISSIONS_ERROR)
    return refused()


def refused() -> Results:
    """What a handler returns that did nothing because it may not: it went as it should."""
    return results(success=True, msg=PERMISSIONS_ERROR)
