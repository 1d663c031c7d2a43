"""A task of the split that nobody would ever consume is refused before the first message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from celery import Celery
from kombu import Queue

from tasksplit import DeclarationError, Entry, Handler, Migration
from tasksplit.replay import declared
from tasksplit.replay.queues import check
from tests.unit.replay.toy.migration import migration as toy

SPLIT = SimpleNamespace()  # the tasks of the app at hand, where a declaration finds them by path
HERE = f"{__name__}:SPLIT"

ALL = {"q.entry": {"queue": "dispatch"}, "q.build": {"queue": "long"}, "q.report": {"queue": "short"}}
QUEUES = ("dispatch", "long", "short")


def _does_nothing(**arguments: Any) -> None:
    pass


def app_of(routes: Any, own: str | Queue | None = None, **settings: Any) -> Celery:
    """An app with an entry, two handlers' tasks and one beside them; ``own``: the queue of q.build itself."""
    app = Celery("queued", broker="memory://", set_as_current=False)
    app.conf.update(task_routes=routes, **settings)
    SPLIT.entry = app.task(name="q.entry", shared=False)(_does_nothing)
    options = {"queue": own} if own else {}
    SPLIT.build = app.task(name="q.build", shared=False, **options)(_does_nothing)
    SPLIT.report = app.task(name="q.report", shared=False)(_does_nothing)
    SPLIT.sweep = app.task(name="q.sweep", shared=False)(_does_nothing)
    return app


def migration(queues: Sequence[str] = QUEUES, plumbing: Sequence[str] = (), **changes: Any) -> Migration:
    """A migration to the tasks of the app that was made last."""
    handlers = [
        Handler(name, legacy=f"legacy:{name}", view=dict, split=f"q.{name}", implementation=f"shadow:{name}")
        for name in ("build", "report")
    ]
    known: dict[str, Any] = {
        "name": "m", "legacy": "legacy:all", "split": f"{HERE}.entry", "handlers": handlers,
        "queues": queues, "plumbing": plumbing,
    }  # fmt: skip
    return Migration(**known | changes)


def problems(*args: Any, **kwargs: Any) -> list[str]:
    """What is wrong, one sentence each."""
    with pytest.raises(DeclarationError) as caught:
        check(migration(*args, **kwargs))
    lines = str(caught.value).splitlines()
    assert all(re.fullmatch(r"Found .*\. Expected .*\. To mend it: .*\.", line) for line in lines), lines
    return lines


class Old:
    """A router as Celery 3 knew it."""

    def route_for_task(self, task: str, args: Any = None, kwargs: Any = None) -> Any:
        return ALL.get(task)


def by_name(name: str, args: Any, kwargs: Any, options: Any, task: Any = None, **more: Any) -> Any:
    """A router as Celery 4 knows it; it may give the name of a queue alone."""
    return ALL[name]["queue"] if name in ALL else None


def by_argument(name: str, args: Any, kwargs: Any, options: Any, task: Any = None, **more: Any) -> Any:
    return {"queue": kwargs["queue"]}


@pytest.mark.parametrize(
    "routes",
    [
        ALL,
        {"q.entry": "dispatch", "q.build": "long", "q.report": "short"},
        {"q.entry": "dispatch", "q.*": {"queue": "short"}},
        {re.compile(r"q\.(entry|build|report)"): {"queue": "short"}},
        ([("q.entry", {"queue": "dispatch"}), ("q.*", {"queue": "long"})],),
        [{"q.entry": "dispatch"}, {"q.*": "long"}],
        by_name,
        [by_name],
        f"{__name__}:by_name",
        f"{__name__}:Old",
        [Old()],
    ],
    ids=["dict", "names", "glob", "pattern", "pairs", "dicts", "function", "functions", "path",
         "path of a class", "old"],
)  # fmt: skip
def test_each_form_of_routes_is_read_as_celery_reads_it(routes: Any) -> None:
    app_of(routes)
    check(migration())


def test_nothing_is_checked_where_no_queues_are_declared() -> None:
    app_of(None)
    check(migration(queues=()))


