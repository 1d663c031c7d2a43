"""Which builds and test runs were there before a message that is about one?"""

from __future__ import annotations

from typing import Any

from legacy.standin import draw, facts
from legacy.standin.before.reading import nested, number, text, usable
from legacy.standin.before.rows import BRANCH, FIRST_IDS, PULL_REQUEST, RELEASE, Rows, elsewhere

EARLIER_BUILDS_FROM = 600_000  # no message is about these


def built(rows: Rows, full_name: str, pr_id: int, *, url: str | None = None) -> None:
    """Whether a pull request was built before: another of the same number was, and a branch with its id."""
    other = rows.trigger(elsewhere(full_name), PULL_REQUEST, pr_id)
    _earlier(rows, f"elsewhere/{full_name}", pr_id, trigger=other)
    if facts.has_copr_builds(full_name, pr_id):
        _earlier(rows, full_name, pr_id, trigger=rows.trigger(full_name, PULL_REQUEST, pr_id, url=url))
        return
    known = rows.known(full_name, PULL_REQUEST, pr_id) or rows.next_id("pull_requests")
    _earlier(rows, f"{full_name}/branch", pr_id, trigger=rows.build_trigger(BRANCH, known))


def _earlier(rows: Rows, full_name: str, pr_id: int, *, trigger: int) -> None:
    rows.copr_build(
        build_id=EARLIER_BUILDS_FROM + draw.number("built before", full_name, pr_id) % 300_000,
        trigger=trigger,
        commit=draw.sha("earlier", full_name, pr_id),
        chroot="fedora-32-x86_64",
        srpm_id=None,
        status="success",
        owner="packit",
        project_name=f"{full_name.replace('/', '-')}-{pr_id}-stg",
    )


def copr(rows: Rows, payload: dict[str, Any]) -> None:
    build_id = facts.as_build_id(payload.get("build", payload.get("build_id")))
    if build_id is None:
        return
    rows.koji_build(  # somebody else's, by the same number
        build_id=build_id,
        trigger=FIRST_IDS["build_triggers"],
        commit=draw.sha("confusion", build_id),
        target="f32",
        srpm_id=None,
        status="pending",
    )
    build = facts.build(build_id)
    if not build.known:
        return
    rows.trigger(build.full_name, PULL_REQUEST, (build.pr_id or 0) + 1_000)  # another pull request of this project
    trigger = rows.trigger(build.full_name, *build.started_by)
    srpm = rows.add("srpm_builds", logs=f"the source package of {build_id}", success=True)
    for chroot in (*build.chroots, *_added(build, payload.get("chroot"))):
        rows.copr_build(
            build_id=build_id,
            trigger=trigger,
            commit=build.commit,
            chroot=chroot.name,
            srpm_id=srpm,
            status=chroot.status,
            owner=build.owner,
            project_name=build.project_name,
        )


def _added(build: facts.Build, name: Any) -> tuple[facts.Chroot, ...]:
    """The chroot that the message is about, where the build is not known to have it: mostly we have its row."""
    known = name == facts.SRPM_CHROOT or any(chroot.name == name for chroot in build.chroots)
    if known or not usable(name) or len(name) > 60:
        return ()
    if name.startswith("custom-") or draw.chance(0.1, "no row", build.id, name):
        return ()
    return (facts.Chroot(name, "pending", "succeeded"),)


def koji(rows: Rows, payload: dict[str, Any]) -> None:
    """The build of a task; its number is that of somebody else's Copr build, and its child is another's task."""
    build_id = number(payload, "id")
    if build_id is None:
        return
    decoy = FIRST_IDS["build_triggers"]
    rows.copr_build(
        build_id=build_id,
        trigger=decoy,
        commit=draw.sha("confusion", build_id),
        chroot="fedora-32-x86_64",
        srpm_id=None,
        status="pending",
        owner="decoy",
        project_name="confusion",
    )
    build = facts.koji_build(build_id)
    commit, other = build.commit, {"srpm_id": None, "status": "pending"}
    if build.known:
        kinds = {PULL_REQUEST: build.number, BRANCH: build.branch, RELEASE: build.tag}
        name = kinds[build.kind]
        assert name is not None
        rows.trigger(elsewhere(build.full_name), build.kind, name)
        trigger = rows.trigger(build.full_name, build.kind, name)
        rows.koji_build(build_id=build_id + 1, trigger=trigger, commit=commit, target="epel6", **other)
        srpm = rows.add("srpm_builds", logs=f"the source package of {build_id}", success=True)
        rows.koji_build(
            build_id=build_id, trigger=trigger, commit=commit, target=build.target, srpm_id=srpm, status=build.status
        )
    child = _child(payload)
    if child not in (None, build_id):
        rows.koji_build(build_id=child, trigger=decoy, commit=draw.sha("confusion", child), target="f31", **other)


def _child(payload: dict[str, Any]) -> int | None:
    """The task that builds the binary packages."""
    children = nested(payload, "info", "children")
    for child in children if isinstance(children, list) else ():
        if nested(child, "method") == "buildArch":
            return number(child, "id")
    return None


def test_run(rows: Rows, payload: dict[str, Any]) -> None:
    pipeline_id = text(payload, "pipeline", "id")
    if pipeline_id is None or len(pipeline_id) > 60 or not facts.run_known(pipeline_id):
        return
    namespace = nested(payload, "artifact", "repo-namespace")
    name = nested(payload, "artifact", "repo-name")
    commit = nested(payload, "artifact", "commit-sha")
    chroot = nested(payload, "artifact", "copr-chroot")
    texts = (namespace, name, commit, chroot)
    if not all(map(usable, texts)) or len(commit) > 64 or len(chroot) > 64:
        return
    pushed = facts.run_pushed(pipeline_id)
    started_by: tuple[str, int | str] = (
        (BRANCH, "master") if pushed else (PULL_REQUEST, 1 + draw.number("run pr", pipeline_id) % 900)
    )
    trigger = rows.trigger(f"{namespace}/{name}", *started_by)
    other = f"{pipeline_id[:50]}-other"
    for run, target in ((other, "fedora-30-x86_64"), (pipeline_id, chroot)):
        rows.add(
            "tft_test_runs",
            pipeline_id=run,
            trigger_id=trigger,
            commit_sha=commit,
            status="running",
            target=target,
            web_url="https://testing-farm.example/runs/known",
        )
