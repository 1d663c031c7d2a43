"""How is what is known of a message written, for a store? As one JSON text with its version."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tasksplit.errors import DeclarationError, StoreError, sentence
from tasksplit.model.message import Side
from tasksplit.model.route import Claim, ClaimId, ClaimState, Route
from tasksplit.rollout.claims import Held

VERSION = 1  #: of the text below; another one is refused, never converted in passing


def write_held(held: Held) -> str:
    """Return it as a text: the same one for the same, since stores compare it."""
    route = held.route
    claims = sorted((_claim(claim) for claim in held.claims.values()), key=lambda parts: parts[:2])
    told = {
        "version": VERSION,
        "message": route.message,
        "split": sorted(route.split),
        "revision": route.revision,
        "decided_at": route.decided_at.isoformat(),
        "claims": claims,
    }
    # ASCII: a name with a lone surrogate must be storable too
    return json.dumps(told, ensure_ascii=True, separators=(",", ":"))


def read_held(text: str | bytes) -> Held:
    """Return what a text says; raise ``StoreError`` where it is none of ours."""
    try:
        found = json.loads(text)
        if found["version"] != VERSION:
            raise StoreError(
                sentence(
                    found=f"claims of version {found['version']}",
                    expected=f"version {VERSION}",
                    do="use the tasksplit that wrote them; they were left as they are",
                )
            )
        route = Route(
            message=found["message"],
            split=frozenset(found["split"]),
            revision=int(found["revision"]),
            decided_at=datetime.fromisoformat(found["decided_at"]),
        )
        claims = [_claim_of(route.message, parts) for parts in found["claims"]]
    except (KeyError, TypeError, ValueError, DeclarationError) as error:
        raise StoreError(
            sentence(
                found=f"no claims ({type(error).__name__}: {str(error)[:80]}) in {text[:80]!r}",
                expected="what tasksplit wrote",
                do="name another store or prefix; it was left as it is",
            )
        ) from error
    return Held(route=route, claims={claim.id: claim for claim in claims})


def _claim(claim: Claim) -> list[Any]:
    until = claim.until.isoformat() if claim.until else None
    return [
        claim.id.handler,
        claim.id.instance,
        claim.side.value,
        claim.state.value,
        claim.holder,
        until,
        claim.started,
    ]


def _claim_of(message: str, parts: list[Any]) -> Claim:
    handler, instance, side, state, holder, until, started = parts
    return Claim(
        id=ClaimId(message=message, handler=handler, instance=instance),
        side=Side(side),
        state=ClaimState(state),
        holder=holder,
        until=datetime.fromisoformat(until) if until else None,
        started=int(started),
    )
