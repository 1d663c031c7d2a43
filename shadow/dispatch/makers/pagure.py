"""What are the tasks about changes on Pagure told?"""

from __future__ import annotations

from shadow.dispatch.asked import Asked
from shadow.payloads import PagurePullRequestCommentCoprBuild


def pagure_pr_comment_copr_build(asked: Asked) -> PagurePullRequestCommentCoprBuild:
    return PagurePullRequestCommentCoprBuild(**asked.for_job())
