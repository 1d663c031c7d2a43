"""What must the tasks about changes on Pagure receive, seen from the legacy handlers?"""

from __future__ import annotations

from typing import Any

from shadow.payloads import PagurePullRequestCommentCoprBuild, PagurePullRequestLabel
from shadow.views.common import Inputs, for_job, project_url_of


def pagure_pr_comment_copr_build(handler: Any) -> Inputs:
    return {"payload": PagurePullRequestCommentCoprBuild(**for_job(handler))}


def pagure_pr_label(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": PagurePullRequestLabel(
            labels=event.labels,
            pr_id=event._pr_id,
            commit_sha=event.commit_sha,
            project_url=project_url_of(event),
            base_repo_owner=event.base_repo_owner,
            base_repo_name=event.base_repo_name,
            base_repo_namespace=event.base_repo_namespace,
        )
    }
