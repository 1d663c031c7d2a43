"""What does the sandbox make of a checkout?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts


class SandboxError(Exception):
    """The sandbox went away."""


def build(project_url: str, git_ref: str | None, pr_id: int | None) -> dict[str, Any]:
    """Build a source package of a project at a ref or of a pull request."""
    outcome = facts.srpm_outcome(project_url, pr_id)
    if outcome == "raises":
        raise SandboxError(f"The sandbox of {project_url} timed out after 10 minutes.")
    name = project_url.rsplit("/", 1)[-1]
    what = f"pull request {pr_id}" if pr_id is not None else str(git_ref)
    if outcome == "failed":
        return {"success": False, "logs": f"{name}: {what}\nerror: bad source: no such file", "path": None}
    stamp = draw.sha("srpm", project_url, pr_id, git_ref)[:7]
    return {
        "success": True,
        "logs": f"{name}: {what}\nWrote: {name}-0.{stamp}.src.rpm",
        "path": f"/sandbox/{name}-0.{stamp}.src.rpm",
    }
