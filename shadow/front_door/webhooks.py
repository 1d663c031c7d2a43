"""How do the forges and Testing Farm send?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from shadow.config import ServiceConfig
from shadow.front_door import senders
from shadow.front_door.body import parse, read
from shadow.front_door.intake import Accepted
from shadow.front_door.problems import documented
from shadow.front_door.storing import NewEvent

Accept = Callable[[NewEvent], Awaitable[Accepted]]

PING = {"zen", "hook_id", "hook"}
OF_NO_USE = {"integration_installation", "integration_installation_repositories"}
"""GitHub sends these besides those of the same names without `integration_`."""
GITLAB_EVENTS = {"Note Hook", "Merge Request Hook"}

Name = Annotated[str | None, Header(max_length=255)]
PROBLEMS = documented(400, 401, 413, 415, 422, 500, 503)


class NotTaken(BaseModel):
    """The event is none that the service handles; nothing is kept."""

    ignored: str = Field(description="Why.")


def json_object(schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the OpenAPI document says about the body, which the route reads by itself."""
    content = {"application/json": {"schema": schema or {"type": "object"}}}
    return {"requestBody": {"required": True, "content": content}}


def routes(settings: ServiceConfig, accept: Accept) -> APIRouter:
    """Return the routes of those who send by webhook."""
    router = APIRouter(tags=["webhooks"], responses=PROBLEMS)
    pong = {"description": "To a ping.", "content": {"text/plain": {"schema": {"type": "string"}}}}

    @router.post("/webhooks/github", status_code=202, openapi_extra=json_object(), responses={200: pong})
    async def github(
        request: Request,
        x_github_event: Name = None,
        x_github_delivery: Name = None,
        x_hub_signature_256: Name = None,
        x_hub_signature: Name = None,
    ) -> Accepted | NotTaken:
        """Take a webhook of GitHub. A delivery that comes again is answered as the first time."""
        body = await read(request, settings.body_limit)
        signatures = {"x-hub-signature-256": x_hub_signature_256, "x-hub-signature": x_hub_signature}
        senders.check_github(settings, signatures, body)
        payload = parse(body)
        if payload.keys() >= PING:
            return PlainTextResponse("Pong!")  # type: ignore[return-value]  # a response is passed on as it is
        if x_github_event in OF_NO_USE:
            return NotTaken(ignored=f"GitHub sends {x_github_event} again under its newer name.")
        delivery = f"github:{x_github_delivery}" if x_github_delivery else None
        return await accept(NewEvent(source="github", kind=x_github_event, delivery=delivery, payload=payload))

    @router.post("/webhooks/gitlab", status_code=202, openapi_extra=json_object())
    async def gitlab(request: Request, x_gitlab_event: Name = None, x_gitlab_token: Name = None) -> Accepted | NotTaken:
        """Take a webhook of GitLab: notes and merge requests."""
        body = await read(request, settings.body_limit)
        senders.check_gitlab(settings, x_gitlab_token)
        payload = parse(body)
        if x_gitlab_event not in GITLAB_EVENTS:
            return NotTaken(ignored=f"X-Gitlab-Event is {x_gitlab_event!r}; {sorted(GITLAB_EVENTS)} are handled.")
        return await accept(NewEvent(source="gitlab", kind=x_gitlab_event, payload=payload))

    @router.post("/testing-farm/results", status_code=202, openapi_extra=json_object())
    async def testing_farm(request: Request) -> Accepted:
        """Take results of Testing Farm. The token in the body is checked, and neither kept nor sent on."""
        payload = parse(await read(request, settings.body_limit))
        senders.check_testing_farm(settings, payload.pop("token", None))
        return await accept(NewEvent(source="testing-farm", payload=payload))

    return router
