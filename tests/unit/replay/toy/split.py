"""The tasks that it becomes. A defect, named by the environment, is planted for one run at a time."""

import os
from functools import partial
from typing import Any

from celery import Celery, chain, chord, group

from tests.unit.replay.toy.acts import ACTS, perform

app = Celery("toy-split", broker="redis://nowhere.test/0", set_as_current=False)


def defect(name: str) -> bool:
    return os.environ.get("TOY_DEFECT") == name


def build_service(*, ref: str, job: str, acts: list[Any], session: Any = None) -> Any:
    if defect("left out"):
        acts = [a for a in acts if a[0] != "http"]
    if defect("done twice"):
        acts = [a for a in acts for _ in range(2 if a[0] == "http" else 1)]
    if defect("other argument"):
        acts = [[a[0], a[1] + "/other"] if a[0] == "http" else a for a in acts]
    if defect("not committed"):
        acts = [["assign", *a[1:]] if a[0] == "row" else a for a in acts]
    if defect("raises"):
        raise ValueError("only here")
    if defect("other type"):
        acts = [["fail", "KeyError"] if a[0] == "fail" else a for a in acts]
    for name, act in (("socket", ["leave"]), ("database", ["database"]), ("thread", ["thread", ["leave"]])):
        if defect(name):
            acts = [*acts, act]
    if defect("careless"):
        acts = [*acts, ["careless", ["leave"]]]
    return perform(ref, acts, partial(_send, ref))


def report_service(*, ref: str, job: str, acts: list[Any], session: Any = None) -> Any:
    return perform(ref, acts, partial(_send, ref))


@app.task(name="toy.build")
def build(*, ref: str, job: str, acts: list[Any], again: bool = False, **unknown: Any) -> Any:
    if defect("lost attribute"):
        job = None  # type: ignore[assignment]  # the defect
    if again:
        build_service(ref=ref, job=job, acts=acts)
    return build_service(ref=ref, job=job, acts=acts)


@app.task(name="toy.report", bind=True)
def report(self: Any, *, ref: str, job: str, acts: list[Any]) -> Any:
    if acts and acts[0][0] == "retry-before":
        ACTS["retry"](None, ref, None, *acts.pop(0)[1:])
    return report_service(ref=ref, job=job, acts=acts)


@app.task(name="toy.autoretry", autoretry_for=(ValueError,), retry_backoff=False, default_retry_delay=7, max_retries=2)
def autoretry(*, ref: str, acts: list[Any]) -> Any:
    return perform(ref, acts, partial(_send, ref))


@app.task(name="toy.plain")
def plain(*_results: Any, text: str = "", **kwargs: Any) -> str:
    perform("plain", kwargs.get("acts", []), partial(_send, "plain"))
    return text


TASKS = {"build": build, "report": report}


def _kwargs(ref: str, step: dict[str, Any]) -> dict[str, Any]:
    kwargs = {"ref": ref, "job": step.get("job", "j"), "acts": step.get("acts", [])}
    if defect("wrong job") and step["handler"] == "build":
        kwargs["job"] = "wrong"
    return kwargs | step.get("more", {})


def _send(ref: str, step: dict[str, Any]) -> None:
    task, kwargs = TASKS[step["handler"]], _kwargs(ref, step)
    options = step.get("options", {})
    match step.get("how", "apply_async"):
        case "apply_async":
            task.apply_async(kwargs=kwargs, **options)
        case "delay":
            task.delay(**kwargs)
        case "send_task":
            app.send_task(task.name, kwargs=kwargs, **options)
        case "signature":
            app.signature(task.name, kwargs=kwargs, options=options).apply_async()
        case "in process":
            {"build": build_service, "report": report_service}[step["handler"]](**kwargs)


@app.task(name="toy.split.process", bind=True)
def process(self: Any, event: dict[str, Any]) -> Any:
    ref = event["ref"]
    before = perform(ref, event.get("before", []), partial(_send, ref))
    steps = [s for s in event.get("steps", []) if not (defect("unsent") and s["handler"] == "build")]
    if defect("sent twice"):
        steps = [s for s in steps for _ in range(2 if s["handler"] == "build" else 1)]
    signatures = [TASKS[s["handler"]].si(**_kwargs(ref, s)) for s in steps]
    match event.get("canvas", ""):
        case "":
            for step in steps:
                _send(ref, step)
        case "group":
            group(signatures).apply_async()
        case "chain":
            chain(*signatures).apply_async()
        case "chord":
            chord(signatures, plain.s(text="all")).apply_async()
        case "link":
            signatures[0].apply_async(link=signatures[1])
        case "link_error":
            signatures[0].apply_async(link_error=signatures[1])
    return perform(ref, event.get("after", []), lambda step: None) or before


@app.task(name="toy.legacy.extra", shared=False)
def extra(**kwargs: Any) -> Any:
    return perform("extra", kwargs.get("acts", []), lambda step: None)
