"""How does one task that runs whole pipelines become one task for each node?"""

from __future__ import annotations

from typing import Any

from examples.pipeline import views
from tasksplit import Bar, Database, Dispatch, Entry, Handler, Http, Migration, World, rules

LEGACY, SPLIT = "examples.pipeline.legacy", "examples.pipeline.split"
BAR = Bar(max_mismatch_rate=0.1, confidence=0.95)  # what some 60 customers for each node can show, in seconds
KINDS = ("ticket", "order", "document")
DONE, RAISED, RETRIED = "returned", "raised", "retried"


def node(name: str, strata: dict[str, tuple[str, ...]], **more: Any) -> Handler:
    """Declare a node: a method of a class in legacy, a function in the split, and a task that sends the next one."""
    boundary = "".join(part.capitalize() for part in name.split("_"))
    declared = {"legacy": f"{LEGACY}.nodes:{boundary}.process", "view": views.node,
                "implementation": f"{SPLIT}.nodes:{name}"}  # fmt: skip
    return Handler(
        name, split=f"pipeline.{name}", strata=strata, bar=BAR, hands_on=True, **{**declared, **more},
    )  # fmt: skip


migration = Migration(
    name="pipeline",
    entries=[
        Entry(
            name="event",
            legacy=f"{LEGACY}.tasks:process_incoming_event",
            split=f"{SPLIT}.tasks:start_pipeline",
            accepts=views.is_event,
            arguments=views.arguments,
            payload=views.payload,
        )
    ],
    key=[views.customer],
    world=World(
        databases=[Database("examples.pipeline.database:engine")],
        services=[
            Http("examples.pipeline.clients:services", standin="examples.pipeline.standin:app"),
            Http("examples.pipeline.clients:IndexClient", standin="examples.pipeline.standin:app"),
        ],
        fixture="examples.pipeline.fixture:prepare",
    ),
    dispatch=Dispatch(
        bar=BAR,
        strata={
            **dict.fromkeys(KINDS, (DONE, "returned:nothing", RAISED, "rejected")),
            "other": (RAISED,),
            "no row": ("ignored",),
        },
        rules=[
            rules.ignore(
                "$.effects.rows.events",
                because="legacy writes down how far it came before it is tried again; the split's messages carry that",
            )
        ],
    ),
    handlers=[
        node("analyze_ticket", {"ticket": (DONE,)}),
        node("ticket_router", {"ticket": (DONE,)}),
        node("escalate_ticket", {"ticket": (DONE,)}),
        node("send_reply", {"ticket": (DONE,)}),
        node("check_order", {"order": (DONE, RAISED)}),
        node("order_router", {"order": (DONE,)}),
        node("reserve_stock", {"order": (DONE,)}),
        node("extract_text", {"document": (DONE,)}),
        node("document_router", {"document": (DONE,)}),
        node(
            "index_event",
            dict.fromkeys(KINDS, (DONE, RAISED, RETRIED)),
            view=views.indexed,
            implementation=f"{SPLIT}.tasks:IndexEvent.run_async",
            context=("context.event",),  # the task loads it by its id
        ),
        node(
            "store_results",
            dict.fromkeys(KINDS, (DONE,)),
            legacy=f"{LEGACY}.tasks:store_results",
            view=views.stored,
            implementation=f"{SPLIT}.tasks:StoreResults.run_impl",
        ),
    ],
    event=views.kind,
    messages="examples.pipeline.generate:generate",
    queues=["events", "nodes", "index"],
)
