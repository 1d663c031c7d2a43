"""What is declared of the toy service."""

from typing import Any

from tasksplit import Bar, Database, Dispatch, Effect, Handler, Http, Migration, World

HERE = "tests.unit.replay.toy"


def view(handler: Any) -> dict[str, Any]:
    seen = {"ref": handler.ref, "job": handler.job, "acts": handler.acts}
    for act in handler.event.get("view", []):
        _look(act, handler)
    if "unwritable" in handler.event.get("view", []):
        seen["job"] = object()
    return seen


def _look(act: str, handler: Any) -> None:
    from sqlalchemy.orm import Session

    from tests.unit.replay.toy import world

    if act == "query":
        with Session(world.engine) as session:
            session.query(world.Build).all()
    if act == "http":
        world.client.get("/looked")
    if act == "call":
        world.notify("view", "looked")
    if act == "raise":
        raise LookupError("the view cannot cope")


def instance(inputs: Any) -> Any:
    if inputs["job"] == "bad instance":
        raise LookupError("no instance")
    return inputs["job"]


migration = Migration(
    name="toy",
    legacy=f"{HERE}.legacy:process",
    split=f"{HERE}.split:process",
    key=["$.key"],
    world=World(
        databases=[Database(f"{HERE}.world:engine")],
        services=[Http(f"{HERE}.world:client", standin=f"{HERE}.world:standin")],
        calls=[Effect("notify", at=[f"{HERE}.world:notify"])],
        fixture=f"{HERE}.world:prepare",
    ),
    handlers=[
        Handler(
            "build", legacy=f"{HERE}.legacy:BuildHandler.run", view=view, split="toy.build",
            implementation=f"{HERE}.split:build_service", instance=instance, bar=Bar(max_mismatch_rate=0.2),
            context=("self.event",), payload=dict,
        ),
        Handler(
            "report", legacy=f"{HERE}.legacy:ReportHandler.run", view=view, split="toy.report",
            implementation=f"{HERE}.split:report_service", instance=instance, bar=Bar(max_mismatch_rate=0.2),
            context=("self.event",), payload=dict,
        ),
    ],
    dispatch=Dispatch(bar=Bar(max_mismatch_rate=0.2)),
    plumbing=("toy.plain",),
    independent=True,
)  # fmt: skip
