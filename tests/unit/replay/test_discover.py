"""Does discovery see what a small service touches, and nothing that it does not?"""

from __future__ import annotations

import ast
import json
import os
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tasksplit.cli.discover import command, evidence
from tasksplit.errors import DeclarationError
from tasksplit.model.migration import Migration
from tasksplit.replay.discover import Errand, discover
from tasksplit.replay.proposal import declaration, named
from tasksplit.replay.sights import Candidate, Found, Sight, SightKind

SERVICE = {
    "__init__.py": "",
    "db.py": """
        from datetime import datetime
        from sqlalchemy import create_engine
        from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

        engine = create_engine("sqlite:////nowhere/real.db")
        unused = create_engine("sqlite://")
        Session = sessionmaker(engine)

        class Model(DeclarativeBase):
            pass

        class Seen(Model):
            __tablename__ = "seen"
            id: Mapped[int] = mapped_column(primary_key=True)
            at: Mapped[datetime] = mapped_column(default=datetime.utcnow)
    """,
    "web.py": """
        import httpx

        class Canned(httpx.BaseTransport):
            def handle_request(self, request):
                return httpx.Response(200, json={"at": handle_canned()})

        def handle_canned():
            import time
            return time.time()

        client = httpx.Client(transport=Canned())
        live = httpx.Client()
    """,
    "handlers.py": """
        import random, secrets, socket, subprocess, time, uuid
        from svc.db import Seen, Session
        from svc.web import client, live

        class Event:
            def __init__(self, payload):
                self._pr_id = payload.get("pr")
                self.branch = "main"

            @property
            def pr_id(self):
                return self._pr_id

        class Base:
            def __init__(self, event):
                self.event = event

            def run(self):
                return self.event.branch

        class BuildHandler(Base):
            def run(self):
                client.get("https://forge.test/repo", params={"q": "secret"})
                client.post("https://forge.test/status")
                with Session() as session:
                    session.add(Seen())
                    session.commit()
                key = uuid.uuid4(), random.choice([1, 2]), secrets.token_hex(2), time.time()
                return super().run(), self.event.pr_id, str(key)

        class BadHandler(Base):
            def run(self):
                try:
                    socket.create_connection(("192.0.2.1", 80), timeout=0.1)
                except Exception:
                    pass

        class ShellHandler(Base):
            def run(self):
                shell()

        def shell():
            subprocess.run(["true"])

        class LiveHandler(Base):
            def run(self):
                live.get("http://192.0.2.1/")
    """,
    "tasks.py": """
        from celery import Celery
        from svc import handlers

        app = Celery("svc", broker="redis://192.0.2.1/0")

        @app.task(name="later")
        def later():
            pass

        def process_event(event, kind):
            return getattr(handlers, kind)(event).run()

        @app.task(name="svc.process")
        def process(event):
            later.apply_async(countdown=30)
            process_event(handlers.Event(event), event["handler"])

        @app.task(name="svc.nothing")
        def nothing():
            pass

        @app.task(name="svc.anything")
        def anything(**arguments):
            pass
    """,
    "world.py": """
        import time
        from svc.db import Seen, Session

        def prepare(payload):
            time.time()
            with Session() as session:
                session.add(Seen(id=7))
                session.commit()
    """,
    "migration.py": """
        from tasksplit import Database, Effect, Handler, Http, Migration, World

        migration = Migration(
            name="svc", legacy="svc.tasks:process", split="svc.tasks:process", plumbing=["later"],
            world=World(
                databases=[Database("svc.db:engine", metadata="svc.db:Model")],
                services=[Http("svc.web:client")],
                calls=[Effect("shell", at=["svc.handlers:shell"], standin="svc.migration:answer")],
            ),
            handlers=[
                Handler("build", legacy="svc.handlers:BuildHandler.run", view=dict, split="s", implementation="i"),
            ],
        )
        def answer(*args, **kwargs):
            return None
    """,
}


@pytest.fixture(autouse=True)
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "svc").mkdir()
    for name, text in SERVICE.items():
        (tmp_path / "svc" / name).write_text(dedent(text))
    (tmp_path / "messages").mkdir()
    monkeypatch.chdir(tmp_path)
    source = [path for path in sys.path if (Path(path) / "tasksplit").is_dir()]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(source))
    return tmp_path


