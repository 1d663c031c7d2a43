"""One event, run by the one task and by the tasks of the nodes: both tell the same, each of the right node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from examples.pipeline.migration import migration
from tasksplit.capture.arrival import message
from tasksplit.model.message import Side
from tasksplit.replay.side import Replayed
from tests.unit.replay.replayed import content, of, outcome, rows, running, started

TICKET = {"subject": "Login", "body": "it is urgent", "sender": "a@b"}
ORDER = {"lines": [{"sku": "lamp", "quantity": 2, "cents": 100}, {"sku": "desk", "quantity": 1, "cents": 50}]}
PAGE = {"title": "t", "html": "<p>hello there</p>"}
STOCK = {"lamp": 2, "desk": 9}

Payload = Any


def event(kind: str, data: Mapping[str, Any], **world: Any) -> Payload:
    return {"event_id": 7, "event": {"kind": kind, "customer": "c", "data": data}, **world}


def sides(payload: Payload) -> tuple[Replayed, Replayed]:
    found = []
    for side in Side:
        with running(side, migration) as runner:
            found.append(runner.run(message(migration, "m", payload)))
    return found[0], found[1]


def told(side: Replayed) -> dict[tuple[str, int, int], Any]:
    return {(o.handler, o.attempt, o.ordinal): json.loads(o.content) for o in side.observations}


def names(side: Replayed) -> list[str]:
    return [f"{o.handler} {o.attempt}" if o.attempt else o.handler for o in side.observations]


WAYS = {
    "ticket": (event("ticket", TICKET), ["analyze_ticket", "ticket_router", "escalate_ticket"]),
    "order": (event("order", ORDER, stock=STOCK), ["check_order", "order_router", "reserve_stock"]),
    "document": (event("document", PAGE), ["extract_text", "document_router"]),
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_both_sides_tell_the_same_and_dispatch_started_every_node(way: str) -> None:
    payload, nodes = WAYS[way]
    legacy, split = sides(payload)
    assert told(legacy) == told(split)
    assert started(legacy, "dispatch") == started(split, "dispatch") == [*nodes, "index_event", "store_results"]
    assert [started(split, node) for node in nodes] == [[]] * len(nodes)
    assert (legacy.harness_errors, split.harness_errors, legacy.uncommitted, split.uncommitted) == ((), (), (), ())
    before = {run.handler: set(run.before) for run in split.runs}
    assert before["store_results"] >= {n for n, run in enumerate(split.runs) if run.handler == "index_event"}


def test_a_retry_of_the_whole_is_one_of_the_node_and_what_ran_stays() -> None:
    legacy, split = sides(event("ticket", TICKET, index=[503, 503]))
    assert told(legacy).keys() == told(split).keys()
    ran = ["dispatch", "analyze_ticket", "ticket_router", "escalate_ticket", "index_event"]
    assert names(legacy) == [*ran, "index_event 1", "index_event 2", "store_results"]
    for side in (legacy, split):
        assert [outcome(side, "index_event", n)["kind"] for n in range(3)] == ["retried", "retried", "returned"]
        assert outcome(side, "index_event")["countdown"] == 30
    wrote = [rows(side, "store_results")["events"][0]["columns"]["processed_at"] for side in (legacy, split)]
    assert wrote[0] == wrote[1]  # both waited for two half minutes
    assert "09:01:0" in json.dumps(wrote[0])
    assert outcome(legacy, "dispatch") == outcome(split, "dispatch") == {
        "kind": "returned", "value": {"pipeline": "support"},
    }  # fmt: skip


def test_an_index_that_stays_away_is_raised_by_the_node_in_the_end() -> None:
    legacy, split = sides(event("document", PAGE, index=[503] * 9))
    for side in (legacy, split):
        assert [outcome(side, "index_event", n)["kind"] for n in range(4)] == ["retried"] * 3 + ["raised"]
        assert of(side, "store_results") == []
    assert of(legacy, "dispatch")[0].interrupted == "index_event"
    assert outcome(split, "dispatch")["kind"] == "returned"


def test_what_a_node_changed_is_its_own_and_a_later_error_leaves_it() -> None:
    legacy, split = sides(event("order", ORDER, stock=STOCK, index=[400]))
    for side in (legacy, split):
        assert {row["op"] for row in rows(side, "reserve_stock")["reservations"]} == {"insert"}
        assert outcome(side, "index_event")["type"] == "examples.pipeline.clients.IndexRefusedError"
    assert rows(legacy, "reserve_stock") == rows(split, "reserve_stock")


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (7, "ignored"),
        (event("ticket", {"subject": "no more"}), "rejected"),
        (event("audit", {}), "raised"),
    ],
    ids=["no row", "poison", "no pipeline"],
)
def test_what_no_pipeline_runs_is_dispatch_alone(payload: Payload, kind: str) -> None:
    legacy, split = sides(payload)
    assert told(legacy) == told(split)
    assert names(split) == ["dispatch"]
    assert outcome(split, "dispatch")["kind"] == kind


def test_an_event_that_is_done_is_left_alone_when_it_comes_again() -> None:
    payload = event("ticket", TICKET)
    payload["event"]["done"] = True
    legacy, split = sides(payload)
    assert told(legacy) == told(split)
    assert content(split.observations[0])["effects"] == {"calls": [], "rows": {}, "started": []}


def test_what_travels_is_what_the_nodes_said() -> None:
    _legacy, split = sides(event("document", PAGE))
    received = content(of(split, "index_event")[0])["inputs"]
    said = {"extract_text": {"text": "hello there"}, "document_router": "index_event"}
    assert received == {"event_id": 7, "nodes": said}
