"""How is a source package made? By a sandbox outside this process."""

from __future__ import annotations

from typing import Any

from legacy.standin import srpm as sandbox


def build(project_url: str, git_ref: str | None, pr_id: int | None) -> dict[str, Any]:
    """Build the source package of a pull request or of a ref: success, logs and path. It may raise."""
    return sandbox.build(project_url, git_ref, pr_id)
