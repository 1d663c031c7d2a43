"""What is declared of the service that chooses."""

from typing import Any

from tasksplit import Bar, Handler, Migration

HERE = "tests.unit.replay.choosy"


def view(handler: Any) -> dict[str, Any]:
    if hasattr(handler, "loud"):  # a branch of the declaration: no side's
        return {"name": handler.name, "loud": handler.loud}
    return {"name": handler.name}


migration = Migration(
    name="choosy",
    legacy=f"{HERE}.legacy:process",
    split=f"{HERE}.split:process",
    key=["$.name"],
    event=lambda payload: "loud" if payload.get("loud") else "quiet",
    handlers=[
        Handler(
            "greet", legacy=f"{HERE}.legacy:Greet.run", view=view, split="choosy.greet",
            implementation=f"{HERE}.split:greet_service", bar=Bar(max_mismatch_rate=0.2),
        ),
        Handler(
            "part", legacy=f"{HERE}.legacy:Part.run", view=view, split="choosy.part",
            implementation=f"{HERE}.split:part_service", bar=Bar(max_mismatch_rate=0.2),
        ),
    ],
)  # fmt: skip
