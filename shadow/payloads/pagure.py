"""What do the tasks about changes on Pagure receive?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from shadow.payloads.common import ForJob
from shadow.payloads.ways import Minimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PagurePullRequestCommentCoprBuild(ForJob):
    """A comment asks that a pull request on Pagure be built."""

    task: ClassVar[str] = "task.run_pagure_pr_comment_copr_build_handler"


@dataclass(frozen=True, slots=True, kw_only=True)
class PagurePullRequestLabel(Minimal):
    """A pull request on Pagure got labels."""

    task: ClassVar[str] = "task.run_pagure_pr_label_handler"

    labels: set[str]
    pr_id: int
    commit_sha: Any
    project_url: str
    base_repo_owner: Any
    base_repo_name: Any
    base_repo_namespace: Any
