"""What time is it on a worker? What it is: we look, and change nothing."""

from __future__ import annotations

import time


class RealTime:
    """When did this message start? What a boundary draws and reads of the clock is its own affair here."""

    def __init__(self) -> None:
        self.began = time.time()

    def enter(self, _frame: str, _at: float) -> None:
        """A boundary is entered: nothing to do."""
