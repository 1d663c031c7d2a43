"""Where do bytes stay between two runs, and what is kept of a run?"""

from __future__ import annotations

from tasksplit.stores.archive import Archive, Run, merge
from tasksplit.stores.memory import MemoryStore
from tasksplit.stores.protocol import Store, open_store

__all__ = ["Archive", "MemoryStore", "Run", "Store", "merge", "open_store"]
