"""What is done first about a message, and about a build that is looked after, whatever the service is cut by?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shadow.dispatch import dispatch
from shadow.services.babysit import check_copr_build
from shadow.unit_of_work import Address, own_task, unit_of_work
from shadow.wire import Payload


def dispatch_message(
    event: Any, *, topic: str | None, source: str | None, address: Address = own_task
) -> dict[str, Any] | None:
    """Parse, check and choose; what the message needs is sent, each to its ``address``."""
    with unit_of_work(address) as work:
        found = dispatch(event, topic=topic, source=source, session=work.session)
        for payload in found.payloads if found else ():
            work.outbox.handle(payload)
        return work.returns(found.summary() if found else None)


def has_ended(build_id: int, *, address: Address = own_task, here: Callable[[Payload], Any] | None = None) -> bool:
    """Look after a Copr build: where it has ended, that is handled for each chroot that is still pending."""
    with unit_of_work(address, here) as work:
        return check_copr_build(build_id, session=work.session, outbox=work.outbox)
