"""Only tasks commit, services know nothing of Celery, and what is sent is sent after the commit."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.signals import before_task_publish, task_prerun
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from legacy.database import engine
from legacy.models import CoprBuild, GitProject
from shadow import package_config, rows, tasks
from shadow.dispatch import dispatch
from shadow.outbox import Outbox
from shadow.payloads import CoprBuildEnd, Installation
from shadow.services.copr import copr_build_end
from shadow.services.installation import installation
from shadow.unit_of_work import unit_of_work
from tests.unit.shadow import damage

SHADOW = Path(__file__).parents[3] / "shadow"
MESSAGES = Path(__file__).parents[3] / "legacy" / "messages"
TASK_SIDE = {"tasks", "tasks.py", "celery_app.py", "unit_of_work.py", "publishing.py", "app.py", "installed.py"}
# the methods of the rows commit, on a session of their own: those of the classes, and those of a row
OF_CLASSES = {"create", "get_or_create", "add_account", "add", "get_by_build_id", "get_all_by_build_id", "get_by_pr"}
OF_ROWS = {"set_status", "set_start_time", "set_end_time", "set_build_logs_url", "set_web_url", "get_trigger_object"}

FILES = [file for file in sorted(SHADOW.rglob("*.py")) if not TASK_SIDE & set(file.relative_to(SHADOW).parts)]


def calls(file: Path) -> Iterator[tuple[str, str]]:
    """The methods that are called: on what (a bare name, or nothing), and which."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield (node.func.value.id if isinstance(node.func.value, ast.Name) else "", node.func.attr)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SHADOW)))
def test_no_commit_outside_tasks(file: Path) -> None:
    found = list(calls(file))
    assert "commit" not in {method for _, method in found}
    assert not [(owner, method) for owner, method in found if method in OF_CLASSES and owner[:1].isupper()]
    assert not OF_ROWS & {method for _, method in found}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SHADOW)))
def test_celery_is_known_to_tasks_only(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in modules if name.split(".")[0] == "celery" or name == "shadow.celery_app"]


@pytest.mark.parametrize("kind", sorted(damage.kinds()))
def test_each_task_commits_once(kind: str, world: Any) -> None:
    """At its end: what the dispatcher or a service did until then is not to be seen before."""
    tasks_run: list[str] = []
    commits: list[Session] = []

    def note_task(task: Any, **_: Any) -> None:
        tasks_run.append(task.name)

    def note_commit(session: Session) -> None:
        commits.append(session)

    task_prerun.connect(note_task)
    event.listen(Session, "after_commit", note_commit)
    try:
        world.split(damage.shipped()[damage.kinds()[kind][0]])
    finally:
        event.remove(Session, "after_commit", note_commit)
        task_prerun.disconnect(note_task)
    assert tasks_run
    assert len(commits) == len(tasks_run)


def shipped(pattern: str) -> Any:
    return json.loads(sorted(MESSAGES.glob(pattern))[0].read_text())


def test_services_leave_the_transaction_open(world: Any) -> None:
    world.prepare(shipped("copr_end-*-tests-accepted.json"))
    committed = []
    with Session(engine) as session:
        event.listen(session, "after_commit", committed.append)
        found = dispatch(shipped("copr_end-*-tests-accepted.json"), topic=None, source=None, session=session)
        assert found is not None
        (payload,) = found.payloads
        assert isinstance(payload, CoprBuildEnd)
        outbox = Outbox()
        assert copr_build_end(payload, session=session, outbox=outbox) == {"success": True, "details": {}}
        assert [step.task for step in outbox.handle_in_turn] == ["task.run_testing_farm_handler"]
        assert session.in_transaction()
        row = rows.copr_build(session, payload.build_id, payload.chroot)
        assert row is not None
        assert row.status == "success"
        session.rollback()
        session.refresh(row)
        assert row.status == "pending"
    assert committed == []


def test_what_is_sent_is_sent_after_the_commit(world: Any) -> None:
    payload = shipped("pull_request-*-built-build-only.json")
    world.prepare(payload)
    states = []

    def look(sender: str, **_: Any) -> None:
        with Session(engine) as other:
            known = other.scalar(select(GitProject).filter_by(project_url=payload["repository"]["html_url"]))
        states.append((sender, known is not None))

    before_task_publish.connect(look)
    try:
        tasks.process_message(event=payload)
    finally:
        before_task_publish.disconnect(look)
    assert states == [("task.run_pr_copr_build_handler", True)]


def add_project(then: Callable[[Session], None]) -> None:
    with unit_of_work() as work:
        rows.git_project(work.session, namespace="a", repo_name="b", project_url="https://github.com/a/b")
        then(work.session)


def fail(session: Session) -> None:
    raise ValueError("half-way")


def add_half_a_row(session: Session) -> None:
    session.add(CoprBuild(build_id="1"))
    session.flush()


def is_there() -> bool:
    with Session(engine) as session:
        return session.scalar(select(GitProject).filter_by(namespace="a", repo_name="b")) is not None


def test_what_was_done_before_a_failure_is_kept(world: Any) -> None:
    world.prepare({})
    with pytest.raises(ValueError, match="half-way"):
        add_project(fail)
    assert is_there()


def test_what_the_database_refused_is_taken_back(world: Any) -> None:
    world.prepare({})
    with pytest.raises(IntegrityError):
        add_project(add_half_a_row)
    assert not is_there()


def test_an_installation_that_half_failed(world: Any) -> None:
    """The directory of people is away: the account waits, and the row says so."""
    payload = shipped("installation-*-new-directory-away.json")
    world.prepare(payload)
    found = dispatch(payload, topic=None, source=None, session=Session(engine))
    assert found is not None
    (account,) = found.payloads
    assert isinstance(account, Installation)
    with pytest.raises(Exception, match="500"), unit_of_work() as work:
        installation(account, session=work.session)
    with Session(engine) as session:
        row = rows.whitelisted(session, account.account_login)
    assert row is not None
    assert row.status == "waiting"


def test_a_broken_config_is_told_and_raised(world: Any) -> None:
    payload = shipped("pull_request-*-broken-yaml.json")
    world.prepare(payload)
    with Session(engine) as session, pytest.raises(package_config.ConfigError):
        dispatch(payload, topic=None, source=None, session=session)
