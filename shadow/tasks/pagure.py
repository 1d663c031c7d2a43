"""What can be sent about changes on the forge of CentOS?"""

from __future__ import annotations

from typing import Any

from shadow.celery_app import app
from shadow.payloads import PagurePullRequestCommentCoprBuild, PagurePullRequestLabel
from shadow.received import Wire, received
from shadow.services.pagure import pagure_pr_comment_copr_build, pagure_pr_label
from shadow.unit_of_work import unit_of_work


@app.task(name=PagurePullRequestCommentCoprBuild.task, shared=False)
def run_pagure_pr_comment_copr_build_handler(*, change: Wire, config: Wire, job: int, **unknown: Any) -> Wire:
    payload = received(PagurePullRequestCommentCoprBuild, unknown, change=change, config=config, job=job)
    with unit_of_work() as work:
        return work.returns(pagure_pr_comment_copr_build(payload, session=work.session, outbox=work.outbox))


@app.task(name=PagurePullRequestLabel.task, shared=False)
def run_pagure_pr_label_handler(
    *,
    labels: list[str],
    pr_id: int,
    commit_sha: Any,
    project_url: str,
    base_repo_owner: Any,
    base_repo_name: Any,
    base_repo_namespace: Any,
    **unknown: Any,
) -> Wire:
    payload = received(
        PagurePullRequestLabel,
        unknown,
        labels=labels,
        pr_id=pr_id,
        commit_sha=commit_sha,
        project_url=project_url,
        base_repo_owner=base_repo_owner,
        base_repo_name=base_repo_name,
        base_repo_namespace=base_repo_namespace,
    )
    with unit_of_work() as work:
        return work.returns(pagure_pr_label(payload, session=work.session))
