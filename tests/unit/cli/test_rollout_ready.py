"""Whose answer keeps a handler from advancing, and what if nobody can be asked?"""

from __future__ import annotations

from time import monotonic

import pytest
from celery import Celery

from tasksplit.cli.rollout_ready import CeleryProbe, Fleet, app_of, queue_of, tasks_of, unfit, unready
from tasksplit.model.decision import Answer
from tasksplit.model.migration import Migration
from tasksplit.replay.declared import find

pytestmark = pytest.mark.usefixtures("folder")
ALL = frozenset({"toy.dispatch", "toy.pack", "toy.ship", "toy.bill"})


@pytest.fixture
def migration(folder: object) -> Migration:
    return find("moving_toy:migration")


def fleet(**workers: tuple[frozenset[str], set[str]]) -> Fleet:
    """Return workers that know these tasks and look in these queues."""
    return Fleet(
        knows={name: knows for name, (knows, _) in workers.items()},
        consumes={name: frozenset(queues) for name, (_, queues) in workers.items()},
    )


def said(migration: Migration, found: Fleet, *handlers: str, workers: int = 0) -> list[str]:
    objections = unready(migration, handlers, found, workers=workers)
    assert set(objections) == set(handlers)
    assert {each.answer for one in objections.values() for each in one} <= {Answer.WAIT}
    return [each.said for one in objections.values() for each in one]


def test_workers_that_know_the_tasks_of_their_queues_are_ready(migration: Migration) -> None:
    found = fleet(one=(ALL, {"celery"}), two=(ALL, {"packing", "celery"}))
    assert said(migration, found, "dispatch", "pack", "ship", "bill", workers=2) == []


def test_an_old_worker_is_in_the_way_only_where_it_would_get_the_task(migration: Migration) -> None:
    found = fleet(new=(ALL, {"celery", "packing"}), old=(ALL - {"toy.pack", "toy.bill"}, {"celery"}))
    assert said(migration, found, "pack", "ship") == []
    assert said(migration, found, "bill", "ship") == [
        "old would get the task 'toy.bill' and does not know it: deploy the split there first"
    ]


def test_a_queue_that_nobody_consumes_is_named(migration: Migration) -> None:
    found = fleet(one=(ALL, {"celery"}))
    assert said(migration, found, "pack", "bill") == [
        "no worker that answered consumes 'packing', the queue of 'toy.pack': start one"
    ]


@pytest.mark.parametrize(
    ("found", "workers", "words"),
    [
        (Fleet(), 0, "0 workers answered, 1 must"),
        (fleet(one=(ALL, {"celery"})), 3, "1 worker answered, 3 must"),
        (Fleet(problem="no worker can be asked"), 0, "no worker can be asked"),
    ],
)
def test_too_few_answers_are_none(migration: Migration, found: Fleet, workers: int, words: str) -> None:
    (told,) = said(migration, found, "bill", workers=workers)
    assert words in told


def test_the_queue_of_a_task_is_its_own_that_of_its_route_or_the_default_one(migration: Migration) -> None:
    app = Celery("queues", broker="memory://", set_as_current=False)
    app.conf.update(task_routes={"routed": {"queue": "by route"}, "own": "by route"}, task_default_queue="by default")

    @app.task(name="own")
    def own() -> None: ...

    app.tasks["own"].queue = "by task"  # as a class attribute Celery warns of it, and still lets it go first
    assert [queue_of(app, name) for name in ("own", "routed", "other")] == ["by task", "by route", "by default"]
    assert queue_of(app_of(migration), "toy.pack") == "packing"


def test_dispatch_is_the_entries_of_the_split(migration: Migration) -> None:
    assert tasks_of(migration, "dispatch") == ("toy.dispatch",)
    assert tasks_of(migration, "bill") == ("toy.bill",)


def test_what_blocks_in_how_legacy_is_set_up_has_failed_and_what_only_warns_is_left_to_the_worker(
    migration: Migration,
) -> None:
    assert unfit(migration) == ()
    (found,) = unfit(find("moving_toy:early"))
    assert (found.answer, found.said.startswith("acks-early: Found 'toy.hasty'")) == (Answer.FAIL, True)


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1/0", "amqp://127.0.0.1:1//", "nosuch://"])
def test_a_broker_that_is_away_is_said_and_soon(broker: str) -> None:
    began = monotonic()
    found = CeleryProbe(Celery("away", broker=broker, set_as_current=False), seconds=0.5)()
    assert "no worker can be asked" in found.problem
    assert monotonic() - began < 5


def test_a_broker_without_workers_has_no_answers() -> None:
    probe = CeleryProbe(Celery("alone", broker="memory://", set_as_current=False), seconds=0.1)
    assert probe() == Fleet()
