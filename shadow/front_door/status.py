"""What became of an event?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shadow.front_door.models import Status
from shadow.front_door.problems import ProblemError, documented
from shadow.front_door.storing import EventStore

Moment = Annotated[datetime, AfterValidator(lambda moment: moment.replace(tzinfo=UTC))]  # the columns keep no zone


class TaskStatus(BaseModel):
    """How far is one task of an event?"""

    model_config = ConfigDict(from_attributes=True)

    place: str = Field(description="0, 1, ... in the order of the dispatcher; 1.0 is the first that 1 asked for.")
    task: str
    status: Status
    attempts: int
    result: Any
    error: str | None
    updated_at: Moment


class EventStatus(BaseModel):
    """How far is an event? Its payload is not shown."""

    model_config = ConfigDict(from_attributes=True)

    event_id: str = Field(validation_alias="id")
    task_id: str
    source: str
    kind: str | None
    topic: str | None
    status: Status
    attempts: int = Field(description="How often a worker began with it.")
    summary: Any = Field(description="What the dispatcher decided.")
    error: str | None
    received_at: Moment
    updated_at: Moment
    results: list[TaskStatus] = []


def routes(store: EventStore) -> APIRouter:
    """Return the route of those who want to know."""
    router = APIRouter(tags=["status"], responses=documented(404, 422, 500, 503))

    @router.get("/events/{event_id}")
    def event_status(event_id: UUID) -> EventStatus:
        """Show how far an event is."""
        found = store.find(str(event_id))
        if found is None:
            raise ProblemError(404, f"There is no event {event_id}.")
        event, results = found
        shown = EventStatus.model_validate(event)
        return shown.model_copy(update={"results": [TaskStatus.model_validate(result) for result in results]})

    return router
