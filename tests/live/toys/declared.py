"""What is declared of the toy? Views, an instance and a rule that fail where a message says so."""

from __future__ import annotations

import sys
from typing import Any

from sqlalchemy.orm import Session

from tasksplit import Bar, Database, Effect, Handler, Migration, World, rules
from tests.live.toys import world

HERE = "tests.live.toys"
BAR = Bar(max_mismatch_rate=0.2)


def view(handler: Any) -> dict[str, Any]:
    """Return what the split must receive; do what no view may do where the message says so."""
    job = handler.job
    match job:
        case "view raises":
            raise LookupError("the view cannot cope")
        case "view unwritable":
            job = object()
        case "view calls":
            world.letter(handler.ref, "view", "a view may only look")
        case "view queries":
            with Session(world.engine) as session:
                session.query(world.Build).all()
        case "view exits":
            sys.exit(6)
    return {"ref": handler.ref, "job": job, "acts": handler.acts}


def rule(value: Any) -> Any:
    """Compare what a handler returned, but for an exclamation mark; fail where it says so."""
    match value.rstrip("!") if isinstance(value, str) else value:
        case "rule raises":
            raise RuntimeError("the comparator cannot cope")
        case "rule exits":
            sys.exit(5)
        case "rule recurses":
            return rule(value)
        case other:
            return other


def _handler(name: str) -> Handler:
    return Handler(
        name, legacy=f"{HERE}.legacy:{name.title()}Handler.run", view=view, payload=dict, split=f"toy.{name}",
        implementation=f"{HERE}.split:{name}_service", bar=BAR, context=("self.event",),
        rules=[rules.normalise("$.outcome.value", rule, because="to see what becomes of a rule that fails")],
    )  # fmt: skip


migration = Migration(
    name="live-toy",
    legacy=f"{HERE}.legacy:process",
    split=f"{HERE}.split:process",
    key=["$.key"],
    world=World(
        databases=[Database(f"{HERE}.world:engine")],
        calls=[Effect("letter", at=[f"{HERE}.world:letter"])],
    ),
    handlers=[_handler("mail"), _handler("bill"), _handler("pack")],
    independent=False,
)
