"""What can be sent about accounts that install the app?"""

from __future__ import annotations

from typing import Any

from shadow.celery_app import app
from shadow.payloads import Installation
from shadow.received import Wire, received
from shadow.services.installation import installation
from shadow.unit_of_work import unit_of_work


@app.task(name=Installation.task, shared=False)
def run_installation_handler(
    *,
    account_login: Any,
    account_id: Any,
    account_url: Any,
    account_type: Any,
    created_at: str,
    repositories: list[Any],
    sender_id: Any,
    sender_login: Any,
    **unknown: Any,
) -> Wire:
    payload = received(
        Installation,
        unknown,
        account_login=account_login,
        account_id=account_id,
        account_url=account_url,
        account_type=account_type,
        created_at=created_at,
        repositories=repositories,
        sender_id=sender_id,
        sender_login=sender_login,
    )
    with unit_of_work() as work:
        return work.returns(installation(payload, session=work.session))
