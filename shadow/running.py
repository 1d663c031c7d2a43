"""How is what a payload asks for done inside the task at work: by which service, and in a transaction of its own?

For the cuts whose tasks are not one for each handler. The tasks of the split by handler say the same one by one, with
the arguments of each.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from shadow import payloads
from shadow.payloads import handler_of
from shadow.services import copr, downstream, installation, koji, pagure, testing_farm
from shadow.services.results import Results
from shadow.unit_of_work import Address, own_task, unit_of_work
from shadow.wire import Payload

Service = Callable[..., Results]  # takes a payload, and by name the doors that it needs

FAMILIES = (copr, downstream, installation, koji, pagure, testing_farm)

PAYLOADS: Mapping[str, type[Payload]] = {
    handler_of(kind): kind for kind in vars(payloads).values() if isinstance(kind, type) and getattr(kind, "task", "")
}
"""Handler -> what it receives."""
SERVICES: Mapping[str, Service] = {
    name: next(getattr(family, name) for family in FAMILIES if hasattr(family, name)) for name in PAYLOADS
}
"""Handler -> what it does."""
_DOORS = {name: inspect.signature(service).parameters.keys() for name, service in SERVICES.items()}


def run(payload: Payload, *, address: Address = own_task, here: Callable[[Payload], Any] | None = None) -> Results:
    """Do what the payload asks for, and commit; what follows of it is sent to an ``address``, or handled ``here``."""
    name = handler_of(type(payload))
    with unit_of_work(address, here) as work:
        doors = {"session": work.session, "outbox": work.outbox}
        own = {door: through for door, through in doors.items() if door in _DOORS[name]}
        return work.returns(SERVICES[name](payload, **own))
