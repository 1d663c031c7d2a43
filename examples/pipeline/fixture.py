"""Which rows does the world of one message hold before it comes, and what will the index answer?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from examples.pipeline import standin
from examples.pipeline.database import DONE, STORED, EventRow, Stock, sessions

STORED_AT = datetime(2020, 6, 22, 8, 59, tzinfo=UTC)
DECOY = "somebody-else"


def prepare(payload: Any) -> None:
    """Make the world of one message. A bare number is the id of an event that has no row."""
    event_id = payload if isinstance(payload, int) else int(payload["event_id"])
    given = {} if isinstance(payload, int) else payload
    standin.reset(given.get("index", ()))
    with sessions.begin() as session:
        for other in (event_id - 1, event_id + 1):  # whoever loads another row sees another customer
            session.add(_row(other, {"kind": "document", "customer": DECOY, "data": {"title": "", "html": ""}}))
        if given:
            session.add(_row(event_id, given["event"]))
        session.add_all(Stock(sku=sku, amount=amount) for sku, amount in given.get("stock", {}).items())


def _row(event_id: int, event: dict[str, Any]) -> EventRow:
    done = event.get("done", False)
    return EventRow(
        id=event_id, kind=event["kind"], customer=event["customer"], data=event["data"], created_at=STORED_AT,
        status=DONE if done else STORED, task_context={} if done else None, processed_at=STORED_AT if done else None,
    )  # fmt: skip
