"""Which observations belong together, and is every message accounted for?"""

from __future__ import annotations

from tasksplit.pair.ledger import Book
from tasksplit.pair.pairs import Paired, pairs

__all__ = ["Book", "Paired", "pairs"]
