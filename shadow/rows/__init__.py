"""Which rows are there, and which are made? On the session that is given; nothing is committed here."""

from __future__ import annotations

from shadow.rows.accounts import bugzilla, installation, new_bugzilla, whitelisted
from shadow.rows.builds import (
    copr_build,
    copr_builds,
    koji_build,
    koji_submitted,
    new_test_run,
    srpm_build,
    submitted,
    test_run,
    was_built,
)
from shadow.rows.loading import UnknownKindError, locked, of_kind
from shadow.rows.projects import (
    branch,
    build_trigger,
    git_project,
    issue,
    pr_id,
    pull_request,
    release,
    started_by,
)

__all__ = [
    "UnknownKindError",
    "branch",
    "bugzilla",
    "build_trigger",
    "copr_build",
    "copr_builds",
    "git_project",
    "installation",
    "issue",
    "koji_build",
    "koji_submitted",
    "locked",
    "new_bugzilla",
    "new_test_run",
    "of_kind",
    "pr_id",
    "pull_request",
    "release",
    "srpm_build",
    "started_by",
    "submitted",
    "test_run",
    "was_built",
    "whitelisted",
]
