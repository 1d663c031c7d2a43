"""On which kinds of event, and in which ways, can each handler end?

A run names those that no message has shown: what was never seen was never compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Strata = Mapping[str, Sequence[str]]  # kind of event, as views.event_kind names it -> ways

DONE = "returned"
FAILED = "returned:failure"
RAISED = "raised"  # a status or a comment that cannot be posted is not caught
NOTHING = "returned:nothing"

BUILDS = (DONE, FAILED, RAISED)

HANDLERS: Mapping[str, Strata] = {
    "release_copr_build": {"github release": BUILDS},
    "pr_copr_build": {"github pull request": BUILDS, "gitlab merge request": BUILDS, "pagure pull request": BUILDS},
    "push_copr_build": {"github push": BUILDS, "gitlab push": BUILDS, "pagure push": BUILDS},
    "pr_comment_copr_build": {
        "github pull request comment": BUILDS,
        "gitlab merge request comment": BUILDS,
        # an issue has no commit: who may not ask is told so, and for the others no status can be set
        "github issue comment": (DONE, RAISED),
        "gitlab issue comment": (DONE, RAISED),
    },
    "copr_build_start": {"copr build start": BUILDS},
    "copr_build_end": {"copr build end": BUILDS, "babysit": BUILDS},
    "installation": {"github installation": (DONE, RAISED)},
    # how the tests were taken is not its result
    "testing_farm_comment": {
        "github pull request comment": (DONE, RAISED),
        "gitlab merge request comment": (DONE, RAISED),
        "pagure pull request comment": (DONE, RAISED),
    },
    "testing_farm": {"copr build end": BUILDS, "babysit": BUILDS},
    "testing_farm_results": {"testing farm results": (DONE, RAISED)},
    # what fails for one branch is told, and the others go on
    "propose_update_comment": {"github issue comment": (DONE, FAILED), "gitlab issue comment": (DONE, FAILED)},
    "propose_downstream": {"github release": (DONE, FAILED)},
    "distgit_commit": {"dist-git commit": BUILDS},
    "release_koji_build": {"github release": BUILDS},
    "pr_koji_build": {"github pull request": BUILDS},
    "push_koji_build": {"github push": BUILDS},
    # without a row there is no project, so that nothing is configured for it: it is never run for an unknown build
    "koji_build_report": {"koji task": (DONE, RAISED)},
    "pagure_pr_comment_copr_build": {"pagure pull request comment": BUILDS},
    "pagure_pr_label": {"pagure label": (DONE, RAISED)},
}

EVENTS = (
    *("github pull request", "github pull request comment", "github issue comment"),
    *("github release", "github push", "github installation"),
    *("gitlab merge request", "gitlab merge request comment", "gitlab issue comment", "gitlab push"),
    *("pagure pull request", "pagure pull request comment", "pagure label", "pagure push"),
    *("dist-git commit", "copr build start", "copr build end", "koji task", "testing farm results"),
)

DISPATCH: Strata = {
    **dict.fromkeys(EVENTS, (DONE, NOTHING, RAISED)),
    "babysit": (DONE, NOTHING, RAISED, "retried"),
    "other": (NOTHING,),
}
