"""What can be sent to the service's workers? One module for each family of handlers, and one for what begins the work.

Arguments are JSON and given by name: the fields of a payload. `**unknown` takes what a newer sender adds: it is
counted, and the work goes on. Tasks are not shared with other apps of the process, and the babysitter is registered at
once: the app that is replaced has one of the same name, and whichever is registered first stays.

What one failure takes down with it: the one run of a handler, and what is to follow it. For each handler and each of
its jobs a task of its own is sent; those of one message in turn, so that those after one that raised are never sent.
Nobody tries it again by itself; a second delivery repeats that one handler.
"""

from __future__ import annotations

from shadow.celery_app import app
from shadow.tasks.copr import (
    run_copr_build_end_handler,
    run_copr_build_start_handler,
    run_pr_comment_copr_build_handler,
    run_pr_copr_build_handler,
    run_push_copr_build_handler,
    run_release_copr_build_handler,
)
from shadow.tasks.downstream import (
    run_distgit_commit_handler,
    run_propose_downstream_handler,
    run_propose_update_comment_handler,
)
from shadow.tasks.entries import babysit_copr_build, process_message
from shadow.tasks.installation import run_installation_handler
from shadow.tasks.koji import (
    run_koji_build_report_handler,
    run_pr_koji_build_handler,
    run_push_koji_build_handler,
    run_release_koji_build_handler,
)
from shadow.tasks.pagure import run_pagure_pr_comment_copr_build_handler, run_pagure_pr_label_handler
from shadow.tasks.testing_farm import (
    run_testing_farm_comment_handler,
    run_testing_farm_handler,
    run_testing_farm_results_handler,
)

__all__ = [
    "app",
    "babysit_copr_build",
    "process_message",
    "run_copr_build_end_handler",
    "run_copr_build_start_handler",
    "run_distgit_commit_handler",
    "run_installation_handler",
    "run_koji_build_report_handler",
    "run_pagure_pr_comment_copr_build_handler",
    "run_pagure_pr_label_handler",
    "run_pr_comment_copr_build_handler",
    "run_pr_copr_build_handler",
    "run_pr_koji_build_handler",
    "run_propose_downstream_handler",
    "run_propose_update_comment_handler",
    "run_push_copr_build_handler",
    "run_push_koji_build_handler",
    "run_release_copr_build_handler",
    "run_release_koji_build_handler",
    "run_testing_farm_comment_handler",
    "run_testing_farm_handler",
    "run_testing_farm_results_handler",
]
