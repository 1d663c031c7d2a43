"""What of a message goes back to legacy, and what has begun and stays?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

from tasksplit.errors import StoreError, sentence
from tasksplit.model.route import Aborted, ClaimId
from tasksplit.rollout import Structure, back_with
from tasksplit.stores.claims_store import open_claim_store


def abort(url: str, migration: str, message: str, structure: Structure) -> Aborted:
    """Give back to legacy what nobody of the split has started.

    Raises ``StoreError`` where no route of the message is pinned: there is nothing to give back, or the id is wrong.
    """
    # how long claims are kept matters to who forgets them, and nothing is forgotten here
    with closing(open_claim_store(url, migration, redelivery=timedelta(0))) as claims:
        found = claims.abort(message, back_with(structure))
    if found is None:
        raise StoreError(
            sentence(
                found=f"no pinned route of the message {message!r}",
                expected="one that came while a handler was beyond shadow, and is not forgotten",
                do="look at its id; a message without a pinned route is legacy's",
            )
        )
    return found


def told(aborted: Aborted, migration: str) -> Iterator[str]:
    """Yield what went back, what stays, and what legacy must get again, a line each."""
    message = aborted.route.message
    yield f"moved back to legacy: {', '.join(sorted(aborted.moved)) or 'nothing'}"
    if aborted.kept:
        yield f"kept with the split, which began: {', '.join(sorted(aborted.kept))}"
    for claim in aborted.sent:
        yield f"already sent to the split: {_run(claim)}, task {claim.task_id(migration)}: it will not act"
    if aborted.sent:
        yield f"legacy has passed that boundary: deliver the message {message} to it again"


def _run(claim: ClaimId) -> str:
    return f"{claim.handler} ({claim.instance})" if claim.instance else claim.handler
