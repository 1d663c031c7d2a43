"""Which of several runs for one message is it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Received = Mapping[str, Any]  # what a handler received, as it is compared


def place_of_job(inputs: Received) -> str:
    return f"job {inputs['payload']['job']}"


def chroot_and_job(inputs: Received) -> str:
    return f"{inputs['payload']['chroot']}, job {inputs['payload']['job']}"


def build(inputs: Received) -> str:
    return f"build row {inputs['payload']['build']}"