def test_a_task_that_only_falls_to_the_default_queue_has_no_route() -> None:
    app_of({"q.entry": "dispatch", "q.report": "short"})
    assert problems(queues=(*QUEUES, "celery")) == [
        "Found the task 'q.build' without a route, which leaves it to the default queue 'celery'. "
        "Expected an explicit route to one of the queues dispatch, long, short, celery. "
        "To mend it: add 'q.build' with a queue to task_routes of the app 'queued'."
    ]


def test_a_task_may_be_routed_to_the_default_queue_where_that_is_consumed() -> None:
    app_of(ALL | {"q.build": "celery"})
    check(migration(queues=(*QUEUES, "celery")))
    assert "routed to the queue 'celery', which no worker consumes" in problems()[0]


def test_every_wrong_task_has_a_sentence() -> None:
    app_of({"q.report": "nowhere"})
    entry, build, report = problems()
    assert "'q.entry' without a route" in entry
    assert "'q.build' without a route" in build
    assert "'q.report' routed to the queue 'nowhere', which no worker consumes" in report
    assert "one of the queues dispatch, long, short" in report
    assert "start a worker for 'nowhere'" in report


@pytest.mark.filterwarnings(r"ignore:\s*The 'queue' task attribute")  # Celery's own word on it
def test_a_queue_of_the_tasks_own_is_explicit_and_goes_before_the_routes() -> None:
    app_of({"q.entry": "dispatch", "q.report": "short"}, own="long")
    check(migration())
    app_of(ALL, own="elsewhere")
    assert "'q.build' routed to the queue 'elsewhere'" in problems()[0]


@pytest.mark.filterwarnings(r"ignore:\s*The 'queue' task attribute")  # Celery's own word on it
def test_a_queue_may_be_more_than_a_name() -> None:
    app_of(ALL | {"q.report": {"queue": Queue("short"), "routing_key": "x"}}, own=Queue("long"))
    check(migration())


def test_a_route_without_the_name_of_a_queue_is_none() -> None:
    app_of(ALL | {"q.build": {"routing_key": "builds.long"}})
    assert "'q.build' routed without the name of a queue" in problems()[0]


def test_a_queue_that_celery_does_not_know_is_said_where_it_makes_none_itself() -> None:
    app_of(ALL, task_create_missing_queues=False, task_queues=[Queue("dispatch"), Queue("short")])
    assert "Queue 'long' missing from task_queues" in problems()[0]


def test_a_router_that_cannot_do_without_arguments_is_said() -> None:
    app_of(by_argument)
    lines = problems()
    assert len(lines) == 3
    assert "a router raised KeyError: 'queue'" in lines[0]


def test_routes_that_celery_cannot_read_are_said() -> None:
    app_of([("q.entry", {"queue": "dispatch"})])  # pairs have to be in a list of their own
    assert "a router raised ValueError" in problems()[0]


def test_looking_up_a_route_changes_none() -> None:
    app = app_of(ALL)
    for _ in range(2):
        check(migration())
    assert app.conf.task_routes["q.build"] == {"queue": "long"}
    assert app.amqp.router.route({}, "q.build")["queue"].name == "long"


def test_plumbing_that_the_split_runs_is_routed_like_the_rest() -> None:
    app_of(ALL)
    assert "'q.sweep' without a route" in problems(plumbing=["q.sweep"])[0]
    check(migration(plumbing=["legacy.only"]))
    app_of(ALL | {"q.sweep": "short"})
    check(migration(plumbing=["q.sweep"]))


def test_every_entry_needs_a_route() -> None:
    app_of(ALL)
    entries = [
        Entry(name=name, legacy="legacy:all", split=f"{HERE}.{name}", accepts=bool, arguments=dict)
        for name in ("entry", "sweep")
    ]
    assert "'q.sweep' without a route" in problems(entries=entries)[0]


def test_an_app_that_cannot_import_its_tasks_is_said() -> None:
    app_of(ALL, include=["no.such.module"])
    with pytest.raises(DeclarationError, match=r"the app 'queued' cannot import its tasks: ModuleNotFoundError"):
        check(migration())


def test_a_declaration_is_checked_when_it_is_loaded() -> None:
    with pytest.raises(DeclarationError, match=r"the task 'toy\.split\.process' without a route"):
        declared.check(replace(toy, queues=["celery"]))
    declared.check(toy)
