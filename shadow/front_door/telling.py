"""How may an exception be shown to whoever asks? In one line, without what is secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

from sqlalchemy.exc import SQLAlchemyError

from legacy.clients import TOKEN
from shadow.config import service_config

LONGEST = 500
_LOGIN = re.compile(r"//[^/\s@]+@")
_QUERY = re.compile(r"(?<=\?)[^\s'\"]+")
_SECRET_NAME = re.compile("secret|token|password|api_key")


def told(error: BaseException) -> str:
    """Return the kind and the first line of an exception, without logins, queries of addresses, and secret settings."""
    name = type(error).__name__
    if isinstance(error, SQLAlchemyError):  # its text has the row in it
        return name
    text = str(error).partition("\n")[0]
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "***") if secret else text
    return f"{name}: {_QUERY.sub('***', _LOGIN.sub('//***@', text))}"[:LONGEST]


def _secrets() -> Iterator[str]:
    settings = service_config()
    yield TOKEN
    for item in fields(settings):
        if _SECRET_NAME.search(item.name):
            value = getattr(settings, item.name)
            yield from [value] if isinstance(value, str) else value
