"""Which messages does the second form of a run take, and what can it then show?

The fixture worlds decide, on every message. The recordings say whether a recording is enough to come to the same
verdicts: that shows on a sample as well, if each handler and each verdict is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
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
        asked = any(plan.migration.bar_of(name).min_branches is not None for name in plan.migration.names)
        return replace(plan, migration=_with_bars(plan.migration, _unmeasured)) if asked else plan
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

    What each stratum has to show, and of which branches, is asked of the first form alone.

    The first form keeps the bars as they are declared, and it decides; a sample's report says what it asked for.
    """
    return _with_bars(migration, partial(_wider, share=share))


def _with_bars(migration: Migration, other: Callable[[Bar], Bar]) -> Migration:
    return replace(
        migration,
        dispatch=replace(migration.dispatch, bar=other(migration.dispatch.bar)),
        handlers=[replace(handler, bar=other(handler.bar)) for handler in migration.handlers],
    )


def _unmeasured(bar: Bar) -> Bar:
    """Branches are measured in the first form alone."""
    return replace(bar, min_branches=None)


def _wider(bar: Bar, share: float) -> Bar:
    rate = min(HIGHEST_RATE, round(bar.max_mismatch_rate / share, 9))
    return replace(
        bar, max_mismatch_rate=max(bar.max_mismatch_rate, rate), stratum_floor=0, max_stratum_rate=None,
        min_branches=None, max_latency_ratio=None,
    )  # fmt: skip


def _order(message: str) -> tuple[int, str]:
    return crc32(message.encode(errors="surrogatepass")), message
