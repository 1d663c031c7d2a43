"""What does one of several processes do that all claim the same runs, for both sides, and die at random?

``python claim_racer.py URL PREFIX WHO MESSAGES``: writes one line of JSON for each run that it was let begin.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random

from tasksplit.model.message import Side
from tasksplit.model.route import ClaimId, Route
from tasksplit.rollout.claims import Asked
from tasksplit.stores.claims_protocol import ClaimRecords, open_claim_records
from tasksplit.stores.claims_redis import RedisClaimRecords
from tasksplit.stores.claims_store import ClaimStore

HANDLERS = ("a", "b", "c")


def records_of(url: str, prefix: str) -> ClaimRecords:
    """Return the records behind a URL; in Redis under a prefix of their own."""
    return RedisClaimRecords(url, "race", prefix=prefix, timeout=10.0) if prefix else open_claim_records(url, "race")


def race(store: ClaimStore, who: str, messages: int) -> None:
    """Decide, claim, abort and end as this process's own dice say; every grant is told before anything else."""
    dice = Random(who)
    for number in range(messages):
        message = f"m{number}"
        split = frozenset(handler for handler in HANDLERS if dice.random() < 0.5)
        store.pin(Route(message=message, split=split, decided_at=datetime.now(UTC)))
        for handler in HANDLERS:
            wanted = ClaimId(message=message, handler=handler)
            if dice.random() < 0.3:
                store.abort(message, {"a": frozenset({"a", "b"})})
            if dice.random() < 0.3:
                store.offer(wanted)
            side = dice.choice([Side.LEGACY, Side.SPLIT])
            lease = timedelta(seconds=dice.choice([0, 300]))
            reply = store.claim(Asked(id=wanted, side=side, holder=who, lease=lease))
            if reply.granted and reply.claim:
                print(json.dumps([message, handler, side.value, reply.claim.started]), flush=True)
                end = dice.choice([store.finish, store.release, store.leave_unknown, None])
                if end is not None:
                    end(wanted, who)


if __name__ == "__main__":
    at, under, name, count = sys.argv[1:]
    with closing(records_of(at, under)) as records:
        race(ClaimStore(records, redelivery=timedelta(hours=1), patience=30.0), name, int(count))
