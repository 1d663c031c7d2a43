"""How do the listeners of the message buses send?"""

from __future__ import annotations

import time
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shadow.config import ServiceConfig
from shadow.front_door import senders
from shadow.front_door.body import parse, read
from shadow.front_door.intake import Accepted
from shadow.front_door.problems import ProblemError, sentence
from shadow.front_door.publishing import CENTOS
from shadow.front_door.storing import NewEvent
from shadow.front_door.webhooks import PROBLEMS, Accept, NotTaken, json_object

FEDORA = "fedora-messaging"
OWNER_SAYS = {
    "org.fedoraproject.prod.copr.build.start": "user",
    "org.fedoraproject.prod.copr.build.end": "user",
    "org.fedoraproject.prod.buildsys.task.state.change": "owner",
}
"""Everybody's builds are on the bus: where does each topic say whose one is?"""


class BusMessage(BaseModel):
    """A message of a bus."""

    model_config = ConfigDict(extra="forbid", strict=True)

    topic: str = Field(min_length=1, max_length=255)
    message: dict[str, Any]
    source: Literal["centosmsg"] | None = Field(default=None, description="Which bus, where it is not Fedora's.")


def routes(settings: ServiceConfig, accept: Accept) -> APIRouter:
    """Return the route of the buses."""
    router = APIRouter(tags=["bus"], responses=PROBLEMS)
    extra = {**json_object(BusMessage.model_json_schema()), "security": [{"bus": []}]}

    @router.post("/events", status_code=202, openapi_extra=extra)
    async def bus(request: Request) -> Accepted | NotTaken:
        """Take a message of a bus."""
        body = await read(request, settings.body_limit)
        senders.check_bus(settings, request.headers.get("authorization"))
        sent = _message(body)
        key = OWNER_SAYS.get(sent.topic)
        if sent.source != CENTOS and key and sent.message.get(key) != settings.fas_user:
            return NotTaken(ignored=f"A build of somebody else: {key} is not {settings.fas_user!r}.")
        return await accept(_event(sent))

    return router


def _message(body: bytes) -> BusMessage:
    try:
        return BusMessage.model_validate(parse(body))
    except ValidationError as error:
        raise ProblemError(422, sentence(error.errors())) from None


def _event(sent: BusMessage) -> NewEvent:
    if sent.source == CENTOS:
        return NewEvent(source=CENTOS, topic=sent.topic, payload=sent.message)
    payload = {**sent.message, "topic": sent.topic, "timestamp": time.time()}
    return NewEvent(source=FEDORA, topic=sent.topic, payload=payload)
