"""What is seen of a message from outside: its entry, key and kind, and what the split must receive of each handler?

One module for each family of handlers; `entries`, `keys`, `kinds` and `instances` for what is about whole messages.
"""

from __future__ import annotations

from shadow.views.copr import (
    copr_build_end,
    copr_build_start,
    pr_comment_copr_build,
    pr_copr_build,
    push_copr_build,
    release_copr_build,
)
from shadow.views.downstream import distgit_commit, propose_downstream, propose_update_comment
from shadow.views.entries import (
    babysit_arguments,
    babysit_payload,
    class_name,
    decided,
    event_arguments,
    is_babysit,
    is_event,
    says_failure,
)
from shadow.views.installation import installation
from shadow.views.instances import build, chroot_and_job, place_of_job
from shadow.views.keys import (
    copr_project,
    dist_git_package,
    koji_builds,
    looked_after,
    pagure_project,
    tested_project,
)
from shadow.views.kinds import event_kind
from shadow.views.koji import koji_build_report, pr_koji_build, push_koji_build, release_koji_build
from shadow.views.pagure import pagure_pr_comment_copr_build, pagure_pr_label
from shadow.views.refusals import refusal
from shadow.views.testing_farm import testing_farm, testing_farm_comment, testing_farm_results

__all__ = [
    "babysit_arguments",
    "babysit_payload",
    "build",
    "chroot_and_job",
    "class_name",
    "copr_build_end",
    "copr_build_start",
    "copr_project",
    "decided",
    "dist_git_package",
    "distgit_commit",
    "event_arguments",
    "event_kind",
    "installation",
    "is_babysit",
    "is_event",
    "koji_build_report",
    "koji_builds",
    "looked_after",
    "pagure_pr_comment_copr_build",
    "pagure_pr_label",
    "pagure_project",
    "place_of_job",
    "pr_comment_copr_build",
    "pr_copr_build",
    "pr_koji_build",
    "propose_downstream",
    "propose_update_comment",
    "push_copr_build",
    "push_koji_build",
    "refusal",
    "release_copr_build",
    "release_koji_build",
    "says_failure",
    "tested_project",
    "testing_farm",
    "testing_farm_comment",
    "testing_farm_results",
]
