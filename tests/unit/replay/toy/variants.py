"""The toy service declared in other ways: processes load a migration by its path."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tasksplit import rules
from tasksplit.model.migration import Migration
from tests.unit.replay.toy import world
from tests.unit.replay.toy.migration import migration

HERE = "tests.unit.replay.toy.variants"


def _with(name: str, **changes: Any) -> Migration:
    return replace(migration, handlers=[replace(h, **changes) if h.name == name else h for h in migration.handlers])


def _all_but_acts(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"ref": inputs["ref"], "job": inputs["job"]}


def _no_payload(inputs: Mapping[str, Any]) -> dict[str, Any]:
    raise LookupError(f"nothing for {inputs['ref']}")


def _with_a_call(inputs: Mapping[str, Any]) -> dict[str, Any]:
    world.notify("payload", "looked")
    return dict(inputs)


def _with_an_object(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {**inputs, "job": object()}


def _as_a_tuple(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {**inputs, "acts": tuple(tuple(act) for act in inputs["acts"])}


forgetful = _with("build", payload=_all_but_acts)
raising = _with("build", payload=_no_payload)
acting = _with("build", payload=_with_a_call)
unsendable = _with("build", payload=_with_an_object)
tuples = _with("build", payload=_as_a_tuple)
undeclared = _with("build", payload=None)
together = _with("report", after=("build",))
unruly = _with(
    "build", payload=_all_but_acts, rules=[rules.ignore("$.payload.acts", because="the task asks for them itself")]
)
