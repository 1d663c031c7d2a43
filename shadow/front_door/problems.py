"""What is a sender told that cannot be served? A problem as in RFC 9457, in one form for every status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, and what to do."""

    type: str = Field(default="about:blank", description="A URI that names the kind of problem.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What was found, what was expected, what to do.")
    instance: str = Field(description="The path that was asked for.")


class ProblemError(Exception):
    """The request cannot be served; nothing of it was kept."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def answer(request: Request, status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the problem as a response."""
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, instance=quote(request.url.path, safe="/")
    )
    return JSONResponse(problem.model_dump(), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every way in which a request can fail end in a problem."""
    app.add_exception_handler(ProblemError, _refused)
    app.add_exception_handler(HTTPException, _unserved)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ClientDisconnect, _gone)
    for away in (OperationalError, InterfaceError, TimeoutError):
        app.add_exception_handler(away, _away)
    app.add_exception_handler(Exception, _broken)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the OpenAPI document says about these statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProblemError)
    return answer(request, error.status, error.detail, headers=error.headers)


def _unserved(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = {
        404: "There is nothing here.",
        405: f"{request.method} is not understood here; the header Allow says what is.",
    }.get(error.status_code, f"{error.detail}.")
    return answer(request, error.status_code, detail, headers=error.headers)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return answer(request, 422, sentence(error.errors()))


def sentence(errors: Any) -> str:
    """Return pydantic's findings as text: where, and what; never the value, which may be a secret."""
    return " ".join(f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}." for found in errors)


def _gone(request: Request, _: Exception) -> JSONResponse:
    return answer(request, 400, "The connection ended before the body did.")  # nobody is there to read it


def _away(request: Request, error: Exception) -> JSONResponse:
    logger.error("The database is away: %s.", type(error).__name__)
    detail = "The database does not answer. Nothing was kept; send it again in a minute."
    return answer(request, 503, detail, headers={"Retry-After": "60"})


def _broken(request: Request, _: Exception) -> JSONResponse:  # the server logs the exception
    return answer(request, 500, "The service failed. Whether the event was kept is not known; send it again.")
