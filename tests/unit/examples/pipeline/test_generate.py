"""The messages that are shipped are those of the generator, and both sides know one graph."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from examples.pipeline import views
from examples.pipeline.generate import MAIN, RARE, SHIPPED, generate
from examples.pipeline.legacy.core import Node, Router
from examples.pipeline.legacy.pipelines import PipelineRegistry
from examples.pipeline.migration import migration
from examples.pipeline.split import graph
from examples.pipeline.split.tasks import app
from tasksplit.rollout.structure import Structure


def test_what_is_shipped_is_what_is_generated() -> None:
    shipped = {path.stem: json.loads(path.read_text()) for path in SHIPPED.glob("*.json")}
    assert shipped == dict(generate(1, 12))


def test_customers_of_one_way_are_different_ones() -> None:
    made = list(generate(5, 40))
    counted = Counter(views.customer(payload) for name, payload in made if name.startswith(tuple(MAIN)))
    assert len(counted) == 40 * len(MAIN)
    assert {name.rpartition("-")[0] for name, _ in made} >= {*MAIN, *RARE}


@pytest.mark.parametrize("payload", [7, {"event_id": 7, "event": {"kind": "audit", "customer": "c", "data": {}}}])
def test_of_a_message_the_broker_delivers_the_id_alone(payload: object) -> None:
    assert views.is_event(payload)
    assert views.payload(views.arguments(payload)) == 7


@pytest.mark.parametrize("payload", [None, "7", [7], {"event": {}}])
def test_what_has_no_id_is_no_message(payload: object) -> None:
    assert not views.is_event(payload)


@pytest.mark.parametrize("kind", sorted(PipelineRegistry.pipelines))
def test_each_task_knows_the_way_that_its_pipeline_goes(kind: str) -> None:
    pipeline = PipelineRegistry.pipelines[kind]
    assert graph.PIPELINES[kind] == (pipeline.name, pipeline.start.name)
    seen: set[type[Node]] = {pipeline.start, *pipeline.connections}
    for node in seen:
        following = [n.name for n in pipeline.connections.get(node, ())]
        if issubclass(node, Router):
            assert node.name in graph.ROUTERS
            assert [graph.after(node.name, {node.name: name}) for name in following] == following
            assert graph.after(node.name, {node.name: None}) == graph.LAST
        else:
            assert [graph.after(node.name, {node.name: {}})] == (following or [graph.LAST])


def test_every_node_has_a_task_and_is_declared() -> None:
    nodes = {node.name for pipeline in PipelineRegistry.pipelines.values() for node in pipeline.connections}
    declared = {*nodes, "index_event", graph.LAST}
    assert set(migration.names) == {"dispatch", *declared}
    assert {name for name in app.tasks if name.startswith("pipeline.")} == {
        "pipeline.start", *(graph.task_of(name) for name in declared),
    }  # fmt: skip


def test_no_node_moves_alone_since_its_task_goes_on() -> None:
    structure = Structure.of(migration)
    assert structure.inside == set(structure.handlers)
