"""A defect in one cut of the service is found in that cut and in no other; one in what they share in all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Defect, Edit, copy_of_the_example, found, plant, run

CUTS = {
    "by handler": "shadow.migration:migration",
    "by event": "shadow.by_event.migration:migration",
    "by job": "shadow.by_job.migration:migration",
}
PLANTED = {
    "by handler": Defect(
        name="an argument that its task mixes up",
        edits=(
            Edit(
                file="shadow/tasks/installation.py",
                old="        sender_login=sender_login,",
                new="        sender_login=account_login,",
            ),
        ),
        handler="installation",
        where=r"^\$\.inputs\.payload\.sender_login$",
        messages="installation-003*",
    ),
    "by event": Defect(
        name="what follows a handler sent to a task that there is not",
        edits=(
            Edit(
                file="shadow/by_event/handlers.py",
                old="        return run(payload, here=handle)",
                new="        return run(payload)",
            ),
        ),
        handler="testing_farm",
        where=r"^missing",
        messages="copr_end-000*",
    ),
    "by job": Defect(
        name="a handler that is sent under the name of another one of its job",
        edits=(
            Edit(
                file="shadow/by_job/tasks.py",
                old="    handler = handler_of(type(payload))\n",
                new='    handler = handler_of(type(payload)).replace("pr_copr_build", "push_copr_build")\n',
            ),
        ),
        handler="pr_copr_build",
        where=r"^missing",
        messages="pull_request-00[0-3]*",
    ),
}
SHARED = Defect(
    name="an effect done with another argument",
    edits=(Edit(file="shadow/reporting.py", old='RPM_BUILD = "', new='RPM_BUILD = "x'),),
    handler="copr_build_end",
    where=r"^\$\.effects\.calls",
    messages="copr_end-000*",
)
PLAINLY = ("--no-generate", "--form", "fixtures", "--store", "memory:")


def test_each_defect_is_found_where_its_code_runs_and_nowhere_else(tmp_path: Path) -> None:
    """All in one copy: none hides another, and each run reads the code of its own cut alone."""
    planted = (*PLANTED.values(), SHARED)
    folder = copy_of_the_example(tmp_path, *sorted({defect.messages for defect in planted}))
    for defect in planted:
        plant(folder, defect.edits)
    for cut, migration in CUTS.items():
        code, report, printed = run(folder, "--migration", migration, *PLAINLY)
        assert code == 1, printed
        told = [defect.name for defect in planted if found(report, defect)]
        assert (cut, told) == (cut, [PLANTED[cut].name, SHARED.name])


@pytest.mark.parametrize("cut", ["by event", "by job"])
def test_a_faithful_cut_differs_nowhere(cut: str, tmp_path: Path) -> None:
    """One message of each kind: too little to pass, and nothing that speaks against it."""
    folder = copy_of_the_example(tmp_path, "*-000-*")
    code, report, printed = run(folder, "--migration", CUTS[cut], *PLAINLY)
    assert code == 3, printed
    tallied = [handler["evidence"] for handler in report["handlers"]]
    assert sum(tally["match"] for tally in tallied) > 30
    assert sum(tally[verdict] for tally in tallied for verdict in ("mismatch", "unpaired", "undecided")) == 0
    blocking = [finding for handler in report["handlers"] for finding in handler["findings"] if finding.get("blocks")]
    assert (blocking, report["harness_errors"]) == ([], {})
