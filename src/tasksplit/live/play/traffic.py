"""How do messages come, at a steady rate, while everything else happens?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from itertools import cycle
from pathlib import Path

from tasksplit.errors import sentence
from tasksplit.live.play.script import PlayError

_TRIES = 20  #: messages in a row that nobody takes, before it is said


class Traffic:
    """What was sent so far? A thread of its own, between ``begin`` and ``end``."""

    def __init__(self, files: Sequence[Path], send: Callable[[Path], str], *, rate: float, most: int = 0) -> None:
        """``rate``: messages a second. ``most``: how many at most; 0: no end."""
        if not files:
            raise PlayError(
                sentence(found="no message to be sent", expected="a folder of payloads", do="name one with --messages")
            )
        self._files, self._send, self._rate, self._most = files, send, rate, most
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tasksplit-traffic", daemon=True)
        self.sent: list[str] = []
        """Ids, in their order."""
        self.refused: list[str] = []
        """Why a message was not taken, each."""

    def begin(self) -> None:
        """Send from now on."""
        self._thread.start()

    def end(self) -> None:
        """Send no more; a second time changes nothing."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(15)

    def check(self) -> None:
        """Raise PlayError where nobody takes messages."""
        if len(self.refused) >= _TRIES and not self.sent:
            raise PlayError(
                sentence(
                    found=f"{len(self.refused)} messages that nobody took: {self.refused[-1]}",
                    expected="a deployment that takes them", do="see that it accepts what the play sends",
                )
            )  # fmt: skip

    def _run(self) -> None:
        began = time.monotonic()
        for number, file in enumerate(cycle(self._files)):
            if self._most and number >= self._most:
                return
            if self._over.wait(max(0.0, began + number / self._rate - time.monotonic())):
                return
            try:
                if task := self._send(file):
                    self.sent.append(task)
            except (OSError, ValueError) as error:
                self.refused.append(str(error)[:300])
