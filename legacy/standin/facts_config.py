"""Which package config does a repository hold?"""

from __future__ import annotations

import json
from typing import Any

from legacy.standin import draw

Job = dict[str, Any]


def _job(kind: str, trigger: str = "pull_request", **metadata: Any) -> Job:
    return {"job": kind, "trigger": trigger, **({"metadata": metadata} if metadata else {})}


def _build(*targets: str, trigger: str = "pull_request", **metadata: Any) -> Job:
    return _job("copr_build", trigger, targets=list(targets), **metadata)


def _tests(*targets: str) -> Job:
    return _job("tests", targets=list(targets)) if targets else _job("tests")


OPTIONS: dict[str, Any] = {
    "preserve_project": True,
    "list_on_homepage": True,
    "additional_repos": ["https://repositories.example/more", "copr://somebody/more"],
}
MANY = ("fedora-32", "fedora-31", "epel-8")

# name -> (weight, jobs); None: no jobs key
VARIANTS: dict[str, tuple[int, list[Job] | None]] = {
    "build-and-tests": (24, [_build("fedora-stable"), _tests("fedora-stable")]),
    "build-only": (14, [_build("fedora-32")]),
    "tests-only": (7, [_tests("fedora-31", "fedora-32")]),
    "defaults": (5, None),
    "missing": (5, None),
    "two-builds": (7, [_build("fedora-32", project="{repo}-nightly"), _build("epel-8", "fedora-rawhide")]),
    "old-name": (4, [_job("build", targets=["fedora-31"]), _tests()]),
    "aliases": (6, [_build("fedora-all", "epel-all"), _tests("fedora-development")]),
    "many": (5, [_build(*MANY), _tests("epel-8")]),
    "quiet": (4, [_build("fedora-stable"), _tests("fedora-32")]),
    "owned": (5, [_build("fedora-32", owner="somebody", project="their-{repo}", **OPTIONS)]),
    "commit-only": (3, [_build("fedora-32", trigger="commit", branch="master")]),
    "commit-and-tests": (4, [_build("fedora-32", trigger="commit"), _tests("fedora-32")]),
    "wider-tests": (4, [_build("fedora-32"), _tests("fedora-31", "fedora-32", "fedora-rawhide")]),
    "two-tests": (3, [_build("fedora-31", "fedora-32"), _tests("fedora-32"), _tests("fedora-31")]),
    "old-name-on-commits": (2, [_job("build", "commit", targets=["epel-8"]), _tests("fedora-32")]),
    "homepage": (2, [_build("fedora-32", **OPTIONS)]),
    "no-targets": (3, [_job("copr_build"), _job("propose_downstream", "release")]),
    "release-only": (2, [_job("propose_downstream", "release", dist_git_branches=["fedora-all"])]),
    "broken-yaml": (2, None),
    "unknown-job": (2, [_job("launch_rocket")]),
}
WEIGHTS = [(name, weight) for name, (weight, _) in VARIANTS.items()]
FILES = [(".packit.yaml", 6), ("packit.yaml", 2), (".packit.yml", 1), (".packit.json", 1)]


def variant(full_name: str) -> str:
    """A name that ends in a variant has that variant, others draw one."""
    for name in VARIANTS:
        if full_name.endswith(f"-{name}"):
            return name
    return draw.weighted(WEIGHTS, "config", full_name)


def jobs(full_name: str) -> list[Job]:
    name = variant(full_name)
    if name == "defaults":
        return [_tests("fedora-stable")]
    return [_named(job, full_name) for job in VARIANTS[name][1] or []]


def _named(job: Job, full_name: str) -> Job:
    """The name of the job's Copr project, where it has one, is made of the repository's."""
    metadata = job.get("metadata", {})
    if "project" not in metadata:
        return job
    repo = full_name.rsplit("/", 1)[-1]
    return {**job, "metadata": {**metadata, "project": metadata["project"].format(repo=repo)}}


def file(full_name: str) -> tuple[str, str] | None:
    """The name and the text of the repository's package config."""
    kind = variant(full_name)
    if kind == "missing":
        return None
    name = draw.weighted(FILES, "file", full_name)
    if kind == "broken-yaml":
        return name, "jobs: [\n  - job: copr_build\n    trigger: {{\n"
    raw = _content(full_name, kind)
    return name, json.dumps(raw, indent=1) if name.endswith(".json") else _yaml(raw)


def _content(full_name: str, kind: str) -> dict[str, Any]:
    repo = full_name.rsplit("/", 1)[-1]
    raw: dict[str, Any] = {
        "specfile_path": f"fedora/{repo}.spec",
        "synced_files": [f"fedora/{repo}.spec", ".packit.yaml"],
        "downstream_package_name": repo,
    }
    if draw.chance(0.4, "actions", full_name):
        raw["actions"] = {"post-upstream-clone": "make prepare", "get-current-version": "make version"}
    if kind == "quiet":
        raw["notifications"] = {"pull_request": {"successful_build": False}}
    if kind != "defaults":
        raw["jobs"] = [_as_written(job, full_name) for job in jobs(full_name)]
    return raw


def _as_written(job: Job, full_name: str) -> Job:
    """A list of one may be written as its element, and one name has an old form."""
    written = dict(job.get("metadata", {}))
    for key, value in job.get("metadata", {}).items():
        if key in ("targets", "dist_git_branches") and len(value) == 1 and draw.chance(0.5, "one", full_name, key):
            written[key] = value[0]
    if "dist_git_branches" in written and draw.chance(0.5, "old form", full_name):
        written["dist-git-branch"] = written.pop("dist_git_branches")
    return {**job, "metadata": written} if written else job


def _yaml(raw: dict[str, Any]) -> str:
    """Block style at the top, flow style below it (which is JSON): cheap to write, usual to read."""
    lines = []
    for key, value in raw.items():
        if isinstance(value, list):
            lines.append(f"{key}:")
            lines.extend(f"- {json.dumps(item)}" for item in value)
        else:
            lines.append(f"{key}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"
