"""Does the second example pass on its messages, and is what is planted into its split found on the right node?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.e2e.planting import ROOT, Defect, Edit, found, plant, run

EXAMPLE = "examples/pipeline"
MIGRATION = ("--migration", "examples.pipeline.migration:migration", "--store", "memory:")


def copied(folder: Path, *messages: str) -> Path:
    """Return a folder with the example and the messages of these globs; the committed code is not touched."""
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__", "messages"))
    (folder / "messages").mkdir()
    for glob in messages:
        chosen = list((ROOT / EXAMPLE / "messages").glob(glob))
        assert chosen, f"no shipped message matches {glob}"
        for path in chosen:
            shutil.copy(path, folder / "messages")
    return folder


def test_both_forms_pass_on_its_messages_and_agree(tmp_path: Path) -> None:
    code, report, printed = run(copied(tmp_path, "*"), *MIGRATION)
    assert code == 0, printed
    for handler in report["handlers"]:
        tally = handler["evidence"]
        assert (tally["mismatch"], tally["undecided"], tally["unpaired"]) == (0, 0, 0), handler["name"]
        assert handler["decision"] == "pass"
        assert (tally["accepted"] > 0) is (handler["name"] == "dispatch")  # where a node raised: its end is the node's
    assert all(capture["complete"] for capture in report["capture"])
    assert report["harness_errors"] == {}
    assert "recordings: pass" in printed
    assert {f["code"] for f in report["findings"]} <= {"forms-agree", "nothing-done"}


NODES, TASKS, BASE = f"{EXAMPLE}/split/nodes.py", f"{EXAMPLE}/split/tasks.py", f"{EXAMPLE}/base.py"

APART = (
    Defect(
        name="a node does it otherwise",
        edits=(Edit(file=NODES, old="f\"Re: {event.data['subject']}\"", new="event.data['subject']"),),
        handler="send_reply",
        where=r"^\$\.effects\.calls\[\*\]\.body\.subject$",
        messages="ticket-question-00[0-3]*",
    ),
    Defect(
        name="a router takes the other way",
        edits=(Edit(file=NODES, old='"escalate_ticket" if found["urgent"] else "send_reply"', new='"send_reply"'),),
        handler="ticket_router",
        where=r"^\$\.outcome\.value$",
        messages="ticket-urgent-00[0-3]*",
    ),
    Defect(
        name="nobody awaits the index",
        edits=(
            Edit(
                file=TASKS,
                old="            return indexed(await client.put(document_url(event.id), json=document))\n",
                new="            client.put(document_url(event.id), json=document)\n"
                '            return {"id": str(event.id), "result": "created"}\n',
            ),
        ),
        handler="index_event",
        where=r"^\$\.effects\.calls",
        messages="document-text-00[0-3]*",
    ),
)
ON_THE_WAY = (
    Defect(
        name="what was said before does not travel on",
        edits=(Edit(file=TASKS, old="{**nodes, _node_of(self.name): said}", new="{_node_of(self.name): said}"),),
        handler="reserve_stock",
        where=r"^\$\.inputs\.nodes\.check_order$",
        messages="order-enough-00[0-3]*",
    ),
    Defect(
        name="nobody tries again",
        edits=(
            Edit(file=TASKS, old="    retried_on = (IndexUnavailableError,)\n", new=""),
            Edit(file=TASKS, old="IndexClient, IndexUnavailableError, document_url", new="IndexClient, document_url"),
        ),
        handler="index_event",
        where=r"^\$\.outcome\.kind$",
        messages="document-index-later-*",
    ),
)
UNCOMMITTED = (
    Defect(
        name="nobody commits",
        edits=(Edit(file=BASE, old="            session.commit()\n            later", new="            later"),),
        handler="reserve_stock",
        where=r"^\$\.effects\.rows\.(stock|reservations)$",
        messages="order-enough-00[0-3]*",
    ),
)


@pytest.mark.parametrize("defects", [APART, ON_THE_WAY, UNCOMMITTED], ids=["apart", "on the way", "uncommitted"])
def test_what_is_planted_is_found_on_its_node(tmp_path: Path, defects: tuple[Defect, ...]) -> None:
    copied(tmp_path, *sorted({defect.messages for defect in defects}))
    for defect in defects:
        plant(tmp_path, defect.edits)
    code, report, printed = run(tmp_path, *MIGRATION, "--no-generate", "--form", "fixtures")
    assert code == 1, printed
    unfound = [defect.name for defect in defects if not found(report, defect)]
    assert not unfound, f"not found: {unfound}\n{printed}"
    decided = {handler["name"]: handler["decision"] for handler in report["handlers"]}
    assert {decided[defect.handler] for defect in defects} == {"fail"}, printed
