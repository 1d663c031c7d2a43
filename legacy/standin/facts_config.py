"""Which package config does a repository hold?"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from legacy.standin import draw

Job = dict[str, Any]

HEAD = "head"  # any commit: they all hold the same file
NO_COMMIT = "0" * 40
NO_ONE_COMMIT = re.compile(r"|master|main|stable|topic.*|refs/.*|f[0-9]{2}|epel[0-9]")
"""What is there now, not what was there at a commit; nothing means the default branch."""


def _job(kind: str, trigger: str = "pull_request", **metadata: Any) -> Job:
    return {"job": kind, "trigger": trigger, **({"metadata": metadata} if metadata else {})}


def _build(*targets: str, trigger: str = "pull_request", **metadata: Any) -> Job:
    return _job("copr_build", trigger, targets=list(targets), **metadata)


def _tests(*targets: str) -> Job:
    return _job("tests", targets=list(targets)) if targets else _job("tests")


def _koji(trigger: str, *targets: str, **metadata: Any) -> Job:
    return _job("production_build", trigger, **({"targets": list(targets)} if targets else {}), **metadata)


def _propose(*branches: str) -> Job:
    return _job("propose_downstream", "release", dist_git_branches=list(branches))


OPTIONS: dict[str, Any] = {
    "preserve_project": True,
    "list_on_homepage": True,
    "additional_repos": ["https://repositories.example/more", "copr://somebody/more"],
}
MANY = ("fedora-32", "fedora-31", "epel-8")
SYNC = _job("sync_from_downstream", "commit")
ON_RELEASES = [_build("fedora-stable", trigger="release"), _propose("fedora-all")]
ON_COMMITS = [_build("fedora-32", trigger="commit"), SYNC]
KOJI_EACH = [_koji("pull_request", "fedora-stable", scratch=True), _koji("commit", "fedora-32"), _koji("release")]
KOJI_MANY = [
    _koji("pull_request", "fedora-31", "fedora-30", "epel-8", scratch=True),  # Koji builds fedora-30 no more
    _koji("commit", "fedora-all", scratch=True),
    _koji("release", "fedora-stable", "epel-7"),
]
# name -> (weight, jobs); None: no jobs key
VARIANTS: dict[str, tuple[int, list[Job] | None]] = {
    "build-and-tests": (23, [_build("fedora-stable"), _tests("fedora-stable")]),
    "tests-on-releases": (1, [_tests("fedora-32"), _job("tests", "release", targets=["fedora-31", "epel-8"])]),
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
    "releases": (1, ON_RELEASES),
    "commits": (1, ON_COMMITS),
    "koji": (1, KOJI_EACH),
    "koji-many": (1, KOJI_MANY),
    "everything": (2, [_build("fedora-stable"), _tests("fedora-stable"), *ON_RELEASES, *ON_COMMITS, *KOJI_EACH]),
    "broken-yaml": (2, None),
    "unknown-job": (2, [_job("launch_rocket")]),
}
WEIGHTS = [(name, weight) for name, (weight, _) in VARIANTS.items()]
ENDINGS = tuple(sorted((f"-{name}" for name in VARIANTS), key=len, reverse=True))  # koji-many, not many
WITHOUT_MORE = ("tests-on-releases", "defaults", "missing", "broken-yaml", "unknown-job")
# what a repository does besides its pull requests: of each group one is drawn, beside the variant
MORE: tuple[tuple[tuple[list[Job], int], ...], ...] = (
    (
        ([], 26),
        (ON_RELEASES[:1], 28),
        ([_build("fedora-32", "epel-8", trigger="release", project="{repo}-releases")], 22),
        ([_build("fedora-32", trigger="release"), _build("epel-7", trigger="release", owner="somebody")], 12),
        ([_job("build", "release")], 12),
    ),
    (
        ([], 22),
        ([_build("fedora-32", trigger="commit", branch="refs/head/c8")], 8),  # as pushes on Pagure are called
        (ON_COMMITS[:1], 22),
        ([_build("fedora-stable", trigger="commit", branch="master")], 20),
        ([_build("fedora-32", trigger="commit", branch="stable", project="{repo}-stable")], 8),
        ([_build("fedora-31", trigger="commit"), _build("epel-8", trigger="commit", branch="stable")], 20),
    ),
    (
        ([], 20),
        (ON_RELEASES[1:], 30),
        ([_propose("master")], 12),
        ([_propose("fedora-rawhide", "epel-6", "epel-8")], 18),
        ([_propose("fedora-stable"), _propose("epel-7")], 12),
        ([_job("propose_downstream", "release")], 8),
    ),
    (([], 30), ([SYNC], 70)),
    (
        ([], 36),
        (KOJI_EACH, 26),
        (KOJI_MANY, 18),
        ([_koji("pull_request"), _koji("commit", "fedora-31", branch="stable"), _koji("release", "fedora-30")], 8),
        ([_koji(trigger, target) for trigger in ("pull_request", "commit", "release") for target in MANY[:2]], 12),
    ),
)
FILES = [(".packit.yaml", 6), ("packit.yaml", 2), (".packit.yml", 1), (".packit.json", 1)]
SPECS = [("named", 88), ("of-downstream", 5), ("found", 4), ("missing", 3)]


def _at(full_name: str, ref: str | None) -> str:
    """What the file is drawn by: every commit holds the same one, branches hold another."""
    return full_name if is_of_commit(ref) else f"{full_name}@default"


def is_of_commit(ref: str | None) -> bool:
    return NO_ONE_COMMIT.fullmatch(ref or "") is None


def _ending(full_name: str) -> str | None:
    if not full_name.endswith(ENDINGS):
        return None
    return next(ending for ending in ENDINGS if full_name.endswith(ending))[1:]


@lru_cache(maxsize=4096)
def variant(full_name: str, ref: str | None = HEAD) -> str:
    """A name that ends in a variant has that variant, others draw one; what was deleted has none."""
    if ref == NO_COMMIT:
        return "missing"
    return _ending(full_name) or draw.weighted(WEIGHTS, "config", _at(full_name, ref))


def jobs(full_name: str, ref: str | None = HEAD) -> list[Job]:
    """The jobs as the file names them: those of the variant, then more, where the variant was drawn."""
    name = variant(full_name, ref)
    if name == "defaults":
        return [_tests("fedora-stable")]
    found = list(VARIANTS[name][1] or [])
    if name not in WITHOUT_MORE and not _ending(full_name):
        # two of a kind from two places would race for one Copr project
        kinds = set(map(_kind, found))
        drawn = draw.number("more jobs", _at(full_name, ref))
        for group in MORE:
            found += [job for job in _one(group, drawn % 100) if _kind(job) not in kinds]
            drawn //= 100
    return [_named(job, full_name) for job in found]


def _kind(job: Job) -> tuple[str, str]:
    return ("copr_build" if job["job"] == "build" else job["job"], job["trigger"])


def _one(group: tuple[tuple[list[Job], int], ...], at: int) -> list[Job]:
    for jobs_of_it, weight in group:
        at -= weight
        if at < 0:
            return jobs_of_it
    raise AssertionError("the weights of each group come to 100")


def _named(job: Job, full_name: str) -> Job:
    """The name of the job's Copr project, where it has one, is made of the repository's."""
    metadata = job.get("metadata", {})
    if "project" not in metadata:
        return job
    repo = full_name.rsplit("/", 1)[-1]
    return {**job, "metadata": {**metadata, "project": metadata["project"].format(repo=repo)}}


def file_name(full_name: str, ref: str | None = HEAD) -> str | None:
    """Under which name the package config is."""
    if variant(full_name, ref) == "missing":
        return None
    return draw.weighted(FILES, "file", full_name)


def file(full_name: str, ref: str | None = HEAD, *, owner: str | None = None) -> tuple[str, str] | None:
    """The name and the text of the repository's package config; without a ref, that of the default branch.

    The one in somebody's fork has the same jobs, and says whose it is.
    """
    name = file_name(full_name, ref)
    if name is None:
        return None
    kind = variant(full_name, ref)
    if kind == "broken-yaml":
        return name, "jobs: [\n  - job: copr_build\n    trigger: {{\n"
    raw = _content(full_name, kind, ref)
    if owner is not None:
        raw["upstream_ref"] = f"{owner}-main"
    return name, json.dumps(raw, indent=1) if name.endswith(".json") else _yaml(raw)


def spec_files(full_name: str) -> list[str]:
    """The paths of all spec files, in no order; where the right one is found by looking, it is the first by name."""
    path = spec_path(full_name)
    return [f"extra/{full_name.rsplit('/', 1)[-1]}.spec", path] if path else []


def spec(full_name: str) -> str:
    """How the spec file is found: "named" in the config, "of-downstream" name, "found" by looking, or "missing"."""
    return "named" if _ending(full_name) else draw.weighted(SPECS, "spec", full_name)


def spec_path(full_name: str) -> str | None:
    """Where the spec file is."""
    repo = full_name.rsplit("/", 1)[-1]
    paths = {"named": f"fedora/{repo}.spec", "of-downstream": f"python-{repo}.spec", "found": f"dist/{repo}.spec"}
    return paths.get(spec(full_name))


def _names(full_name: str) -> dict[str, str]:
    """Where the spec file is and how the package is called, as far as the file says."""
    repo = full_name.rsplit("/", 1)[-1]
    match spec(full_name):
        case "named":
            path = {"specfile_path": f"fedora/{repo}.spec"}
            unsaid = not _ending(full_name) and draw.chance(0.1, "downstream unsaid", full_name)
            return path if unsaid else {**path, "downstream_package_name": repo}
        case "of-downstream":
            return {"downstream_package_name": f"python-{repo}"}
    return {}


def _content(full_name: str, kind: str, ref: str | None) -> dict[str, Any]:
    repo = full_name.rsplit("/", 1)[-1]
    raw: dict[str, Any] = {**_names(full_name), "synced_files": [f"fedora/{repo}.spec", ".packit.yaml"]}
    if draw.chance(0.4, "actions", full_name):
        raw["actions"] = {"post-upstream-clone": "make prepare", "get-current-version": "make version"}
    if kind == "quiet":
        raw["notifications"] = {"pull_request": {"successful_build": False}}
    if kind != "defaults":
        raw["jobs"] = [_as_written(job, full_name) for job in jobs(full_name, ref)]
    return raw


def _as_written(job: Job, full_name: str) -> Job:
    """A list of one may be written as its element, and one name has two old forms."""
    written = dict(job.get("metadata", {}))
    for key, value in job.get("metadata", {}).items():
        if key in ("targets", "dist_git_branches") and len(value) == 1 and draw.chance(0.5, "one", full_name, key):
            written[key] = value[0]
    if "dist_git_branches" in written and draw.chance(0.5, "old form", full_name):
        old = draw.pick(("dist-git-branch", "dist_git_branch"), "older form", full_name)
        written[old] = written.pop("dist_git_branches")
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
