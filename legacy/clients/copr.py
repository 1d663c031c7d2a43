"""How is Copr, the build service, asked and told?"""

from __future__ import annotations

from typing import Any

from legacy.clients.transport import get, get_or_none, post

COPR = "https://copr.example"


class Copr:
    """The build service."""

    def get_project(self, owner: str, project: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = get_or_none(f"{COPR}/api_3/project", ownername=owner, projectname=project)
        return found

    def create_project_if_not_exists(
        self, owner: str, project: str, *, chroots: list[str], options: dict[str, Any]
    ) -> None:
        """Create the project, or update it where its chroots are others."""
        found = self.get_project(owner, project)
        body = {"projectname": project, "chroots": chroots, **options}
        if found is None:
            post(f"{COPR}/api_3/project/add/{owner}", body)
        elif not set(chroots) <= set(found["chroots"]):
            post(f"{COPR}/api_3/project/edit/{owner}/{project}", body)

    def create_from_file(self, owner: str, project: str, *, path: str, chroots: list[str]) -> int:
        """Submit one build for all chroots; its id."""
        body = {"ownername": owner, "projectname": project, "path": path, "chroots": chroots}
        return int(post(f"{COPR}/api_3/build/create/upload", body)["id"])

    def get_build(self, build_id: int | str) -> dict[str, Any]:
        found: dict[str, Any] = get(f"{COPR}/api_3/build/{build_id}")
        return found

    def get_build_chroot(self, build_id: int | str, chroot: str) -> dict[str, Any]:
        found: dict[str, Any] = get(f"{COPR}/api_3/build-chroot", build_id=build_id, chrootname=chroot)
        return found
