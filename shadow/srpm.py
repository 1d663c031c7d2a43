"""How is a source package made? By a sandbox outside this process."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Any

from shadow.config import service_config


def build(project_url: str, git_ref: str | None, pr_id: int | None) -> dict[str, Any]:
    """Build the source package of a pull request or of a ref: success, logs and path. It may raise."""
    made: dict[str, Any] = resolve_name(service_config().sandbox)(project_url, git_ref, pr_id)
    return made
