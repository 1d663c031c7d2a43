"""Which messages does the second form of a run take, and what can it then show?

The fixture worlds decide, on every message. The recordings say whether a recording is enough to come to the same
verdicts: that shows on a sample as well, if each handler and each verdict is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from zlib import crc32

from tasksplit.model.decision import Bar
from tasksplit.model.message import Message
from tasksplit.model.migration import Migration
from tasksplit.model.verdict import Verdict
from tasksplit.replay.messages import GENERATED
from tasksplit.replay.run import Plan

LEAST_PER_STRATUM = 25  #: messages of each handler and verdict, where there are so many
HIGHEST_RATE = 0.5  #: that a bar of a sample asks for; above it there is nothing to show


Verdicts = Mapping[tuple[str, str, str], Verdict]  # message, handler, instance -> what the first form came to


def of_sample(plan: Plan, verdicts: Verdicts, share: float) -> Plan:
    """Return the plan of the second form: every message that was given, and ``share`` (0-1) of the generated ones.

    Which are taken depends on their ids and the verdicts only: the same in every run. Whatever is left out is counted.
    """
    taken = _taken(plan.messages, verdicts, share)
    left_out = tuple(m.id for m in plan.messages if m.id not in taken)
    if not left_out:
        return plan
    messages = [m for m in plan.messages if m.id in taken]
    return replace(plan, messages=messages, left_out=left_out, migration=_for_sample(plan.migration, share))


def _taken(messages: Sequence[Message], verdicts: Verdicts, share: float) -> set[str]:
    """Return the ids of all given messages and, of each handler and verdict, of ``share`` of the generated ones."""
    everything = {m.id for m in messages}
    if share >= 1:
        return everything
    generated = {name for name in everything if name.startswith(GENERATED)}
    strata: dict[tuple[str, Verdict], set[str]] = defaultdict(set)
    for (message, handler, _instance), verdict in verdicts.items():
        if message in generated:
            strata[handler, verdict].add(message)
    taken = everything - generated
    for members in strata.values():
        most = max(LEAST_PER_STRATUM, ceil(share * len(members)))
        taken.update(sorted(members, key=_order)[:most])  # the same order in each: the strata share their messages
    return taken


def _for_sample(migration: Migration, share: float) -> Migration:
    """Return the migration with bars that a sample can reach: a fifth of the keys shows five times the rate.

    The first form keeps the bars as they are declared, and it decides; a sample's report says what it asked for.
    """
    return replace(
        migration,
        dispatch=replace(migration.dispatch, bar=_wider(migration.dispatch.bar, share)),
        handlers=[replace(handler, bar=_wider(handler.bar, share)) for handler in migration.handlers],
    )


def _wider(bar: Bar, share: float) -> Bar:
    rate = min(HIGHEST_RATE, round(bar.max_mismatch_rate / share, 9))
    return replace(bar, max_mismatch_rate=max(bar.max_mismatch_rate, rate))


def _order(message: str) -> tuple[int, str]:
    return crc32(message.encode(errors="surrogatepass")), message
