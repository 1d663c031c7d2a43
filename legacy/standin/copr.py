"""What does Copr answer?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts, state
from legacy.standin.replies import Reply, Request, error

EPOCH = 1_590_000_000


def answer(request: Request) -> Reply:
    match request.method, request.parts:
        case "GET", ("api_3", "project"):
            return _project(request.query["ownername"], request.query["projectname"])
        case "POST", ("api_3", "project", "add" | "edit", owner, *_):
            name = f"{owner}/{request.body['projectname']}"
            state.current.copr_projects[name] = request.body["chroots"]
            return Reply({"full_name": name})
        case "POST", ("api_3", "build", "create", "upload"):
            return _submit(request.body)
        case "GET", ("api_3", "build", number):
            return _build(facts.as_build_id(number))
        case "GET", ("api_3", "build-chroot"):
            return _chroot(facts.as_build_id(request.query["build_id"]), request.query["chrootname"])
    return error(404, "Not Found")


def _project(owner: str, name: str) -> Reply:
    chroots = state.current.copr_projects.get(f"{owner}/{name}") or facts.copr_project_chroots(owner, name)
    if chroots is None:
        return error(404, f"Project {owner}/{name} does not exist.")
    return Reply({"full_name": f"{owner}/{name}", "chroots": chroots})


def _submit(body: dict[str, Any]) -> Reply:
    if facts.copr_submit_fails(body["ownername"], body["projectname"]):
        return error(500, "Could not take the build.")
    return Reply({"id": state.current.submit(body), "state": "pending"})


def _build(build_id: int | None) -> Reply:
    if build_id is None:
        return error(404, "No such build.")
    if build_id in state.current.builds:
        return Reply({"id": build_id, "state": "running", "ended_on": None, "source_package": {"name": "new"}})
    found = facts.build(build_id)
    return Reply(
        {
            "id": build_id,
            "state": "succeeded" if found.ended else "running",
            "ended_on": EPOCH + build_id % 100_000 if found.ended else None,
            "source_package": {"name": found.package, "version": "0.1.0-1"},
        }
    )


def _chroot(build_id: int | None, name: str) -> Reply:
    if build_id is None:
        return error(404, "No such build.")
    states = {} if build_id in state.current.builds else _states(build_id)
    return Reply(
        {
            "name": name,
            "state": states.get(name, "running"),
            "started_on": EPOCH - 600,
            "result_url": f"https://copr.example/results/{draw.sha('result', build_id, name)[:8]}/{name}/",
        }
    )


def _states(build_id: int) -> dict[str, str]:
    return {chroot.name: chroot.state for chroot in facts.build(build_id).chroots}
