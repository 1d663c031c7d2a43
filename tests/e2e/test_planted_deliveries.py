"""Does the gate see a task that raises after it sent the next one, or sends it so that it may never come?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Edit, copy_of_the_example, plant, run

BY_EVENT = "shadow/by_event/tasks.py"
SENT = "        app.send_task(task_of(found), kwargs=found.to_wire())\n"


@pytest.mark.parametrize(
    ("instead", "where"),
    [
        (f'{SENT}        raise RuntimeError("after it was sent")\n', "$.outcome.kind"),
        (SENT.replace(")\n", ", expires=1)\n"), "$.effects.calls[*]"),
        (SENT.replace(")\n", ", countdown=3600)\n"), "$.effects.calls[*]"),
    ],
    ids=["raises after it sent", "sent to expire", "sent for later"],
)
def test_a_task_in_which_dispatch_goes_on_is_no_excuse_for_the_one_that_sends_it(
    tmp_path: Path, instead: str, where: str
) -> None:
    folder = copy_of_the_example(tmp_path, "installation-000-*")
    plant(folder, (Edit(file=BY_EVENT, old=SENT, new=instead),))
    migration = "shadow.by_event.migration:migration"
    code, report, printed = run(folder, "--no-generate", "--form", "fixtures", "--migration", migration)
    assert code == 1, printed
    dispatch = next(handler for handler in report["handlers"] if handler["name"] == "dispatch")
    assert dispatch["decision"] == "fail"
    assert where in {difference["path"] for difference in dispatch["differences"]}