def found_for(*handlers: str, task: str = "svc.tasks:process", **options: Any) -> Found:
    for i, handler in enumerate(handlers):
        (Path("messages") / f"{i}.json").write_text(json.dumps({"handler": handler, "pr": i}))
    return discover(Errand(task=task, messages=Path("messages"), **options))


def seen(found: Found, kind: SightKind) -> dict[str, int]:
    counts: dict[str, int] = {}
    for sight, count in found.sights.items():
        if sight.kind is kind:
            counts[sight.what] = counts.get(sight.what, 0) + count
    return counts


class TestSights:
    def test_a_service_that_touches_everything(self) -> None:
        found = found_for("BuildHandler", "BuildHandler", "BuildHandler")
        assert found.errors == ()
        assert (found.messages, found.stopped) == (3, 0)
        assert seen(found, SightKind.HTTP) == {"GET https://forge.test": 3, "POST https://forge.test": 3}
        assert seen(found, SightKind.DATABASE) == {"connect": 3}
        assert seen(found, SightKind.TASK) == {"later, countdown 30 s": 3}
        assert seen(found, SightKind.IDS) == {"uuid.uuid4": 3}
        assert seen(found, SightKind.RANDOM) == {"random.choice": 3, "secrets.token_hex": 3}
        assert seen(found, SightKind.CLOCK) == {"time.time": 3, "datetime.utcnow": 3}
        sites = {s.what: (s.site, s.holder) for s in found.sights}
        assert sites["GET https://forge.test"] == ("svc/handlers.py:24 in BuildHandler.run", "svc.web:client")
        assert sites["connect"] == ("svc/handlers.py:28 in BuildHandler.run", "svc.db:engine")

    def test_handlers_with_their_inputs(self) -> None:
        found = found_for("BuildHandler")
        (candidate,) = found.candidates
        assert candidate.path == "svc.handlers:BuildHandler.run"
        assert candidate.runs == 1
        assert candidate.inputs == ("self.event.branch", "self.event.pr_id")
        assert candidate.site == "svc/handlers.py:23 in BuildHandler.run"

    def test_what_the_fixture_does_is_not_the_service_s(self) -> None:
        found = found_for("Base", fixture="svc.world:prepare")
        assert found.errors == ()
        assert {s.kind for s in found.sights} == {SightKind.TASK}

    @pytest.mark.parametrize(
        ("handler", "event", "function"),
        [
            ("BadHandler", "socket", "svc.handlers:BadHandler.run"),
            ("ShellHandler", "subprocess.Popen", "svc.handlers:shell"),
            ("LiveHandler", "socket", "svc.handlers:LiveHandler.run"),
        ],
    )
    def test_what_would_leave_the_process_is_refused_and_named(self, handler: str, event: str, function: str) -> None:
        found = found_for(handler)
        assert found.stopped == 1
        (sight,) = [s for s in found.sights if s.kind is SightKind.REFUSED]
        assert sight.what.startswith(event)
        assert sight.function == function

    def test_a_limit_takes_messages_from_all_over_the_folder(self) -> None:
        found = found_for("BuildHandler", "BuildHandler", "Base", "Base", limit=2)
        assert {c.path for c in found.candidates} == {"svc.handlers:BuildHandler.run", "svc.handlers:Base.run"}

    def test_what_a_task_raises_is_told(self) -> None:
        found = found_for("NoSuchHandler", "NoSuchHandler")
        what = "svc.process: AttributeError: module 'svc.handlers' has no attribute 'NoSuchHandler'"
        assert found.raised == {what: 2}
        assert any(what in line for line in evidence(found, complete=True))

    def test_payloads_that_cannot_be_used_are_named(self, service: Path) -> None:
        (service / "messages" / "bad.json").write_text("{")
        found = found_for("Base")
        assert found.messages == 1
        assert found.unused[0].startswith("bad.json: it is not JSON")


