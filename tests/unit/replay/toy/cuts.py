"""The toy service cut in other ways: handlers inside a task in which dispatch goes on, and handlers that share one."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from tests.unit.replay.toy.acts import perform
from tests.unit.replay.toy.migration import migration
from tests.unit.replay.toy.split import app, build_service, defect, report_service

HERE = "tests.unit.replay.toy.cuts"
SERVICES = {"build": build_service, "report": report_service}


def _run(ref: str, step: dict[str, Any]) -> Any:
    return SERVICES[step["handler"]](ref=ref, job=step.get("job", "j"), acts=step.get("acts", []))


@app.task(name="toy.inside.process", shared=False)
def parse(event: dict[str, Any]) -> str:
    perform(event["ref"], event.get("parsing", []), partial(_run, event["ref"]))
    app.send_task("toy.inside.go_on", kwargs={"event": event})
    return "parsed"


@app.task(name="toy.inside.go_on", shared=False)
def go_on(event: dict[str, Any]) -> Any:
    before = perform(event["ref"], event.get("before", []), partial(_run, event["ref"]))
    for step in event.get("steps", []):
        _run(event["ref"], step)
    return perform(event["ref"], event.get("after", []), lambda step: None) or before


@app.task(name="toy.shared.process", shared=False)
def share(event: dict[str, Any]) -> None:
    for step in event.get("steps", []):
        name = "nobody" if defect("unknown handler") else step["handler"]
        arguments = {"ref": event["ref"], "job": step.get("job", "j"), "acts": step.get("acts", [])}
        app.send_task("toy.shared", kwargs={"handler": name, "inputs": arguments})


@app.task(name="toy.shared", shared=False)
def shared(handler: str, inputs: dict[str, Any]) -> Any:
    return SERVICES[handler](**inputs) if handler in SERVICES else None


def is_for(handler: str, arguments: Mapping[str, Any]) -> bool:
    if arguments["inputs"]["job"] == "bad takes":
        raise LookupError("cannot tell")
    return bool(arguments["handler"] == handler)


def sent_to(handler: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"handler": handler, "inputs": dict(inputs)}


(entry,) = migration.entries
inside = replace(
    migration,
    entries=[replace(entry, split=f"{HERE}:parse")],
    dispatch=replace(migration.dispatch, goes_on=["toy.inside.go_on"]),
    handlers=[replace(handler, split="", payload=None) for handler in migration.handlers],
)
together = replace(
    migration,
    entries=[replace(entry, split=f"{HERE}:share")],
    handlers=[
        replace(h, split="toy.shared", takes=partial(is_for, h.name), payload=partial(sent_to, h.name))
        for h in migration.handlers
    ],
)
misled = replace(inside, dispatch=replace(inside.dispatch, goes_on=["toy.nobody.knows"]))
