"""Does the gate let pass what is written differently and does the same?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Edit, change, copy_of_the_example, plant, run

TASKS, SERVICES = "shadow/tasks/testing_farm.py", "shadow/services/copr.py"
WORK = "shadow/unit_of_work.py"

FAITHFUL = {
    "an extra read, an extra flush and two commits": (
        Edit(
            file=SERVICES,
            old="    build.start_time",
            new="    Copr().get_build(payload.build_id)\n    build.start_time",
        ),
        Edit(
            file=SERVICES,
            old='    build.status = "pending"\n',
            new='    build.status = "pending"\n    session.flush()\n    session.commit()\n',
        ),
        Edit(
            file=WORK,
            old="    work.session.commit()\n",
            new="    work.session.commit()\n    work.session.commit()\n",
        ),
    ),
    "tasks sent in another way": (
        Edit(
            file=WORK,
            old="        chain(*(_signature(work, number) for number in numbers)).apply_async()",
            new="        from celery import group\n\n"
            "        together = chain if len(numbers) > 1 else group\n"
            "        together(*(_signature(work, number) for number in numbers)).apply_async()",
        ),
        Edit(
            file=WORK,
            old="app.send_task(later.task, args=later.args, countdown=later.countdown)",
            new="app.signature(later.task, args=later.args).set(countdown=later.countdown).apply_async()",
        ),
        Edit(
            file=TASKS,
            old="@app.task(name=TestingFarm.task, shared=False)",
            new="@app.task(name=TestingFarm.task, shared=False, autoretry_for=(ZeroDivisionError,), acks_late=True)",
        ),
    ),
    "rows found and made in another way": (
        Edit(
            file="shadow/rows/projects.py",
            old="    return session.get(model, link.trigger_id) if model is not None else None",
            new="    return session.scalar(select(model).where(model.id == link.trigger_id)) if model else None",
        ),
        Edit(
            file="shadow/rows/builds.py",
            old="    return session.scalars(query.filter_by(target=target) if target else query).first()",
            new="    return next((row for row in session.scalars(query) if not target or row.target == target), None)",
        ),
        Edit(
            file="shadow/rows/builds.py",
            old="    row = SrpmBuild(logs=logs, success=success)\n    session.add(row)",
            new="    row = session.merge(SrpmBuild(logs=logs, success=success))",
        ),
        Edit(
            file=SERVICES,
            old='    build.status = "pending"\n',
            new="    from sqlalchemy import update\n\n"
            '    session.execute(update(CoprBuild).where(CoprBuild.id == build.id).values(status="pending"))\n',
        ),
    ),
    "a pure function with a cache, more logging, wire lists in any order": (
        Edit(
            file="shadow/aliases.py",
            old="def chroots(targets: Iterable[str]) -> frozenset[str]:\n",
            new="from functools import lru_cache\n\n\ndef chroots(targets):\n"
            "    return _chroots(frozenset(targets))\n\n\n@lru_cache\ndef _chroots(targets):\n",
        ),
        Edit(
            file=SERVICES,
            old='    build.status = "pending"\n',
            new="    import logging\n\n"
            '    logging.getLogger(__name__).warning("Build %s: %r of %r", build.id, build.status, build.trigger)\n'
            '    build.status = "pending"\n',
        ),
        Edit(
            file="shadow/wire.py",
            old="        return sorted(_encode(item) for item in value)",
            new="        return [_encode(item) for item in value]",
        ),
    ),
    "rows by other statements, that say the same": (
        change(
            "rows/loading.py",
            "    return session.get(model, row_id, with_for_update=True, populate_existing=True)",
            "    from sqlalchemy import select\n\n"
            "    found = select(model).where(model.id == row_id).with_for_update()\n"
            "    return session.scalars(found, execution_options={'populate_existing': True}).one_or_none()",
        ),
        change(
            "rows/builds.py",
            "    return session.scalars(query).first() is not None",
            "    return bool(session.scalar(select(query.exists())))",
        ),
        change(
            "services/koji.py",
            "        state, description, build.status = TOLD[payload.state]\n",
            "        state, description, status = TOLD[payload.state]\n"
            "        session.query(KojiBuild).filter_by(id=build.id).update({KojiBuild.status: status})\n",
        ),
        change(
            "whitelist.py",
            "    found = (rows.whitelisted(session, account) for account in accounts)\n",
            "    from sqlalchemy import select\n\n"
            "    found = session.scalars(select(Whitelist).where(Whitelist.account_name.in_(accounts))).all()\n",
        ),
    ),
    "names that nobody outside knows, and one argument more than is read": (
        change("building.py", "def build_in_copr(", "def build("),
        change("services/copr.py", "import build_in_copr,", "import build as build_in_copr,"),
        change("services/pagure.py", "import build_in_copr", "import build as build_in_copr"),
        change("unit_of_work.py", "kwargs=kwargs,", 'kwargs={**kwargs, "sent_by": "dispatcher"},'),
        change(
            "payloads/__init__.py",  # what a route sends is what the dispatcher sends
            "    return payload.to_wire()",
            '    return {**payload.to_wire(), "sent_by": "dispatcher"}',
        ),
        change(
            "selection.py",
            "    return [place for place, job in enumerate(jobs) if job.type in types and job.trigger in triggers]",
            "    chosen = [job.type in types and job.trigger in triggers for job in jobs]\n"
            "    return [place for place, is_chosen in enumerate(chosen) if is_chosen]",
        ),
    ),
    "reads in another order, once instead of often, and statuses by way of another function": (
        change(
            "reporting.py",
            "    project.set_commit_status(",
            "    newest = project.get_pr(pr_id).head_commit if project.on_pagure and pr_id is not None else None\n"
            "    project.set_commit_status(",
        ),
        change(
            "reporting.py",
            "    if project.on_pagure and pr_id is not None and project.get_pr(pr_id).head_commit == commit_sha:",
            "    if newest is not None and newest == commit_sha:",
        ),
        change(
            "services/downstream.py",
            "    errors = {}\n",
            "    errors, config = {}, payload.config.for_library()\n",
            times=2,
        ),
        change(
            "services/downstream.py",
            "packit.sync_release(payload.config.for_library(), ",
            "packit.sync_release(config, ",
            times=2,
        ),
        change("koji.py", "        for target in self.targets:\n", "        for target in sorted({*self.targets}):\n"),
        change("checks.py", "            report(\n", "            self._one(\n"),
        change(
            "checks.py",
            "    def _report(self,",
            "    def _one(self, *place: Any, **said: Any) -> None:\n        report(*place, **said)\n\n"
            "    def _report(self,",
        ),
        change("checks.py", "from typing import Self", "from typing import Any, Self"),
    ),
}


def test_a_faithful_copy_has_no_mismatch(tmp_path: Path) -> None:
    """The same way with nothing planted: what fails above fails for the defect and nothing else."""
    folder = copy_of_the_example(tmp_path)
    code, report, printed = run(folder, "--no-generate", "--form", "fixtures")
    assert code == 3, printed  # a few hundred messages are fewer keys than the bar asks for
    assert {h["decision"] for h in report["handlers"]} <= {"wait", "pass"}, printed
    for handler in report["handlers"]:
        assert handler["evidence"]["mismatch"] == 0, printed
        assert handler["evidence"]["undecided"] == 0, printed
        assert handler["evidence"]["match"] > 0, printed
    # an empty cell of what the migration says can happen is a hole in the messages
    assert {h["name"]: h["never_seen"] for h in report["handlers"] if h["never_seen"]} == {}, printed


@pytest.mark.parametrize("edits", FAITHFUL.values(), ids=[name.replace(" ", "-") for name in FAITHFUL])
def test_another_way_to_write_the_same_is_no_mismatch(edits: tuple[Edit, ...], tmp_path: Path) -> None:
    folder = copy_of_the_example(tmp_path, "*-00[0-5]*")
    plant(folder, edits)
    code, report, printed = run(folder, "--no-generate", "--form", "fixtures")
    assert code == 3, printed
    assert {h["decision"] for h in report["handlers"]} <= {"wait", "pass"}, printed
    assert {h["evidence"]["mismatch"] for h in report["handlers"]} == {0}, printed