class TestWithAMigration:
    def test_what_is_declared_is_not_proposed(self) -> None:
        found = found_for("BuildHandler", "ShellHandler", migration="svc.migration:migration")
        assert found.stopped == 0
        text = declaration(found)
        assert "Http(" not in text
        assert "Database(" not in text
        assert "Effect(" not in text
        assert 'legacy="svc.handlers:ShellHandler.run"' in text
        assert "svc.handlers:BuildHandler.run" not in text

    def test_nothing_is_said_when_all_is_declared(self) -> None:
        assert declaration(found_for("BuildHandler", migration="svc.migration:migration")) == ""

    def test_what_is_not_declared_is_proposed_alone(self) -> None:
        text = declaration(found_for("LiveHandler", migration="svc.migration:migration"))
        assert 'Http("svc.web:live"),  # 192.0.2.1 GET' in text
        assert "svc.web:client" not in text
        assert "Effect(" not in text


class TestDeclaration:
    def test_it_can_be_pasted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text = declaration(found_for("BuildHandler", "ShellHandler"))
        shadow = ModuleType("shadow")
        shadow.views = SimpleNamespace(build=dict, shell=dict)  # type: ignore[attr-defined]  # a module made here
        monkeypatch.setitem(sys.modules, "shadow", shadow)
        scope: dict[str, object] = {}
        exec(text, scope)
        migration = scope["migration"]
        assert isinstance(migration, Migration)
        assert [h.name for h in migration.handlers] == ["build", "shell"]
        assert [d.engine for d in migration.world.databases] == ["svc.db:engine"]
        assert [d.metadata for d in migration.world.databases] == ["svc.db:Model"]
        assert [s.client for s in migration.world.services] == ["svc.web:client"]
        assert [c.at for c in migration.world.calls] == [["svc.handlers:shell"]]

    def test_names_are_short_and_each_its_own(self) -> None:
        paths = ["a:BuildHandler.run", "b:BuildHandler.run", "c:BuildHandler.run", "d:Dispatch.run", "e:handle_it"]
        names = [name for name, _ in named([Candidate(path=p, site="", runs=1) for p in paths])]
        assert names == ["build", "build_run", "build_run_2", "dispatch_2", "handle_it"]

    def test_what_is_seen_cannot_write_code(self) -> None:
        evil = Sight(kind=SightKind.HTTP, what="GET http://x\nimport os", site="", holder='a:b"\n', function="a:b")
        text = declaration(Found(task="svc.tasks:process", name="n", sights={evil: 1}))
        assert [type(node) for node in ast.parse(text).body] == [ast.ImportFrom, ast.Assign]


class TestRefusals:
    @pytest.mark.parametrize(
        ("task", "says"),
        [
            ("svc.tasks:nope", "nope"),
            ("svc.handlers:shell", "a Celery task"),
            ("svc.tasks:nothing", "takes no argument"),
            ("svc.tasks:anything", "only says that it takes any.*give a --migration"),
            ("nowhere:task", "cannot be imported"),
        ],
    )
    def test_a_task_that_cannot_be_watched(self, task: str, says: str) -> None:
        with pytest.raises(DeclarationError, match=says):
            found_for("Base", task=task)

    def test_a_module_that_acts_when_it_is_imported(self, service: Path) -> None:
        path = service / "svc" / "tasks.py"
        path.write_text("import socket\nsocket.create_connection(('192.0.2.1', 80))\n")
        with pytest.raises(DeclarationError, match=r"socket\.\w+ .* at svc/tasks.py:2"):
            found_for("Base")

    def test_a_folder_that_is_not_there(self) -> None:
        with pytest.raises(DeclarationError, match="no folder"):
            discover(Errand(task="svc.tasks:process", messages=Path("nope")))


class TestPrinted:
    def test_the_command_prints_a_declaration_and_then_the_evidence(self) -> None:
        Path("messages/0.json").write_text(json.dumps({"handler": "BuildHandler"}))
        app = typer.Typer()
        app.command()(command)
        result = CliRunner().invoke(app, ["svc.tasks:process", "--messages", "messages"])
        assert result.exit_code == 0, result.output
        assert result.output.startswith("from tasksplit import Database, Handler, Http, Migration, World\n")
        compile(result.output, "printed", "exec")
        assert (
            "#        1 x  GET https://forge.test   svc.web:client  svc/handlers.py:24 in BuildHandler.run"
            in result.output
        )

    def test_with_a_migration_only_news_is_evidence(self) -> None:
        lines = list(evidence(found_for("BuildHandler", migration="svc.migration:migration"), complete=False))
        assert lines == ["1 messages through svc.tasks:process (svc.process)"]
