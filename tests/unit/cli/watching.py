"""What do the tests of the watch share: a shadow worker, as the evidence store knows it, and handlers that came far."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from tasksplit.model.evidence import Evidence, Ledger, Tally
from tasksplit.model.rollout import Stage
from tasksplit.rollout import Request, Structure, plan
from tasksplit.stores import Archive, Store
from tasksplit.stores.flags_protocol import FlagStore
from tests.unit.cli.rolling import NAMES
from tests.unit.rollout.flagged import clean

EVIDENCE, FLAGS = "sqlite:///reports/evidence.db", "sqlite:///reports/rollout.db"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OFF, SHADOW, CANARY, LIVE, RETIRED = Stage
STRUCTURE = Structure(handlers=("pack", "ship", "bill"), groups=(frozenset({"pack", "ship"}),))


class Worker:
    """A shadow worker, as far as the evidence store knows it."""

    def __init__(self, store: Store, name: str = "20261121T100000.000000", code: str = "one") -> None:
        self._archive, self._name, self._code, self._saved = Archive(store), name, code, 0
        self._tallies = dict.fromkeys(NAMES, Tally())
        self._keys: dict[str, dict[str, bool]] = {name: {} for name in NAMES}

    def shows(self, handler: str, match: int = 0, mismatch: int = 0, keys: Sequence[str] = ("k",)) -> None:
        """Save what it has shown so far and this besides, as a worker does: in place of what it saved before."""
        self._tallies[handler] += Tally(match=match, mismatch=mismatch)
        for number, key in enumerate(keys):
            self._keys[handler][key] = self._keys[handler].get(key, False) or number < mismatch
        last = f"{self._name}-{self._saved:06}-live"
        self._saved += 1
        found = [Evidence(handler=name, tally=self._tallies[name], keys=self._keys[name]) for name in NAMES]
        meta = {"form": "live", "versions": {"code": self._code}}
        self._archive.save_run(f"{self._name}-{self._saved:06}-live", found, Ledger(), meta)
        self._archive.forget_run(last)


def put(flags: FlagStore, **stages: Stage) -> None:
    """Move handlers up to their stages."""
    for handler, stage in stages.items():
        for each in tuple(Stage)[1 : stage.position + 1]:
            read = flags.read()
            asked = Request(handler=handler, stage=each, who="ann", when=NOW, because="CHG-112")
            flags.apply(plan(read, asked, structure=STRUCTURE, grounds=clean(STRUCTURE)).changes, read.revision)


def at(flags: FlagStore) -> dict[str, str]:
    return {name: flags.read().of(name).stage.value for name in NAMES}
