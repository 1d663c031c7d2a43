"""What does `uvicorn shadow.front_door.app:app` serve?"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from sqlalchemy.engine import Engine

from legacy import database
from shadow.celery_app import app as workers
from shadow.config import ServiceConfig, service_config
from shadow.front_door import bus, problems, status, webhooks
from shadow.front_door.batching import Batches
from shadow.front_door.intake import Intake, Publish
from shadow.front_door.publishing import LONGEST_PUBLISH, Publisher
from shadow.front_door.storing import EventStore

logger = logging.getLogger(__name__)


def create_app(
    settings: ServiceConfig | None = None, *, engine: Engine | None = None, publish: Publish | None = None
) -> FastAPI:
    """Build the front door.

    Args:
        settings: None: those of this deployment.
        engine: The database that the workers use too; None: that of DATABASE_URL.
        publish: How an event is sent; None: to the workers' broker.

    Raises:
        ValueError: The settings do not fit together.
    """
    settings = settings or service_config()
    if settings.sweep_after <= LONGEST_PUBLISH * settings.publish_seconds:
        raise ValueError(
            f"sweep_after is {settings.sweep_after} s; it must be more than {LONGEST_PUBLISH} times publish_seconds "
            f"({settings.publish_seconds} s), or the sweeper sends what a request is still sending."
        )
    store = EventStore(engine or database.engine, lease=settings.sweep_after)
    publish = publish or Publisher(workers, task=settings.dispatcher, seconds=settings.publish_seconds).publish
    accept = Batches(Intake(store, publish).accept)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        _warn(settings)
        store.create_tables()
        yield

    app = FastAPI(
        title="Front door", version="1", lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    problems.install(app)
    app.include_router(webhooks.routes(settings, accept))
    app.include_router(bus.routes(settings, accept))
    app.include_router(status.routes(store))
    _complete(app)
    return app


def _warn(settings: ServiceConfig) -> None:
    if not settings.webhook_secret:
        logger.warning("There is no webhook_secret: no signature of GitHub will be right.")
    if not settings.validate_webhooks:
        logger.warning("validate_webhooks is false: whoever reaches this address may say that he is GitHub.")


def _complete(app: FastAPI) -> None:
    """Put into the OpenAPI document what the routes only point to."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = problems.Problem.model_json_schema()
        components["securitySchemes"] = {"bus": {"type": "http", "scheme": "bearer"}}
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


app = create_app()
