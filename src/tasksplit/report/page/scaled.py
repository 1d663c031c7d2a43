"""Where on a bar does a rate stand? In steps of ten, so that 0.01 % and 10 % can both be told apart."""

from __future__ import annotations

import math

LEAST = 1e-4  #: a share (0-1) at which the bar begins: all that is smaller stands there, 0 too
WIDTH = 100.0  #: of the bar, in units of the drawing


def scaled(rate: float | None) -> float:
    """Return the place of a share (0-1) on the bar, 0 to ``WIDTH``; nothing is at 0, and all is at the end."""
    if rate is None or rate <= LEAST:
        return 0.0
    return round(WIDTH * (1 - math.log(min(rate, 1.0)) / math.log(LEAST)), 1)
