"""What are the tasks between upstream and distribution told?"""

from __future__ import annotations

from shadow.dispatch.asked import Asked
from shadow.payloads import DistGitCommit, ProposeDownstream, ProposeUpdateComment


def propose_downstream(asked: Asked) -> ProposeDownstream:
    return ProposeDownstream(**asked.for_job(), tag_name=asked.event.tag_name)


def propose_update_comment(asked: Asked) -> ProposeUpdateComment:
    return ProposeUpdateComment(**asked.for_job(), issue_id=asked.issue_id, user_login=asked.event.user_login)


def distgit_commit(asked: Asked) -> DistGitCommit:
    return DistGitCommit(
        project_url=asked.change.project_url,
        commit_sha=asked.event.commit_sha,
        branch=asked.event.branch,
        job=asked.place,
    )
