"""What must the tasks between upstream and distribution receive, seen from the legacy handlers?"""

from __future__ import annotations

from typing import Any

from shadow.payloads import DistGitCommit, ProposeDownstream, ProposeUpdateComment
from shadow.views.common import Inputs, for_job, place_of, project_url_of


def propose_downstream(handler: Any) -> Inputs:
    return {"payload": ProposeDownstream(**for_job(handler), tag_name=handler.event.tag_name)}


def propose_update_comment(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": ProposeUpdateComment(
            **for_job(handler), issue_id=vars(event).get("issue_id"), user_login=event.user_login
        ),
    }


def distgit_commit(handler: Any) -> Inputs:
    event = handler.event
    return {
        "payload": DistGitCommit(
            project_url=project_url_of(event),
            commit_sha=event.commit_sha,
            branch=event.branch,
            job=place_of(handler),
        )
    }
