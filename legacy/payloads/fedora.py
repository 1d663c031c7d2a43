"""What comes over the bus of the distribution?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts

Payload = dict[str, Any]

DIST_GIT = "org.fedoraproject.prod.git.receive"
KOJI = "org.fedoraproject.prod.buildsys.task.state.change"
KOJI_STATES = {"FREE": 0, "OPEN": 1, "CLOSED": 2, "CANCELED": 3, "ASSIGNED": 4, "FAILED": 5}


def copr(build: facts.Build, *, ended: bool, chroot: str, status: int, timestamp: float) -> Payload:
    what = "end" if ended else "start"
    return {
        "topic": f"org.fedoraproject.prod.copr.build.{what}",
        "status": status,
        "what": f"build {what}: user:packit copr:{build.project_name} build:{build.id} pkg:{build.package}",
        "chroot": chroot,
        "ip": "172.25.90.82",
        "user": "packit",
        "who": "backend.worker-5605-PC",
        "pid": 10_000 + build.id % 20_000,
        "copr": build.project_name,
        "version": f"0.{build.id % 30}.0-1",
        "build": build.id,
        "owner": build.owner,
        "pkg": build.package,
        "timestamp": timestamp,
    }


def babysit(build_id: int) -> Payload:
    """The delayed task, as a message of its own."""
    return {"task": "task.babysit_copr_build", "build_id": build_id}


def dist_git_commit(full_name: str, *, branch: str, rev: str, agent: str) -> Payload:
    """A commit was pushed to a repository of the distribution."""
    namespace, repo = full_name.split("/")
    commit = {
        "agent": agent,
        "branch": branch,
        "email": f"{agent}@example.org",
        "message": f"Update {repo}\n\n- as released upstream\n",
        "name": agent,
        "namespace": namespace,
        "path": f"/srv/git/repositories/{full_name}.git",
        "repo": repo,
        "rev": rev,
        "seen": False,
        "stats": {"files": {f"{repo}.spec": {"additions": 5, "deletions": 2, "lines": 7}}},
        "summary": f"Update {repo}",
        "username": agent,
    }
    return {
        "certificate": "none",
        "i": 1,
        "msg": {"commit": commit},
        "msg_id": f"2020-{draw.sha('message', full_name, rev)[:32]}",
        "source_name": "datanommer",
        "timestamp": 1_591_000_000.0,
        "topic": DIST_GIT,
        "username": agent,
    }


def koji(build_id: int, *, new: str, old: str, started: float, ended: float | None, children: bool = True) -> Payload:
    """A task of Koji changed its state; the task that builds the binary packages is one of its children."""
    tasks = [
        {"parent": build_id, "method": method, "id": build_id + n, "state": KOJI_STATES[new], "arch": "noarch"}
        for n, method in ((1, "rebuildSRPM"), (57, "buildArch"), (58, "buildArch"))
    ]
    return {
        "topic": KOJI,
        "info": {
            "parent": None,
            "completion_time": ended,
            "start_time": started,
            "request": ["cli-build/one.src.rpm", "rawhide", {"scratch": True, "wait_builds": []}],
            "waiting": False,
            "id": build_id,
            "priority": 20,
            "state": KOJI_STATES[new],
            "create_time": started,
            "result": None,
            "owner": 4641,
            "method": "build",
            "arch": "noarch",
            **({"children": tasks} if children else {}),
        },
        "old": old,
        "attribute": "state",
        "id": build_id,
        "instance": "primary",
        "owner": "packit",
        "new": new,
        "srpm": "one-0.74-1.fc31.src.rpm",
        "method": "build",
    }
