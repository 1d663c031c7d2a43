"""Which declared service does a client of httpx belong to?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.migration import Http
from tasksplit.worlds.references import resolve

_KINDS = (httpx.Client, httpx.AsyncClient)


class Clients:
    """Which clients are declared? Objects, or classes where each call opens a client of its own."""

    def __init__(self, declared: Sequence[Http]) -> None:
        self._objects: dict[int, tuple[Any, Http]] = {}  # the client is kept, so that its id stays its own
        self._classes: dict[type, Http] = {}
        for service in declared:
            value = resolve(service.client).value
            if isinstance(value, type) and issubclass(value, _KINDS):
                self._classes[value] = service
            elif isinstance(value, _KINDS):
                self._objects[id(value)] = (value, service)
            else:
                raise DeclarationError(
                    sentence(
                        found=f"{service.client!r}, which is {type(value).__name__}",
                        expected="an httpx.Client or AsyncClient, or a class of them",
                        do="name the client object, or declare the function that calls as an Effect or a Read",
                    )
                )

    def of(self, client: object) -> Http | None:
        """Return the service of a client; None: nobody declared it."""
        known = self._objects.get(id(client))
        if known is not None:
            return known[1]
        return next((self._classes[cls] for cls in type(client).__mro__ if cls in self._classes), None)
