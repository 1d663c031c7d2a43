"""What can be sent between a project and its packages in the distribution?"""

from __future__ import annotations

from typing import Any

from shadow.celery_app import app
from shadow.payloads import DistGitCommit, ProposeDownstream, ProposeUpdateComment
from shadow.received import Wire, received
from shadow.services.downstream import distgit_commit, propose_downstream, propose_update_comment
from shadow.unit_of_work import unit_of_work


@app.task(name=ProposeUpdateComment.task, shared=False)
def run_propose_update_comment_handler(
    *, change: Wire, config: Wire, job: int, issue_id: int, user_login: str, **unknown: Any
) -> Wire:
    payload = received(
        ProposeUpdateComment, unknown, change=change, config=config, job=job, issue_id=issue_id, user_login=user_login
    )
    with unit_of_work() as work:
        return work.returns(propose_update_comment(payload))


@app.task(name=ProposeDownstream.task, shared=False)
def run_propose_downstream_handler(*, change: Wire, config: Wire, job: int, tag_name: str, **unknown: Any) -> Wire:
    payload = received(ProposeDownstream, unknown, change=change, config=config, job=job, tag_name=tag_name)
    with unit_of_work() as work:
        return work.returns(propose_downstream(payload))


@app.task(name=DistGitCommit.task, shared=False)
def run_distgit_commit_handler(*, project_url: str, commit_sha: Any, branch: Any, job: int, **unknown: Any) -> Wire:
    payload = received(DistGitCommit, unknown, project_url=project_url, commit_sha=commit_sha, branch=branch, job=job)
    with unit_of_work() as work:
        return work.returns(distgit_commit(payload))
