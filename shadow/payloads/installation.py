"""What does the task about installations receive?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from shadow.payloads.ways import Minimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation(Minimal):
    """An account installed the app."""

    task: ClassVar[str] = "task.run_installation_handler"

    account_login: Any
    account_id: Any
    account_url: Any
    account_type: Any
    created_at: datetime
    repositories: list[Any]
    sender_id: Any
    sender_login: Any
