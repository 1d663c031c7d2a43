"""Which rows does the world of one message hold before it comes?"""

from __future__ import annotations

import os
from typing import Any

import httpx

from legacy import database
from legacy.standin import draw, state
from legacy.standin.before import builds, github, gitlab, pagure
from legacy.standin.before.rows import BRANCH, FIRST_IDS, ISSUE, PULL_REQUEST, RELEASE, THINGS, Rows

# no message can be about these: they are longer than what is taken from one
DECOY_PIPELINE = "0" * 64
DECOY_ACCOUNT = "decoy-" * 20
DECOY_PROJECT = "elsewhere/decoy"
# what somebody takes a thing for who asks for its id and not for its kind
TAKEN_FOR = {PULL_REQUEST: BRANCH, BRANCH: PULL_REQUEST, RELEASE: BRANCH, ISSUE: PULL_REQUEST}
CONFUSED = 6  # ids of each table: those that are there, and those that a message adds


def prepare(payload: object) -> None:
    """Make the world of one message: forget what was posted, insert what was there before.

    The tables exist and are empty. Any JSON value is a payload; what no handler knows has a world too.
    """
    state.reset()
    address = os.environ.get("SERVICES_URL")
    if address:  # the services are in another process
        httpx.post(f"{address}/standin/reset", trust_env=False).raise_for_status()
    rows = Rows()
    _decoys(rows)
    if isinstance(payload, dict):
        _before(rows, payload)
    _confusions(rows)
    with database.engine.begin() as connection:
        rows.insert(connection)


def _before(rows: Rows, payload: dict[str, Any]) -> None:
    """Who sent it is told by its shape, as the service tells it."""
    topic = payload.get("topic")
    if isinstance(topic, str) and "/" in topic:
        pagure.centos(rows, payload, topic)
    elif isinstance(topic, str) and topic.endswith(".git.receive"):
        pagure.dist_git(rows, payload)
    elif isinstance(topic, str) and topic.endswith(".buildsys.task.state.change"):
        builds.koji(rows, payload)
    elif "object_kind" in payload:
        gitlab.before(rows, payload)
    elif "repository" in payload:
        _github(rows, payload)
    builds.copr(rows, payload)
    builds.test_run(rows, payload)
    github.installation(rows, payload)


def _github(rows: Rows, payload: dict[str, Any]) -> None:
    if "pull_request" in payload:
        github.pull_request(rows, payload)
    elif "issue" in payload:
        github.comment(rows, payload)
    elif "release" in payload:
        github.release(rows, payload)
    else:
        github.push(rows, payload)


def _decoys(rows: Rows) -> None:
    """Others' rows come first, so that nobody finds the right row by taking the first one."""
    trigger = rows.trigger(DECOY_PROJECT, PULL_REQUEST, 4_001)
    for kind, name in ((BRANCH, "master"), (RELEASE, "0.1.0"), (ISSUE, 4_001)):
        rows.trigger(DECOY_PROJECT, kind, name)
    srpm = rows.add("srpm_builds", logs="a decoy", success=True)
    commit = draw.sha("decoy")
    common: dict[str, Any] = {"trigger": trigger, "commit": commit, "srpm_id": srpm, "status": "pending"}
    for chroot in ("fedora-31-x86_64", "fedora-32-x86_64"):
        rows.copr_build(build_id=3_001, chroot=chroot, owner="decoy", project_name="decoy", **common)
    rows.koji_build(build_id=3_002, target="f32", **common)
    rows.add(
        "tft_test_runs",
        pipeline_id=DECOY_PIPELINE,
        trigger_id=trigger,
        commit_sha=commit,
        status="new",
        target="fedora-32-x86_64",
        web_url=None,
    )
    rows.add("whitelist", account_name=DECOY_ACCOUNT, status="waiting")


def _confusions(rows: Rows) -> None:
    """Rows that whoever takes an id of ours for a number of the outside, or for another id, will find."""
    for kind, other in TAKEN_FOR.items():
        first = FIRST_IDS[THINGS[kind][0]]
        for row_id in range(first, first + CONFUSED):
            rows.build_trigger(other, row_id)
    common: dict[str, Any] = {"trigger": FIRST_IDS["build_triggers"], "srpm_id": None, "status": "success"}
    for table in ("copr_builds", "koji_builds"):
        for row_id in range(FIRST_IDS[table] + 1, FIRST_IDS[table] + 4):
            commit = draw.sha("confusion", row_id)
            if table == "koji_builds":
                rows.koji_build(build_id=row_id, commit=commit, target="f32", **common)
            else:
                rows.copr_build(
                    build_id=row_id,
                    commit=commit,
                    chroot="fedora-32-x86_64",
                    owner="decoy",
                    project_name="confusion",
                    **common,
                )
