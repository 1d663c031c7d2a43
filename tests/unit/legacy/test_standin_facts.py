"""What is true in the stand-in world, how often, and is it reached by every handler?"""

from __future__ import annotations

import json
from collections import Counter

import pytest
import yaml

from legacy.standin import facts, facts_config

NAMES = [facts.project_name(index) for index in range(1500)]
CONFIGS = [facts_config.jobs(name) for name in NAMES]


def share(type_, trigger, *, needs=None):
    """How many of the projects have such a job."""
    found = sum(
        any(
            job["job"] == type_ and job["trigger"] == trigger and (needs is None or job.get("metadata", {}).get(needs))
            for job in jobs
        )
        for jobs in CONFIGS
    )
    return found / len(CONFIGS)


@pytest.mark.parametrize(
    ("type_", "trigger", "least"),
    [
        ("production_build", "pull_request", 0.45),
        ("production_build", "commit", 0.45),
        ("production_build", "release", 0.45),
        ("copr_build", "release", 0.5),
        ("copr_build", "commit", 0.5),
        ("sync_from_downstream", "commit", 0.5),
        ("copr_build", "pull_request", 0.5),
        ("tests", "pull_request", 0.45),
    ],
)
def test_most_projects_have_most_jobs(type_, trigger, least):
    assert share(type_, trigger) >= least


def test_most_projects_say_where_a_release_goes():
    assert share("propose_downstream", "release", needs="dist_git_branches") >= 0.6


def test_a_job_may_be_there_twice_and_ask_for_what_is_not_supported():
    doubled = Counter(
        max(Counter((job["job"], job["trigger"]) for job in jobs).values(), default=0) for jobs in CONFIGS
    )
    asked = {name for jobs in CONFIGS for job in jobs for name in job.get("metadata", {}).get("targets", [])}

    assert doubled[2] > 100
    assert {"fedora-30", "fedora-all", "epel-7"} <= asked


def test_no_two_jobs_of_one_message_race_for_a_project_in_copr():
    for jobs in CONFIGS:
        builds = [(job["trigger"], job.get("metadata", {})) for job in jobs if job["job"] in ("copr_build", "build")]
        places = [
            (trigger, data.get("owner"), data.get("project"), trigger == "commit" and data.get("branch", "master"))
            for trigger, data in builds
        ]
        assert len(set(places)) == len(places)


def test_the_default_branch_holds_another_config():
    differ = [facts_config.jobs(name) != facts_config.jobs(name, None) for name in NAMES[:200]]

    assert differ.count(True) > 150
    assert facts_config.jobs(NAMES[0], "") == facts_config.jobs(NAMES[0], None)
    assert facts_config.jobs(NAMES[0], "abc") == facts_config.jobs(NAMES[0])
    assert facts_config.file(NAMES[0], facts.NO_COMMIT) is None


def test_a_name_that_ends_in_a_variant_has_that_and_no_more():
    name = "space/thing-koji-many"

    assert facts_config.variant(name) == facts_config.variant(name, None) == "koji-many"
    assert facts_config.jobs(name) == facts_config.VARIANTS["koji-many"][1]


def test_a_file_says_what_the_jobs_are():
    """Besides their written forms: a list of one may be its element, and branches have old names."""
    seen = set()
    for name in NAMES[:300]:
        path, text = facts_config.file(name) or ("", "")
        if facts_config.variant(name) in ("missing", "broken-yaml", "defaults"):
            continue
        raw = json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
        assert [job["job"] for job in raw["jobs"]] == [job["job"] for job in facts_config.jobs(name)]
        seen |= {key for job in raw["jobs"] for key in job.get("metadata", {})}
        seen |= {"no specfile_path"} - {"specfile_path" in raw and "no specfile_path"}
        seen |= {"no downstream_package_name"} - {"downstream_package_name" in raw and "no downstream_package_name"}

    assert {"dist_git_branches", "dist-git-branch", "dist_git_branch", "scratch", "branch"} <= seen
    assert {"no specfile_path", "no downstream_package_name"} <= seen


def test_releases_are_there_or_not_and_the_newest_is_first():
    found = [facts.releases(name) for name in NAMES]

    assert 100 < found.count([]) < 400
    for tags in found:
        numbers = [tuple(map(int, tag.removeprefix("v").split("."))) for tag in tags]
        assert numbers == sorted(set(numbers), reverse=True)


def test_koji_builds_are_of_every_kind():
    first = facts.KOJI_FROM + 7 * facts.KOJI_PER_PROJECT
    found = [facts.koji_build(first + number) for number in range(facts.KOJI_PER_PROJECT)]

    assert {build.full_name for build in found} == {facts.project_name(7)}
    assert {build.kind for build in found} == {"pull_request", "branch_push", "release"}
    assert {build.known for build in found} == {True, False}
    for build in found:
        named = {"pull_request": build.number, "branch_push": build.branch, "release": build.tag}
        assert [kind for kind, name in named.items() if name is not None] == [build.kind]


def test_copr_builds_are_of_every_kind():
    found = [facts.build(facts.BUILDS_FROM + number) for number in range(2000)]
    kinds = Counter(build.started_by[0] for build in found)

    assert kinds["pull_request"] > 1500
    assert min(kinds["branch_push"], kinds["release"]) > 50
    for build in found:
        assert (build.pr_id is None) == (build.started_by[0] != "pull_request")
        assert build.project_name.endswith(f"-{build.started_by[1]}-stg")
        assert ("release" in build.triggers) == (build.tag is not None)


@pytest.mark.parametrize(
    ("fact", "rare", "often"),
    [
        (lambda name: facts.sync_fails(name, "f32"), 0.08, 0.16),
        (facts.kerberos_fails, 0.02, 0.08),
        (facts.bugzilla_fails, 0.03, 0.12),
        (facts.sync_back_fails, 0.08, 0.16),
        (lambda name: facts.bug_known(name, 4), 0.25, 0.45),
        (lambda name: facts.has_copr_builds(name, 4), 0.5, 0.7),
        (lambda name: facts.koji_submit(name, "f32") != "taken", 0.1, 0.22),
        (lambda name: not facts.row_url(name).startswith("https://github.com/"), 0.06, 0.14),
        (lambda name: facts.row_url(name, "https://gitlab.com/a/b") != "https://gitlab.com/a/b", 0.02, 0.08),
    ],
)
def test_how_often_it_is_so(fact, rare, often):
    assert rare < sum(map(fact, NAMES)) / len(NAMES) < often
