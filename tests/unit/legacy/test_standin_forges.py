"""What do the forges of the stand-in answer, and where is it noted what was written to them?"""

from __future__ import annotations

import httpx
import pytest

from legacy import clients
from legacy.standin import draw, facts, facts_config, forge, state
from legacy.standin.app import reset

NAME = "space/thing-everything"
GITHUB = clients.Project(f"https://github.com/{NAME}")
GITLAB = clients.Project(f"https://gitlab.com/{NAME}")
CENTOS = clients.Project(f"https://git.centos.org/{NAME}")
FORK = clients.Project(f"https://git.centos.org/forks/ada/{NAME}")
DIST_GIT = clients.Project(f"https://src.fedoraproject.org/{NAME}")
EVERYWHERE = (GITHUB, GITLAB, CENTOS, FORK, DIST_GIT)


@pytest.fixture(autouse=True)
def _fresh():
    reset()


def named(predicate, pattern="space/thing-{}"):
    """The first name of a project of which this is true."""
    return next(name for name in (pattern.format(number) for number in range(3000)) if predicate(name))


def takes_bugs(name):
    return not facts.bugzilla_fails(name) and not facts.bugzilla_takes_no_patch(name)


def test_every_host_of_the_clients_has_a_forge():
    assert {httpx.URL(url).host for url in clients.FORGES.values()} == set(forge.SITES)


@pytest.mark.parametrize("project", EVERYWHERE, ids=lambda project: project.url)
def test_the_same_is_read_everywhere(project):
    config, text = facts_config.file(NAME, owner="ada" if project is FORK else None)

    assert project.get_file_content(config, "abc") == text
    assert project.get_releases() == facts.releases(NAME)
    assert project.get_pr(7).author == facts.author(NAME, 7)
    assert project.is_private() == facts.is_private(NAME)


def test_where_something_was_written_is_noted():
    for project in EVERYWHERE:
        project.issue_comment(3, "Hello")
        project.create_issue("t", "b")
        project.issue_close(3)
        project.set_commit_status("abc", state="pending", url="", description="d", name="n")
    CENTOS.set_pr_flag(3, uid="u", username="n", comment="c", url="https://x", status="pending")

    at_centos = f"pagure.example/{NAME}"
    places = [
        *(NAME, f"gitlab-forge.example/{NAME}", at_centos),
        *(f"pagure.example/forks/ada/{NAME}", f"distgit.example/{NAME}"),
    ]
    assert list(state.current.issues) == [status["repo"] for status in state.current.statuses] == places
    assert list(state.current.comments) == state.current.closed == [f"{place}#3" for place in places]
    (flag,) = state.current.flags
    assert (flag["repo"], flag["number"], flag["status"]) == (at_centos, "3", "pending")


def test_what_was_said_on_one_forge_is_not_on_another():
    GITHUB.create_issue("t", "b")
    GITHUB.pr_comment(3, "Hello")

    assert {"title": "t", "body": "b"} not in GITLAB.get_issue_list()
    assert "Hello" not in [comment["body"] for comment in GITLAB.get_pr_comments(3)]
    assert "Hello" in [comment["body"] for comment in GITHUB.get_pr_comments(3)]


def test_a_status_needs_a_commit():
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        GITHUB.set_commit_status("", state="pending", url="", description="d", name="n")


@pytest.mark.parametrize("failing", ["tests", "koji", "late"])
def test_some_statuses_fail(failing):
    project = clients.Project(f"https://github.com/{named(lambda name: facts.failing_statuses(name) == failing)}")
    told = {
        "tests": ("packit-stg/testing-farm-x", "d"),
        "koji": ("packit-stg/production-build-f32", "d"),
        "late": ("packit-stg/rpm-build-x", "Starting RPM build..."),
    }
    refused = []
    for kind, (name, description) in told.items():
        try:
            project.set_commit_status("abc", state="pending", url="", description=description, name=name)
        except httpx.HTTPStatusError:
            refused.append(kind)
    assert refused == [failing]


def test_a_tag_may_be_unknown():
    unknown = next(tag for tag in map(str, range(1000)) if not facts.tag_known(NAME, tag))
    known = next(tag for tag in map("rpm/{}".format, range(1000)) if facts.tag_known(NAME, tag))

    assert GITHUB.get_sha_from_tag(known) == facts.tag_commit(NAME, known)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        GITHUB.get_sha_from_tag(unknown)


def test_a_pull_request_is_shown_where_it_is():
    urls = [project.get_pr(7).url for project in (GITHUB, GITLAB, CENTOS, DIST_GIT)]

    assert urls == [
        f"https://github.com/{NAME}/pull/7",
        f"https://gitlab.com/{NAME}/-/merge_requests/7",
        f"https://git.centos.org/{NAME}/pull-request/7",
        f"https://src.fedoraproject.org/{NAME}/pull-request/7",
    ]
    patch = CENTOS.get_pr_patch(7)
    assert urls[2] in patch
    assert facts.pagure_head(NAME, 7) in patch
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        GITHUB.get_pr("seven")


def test_some_pull_requests_have_moved_on():
    heads = [facts.pagure_head(NAME, number) == draw.sha("pagure head", NAME, number) for number in range(200)]

    assert 20 < heads.count(False) < 80


def test_a_spec_file_is_where_the_config_says_or_the_first_one():
    named_in_config = f"fedora/{NAME.split('/')[1]}.spec"
    found = named(lambda name: facts_config.spec(name) == "found")
    missing = named(lambda name: facts_config.spec(name) == "missing")
    by_looking, without = (clients.Project(f"https://github.com/{name}") for name in (found, missing))

    assert f"URL:            {facts.spec_url(NAME)}\n" in DIST_GIT.get_file_content(named_in_config, "abc")
    assert DIST_GIT.get_file_content("other.spec", "abc") is None
    assert min(by_looking.get_files("abc", ".spec")) == facts_config.spec_path(found)
    assert by_looking.get_files("abc", ".spec")[0] != facts_config.spec_path(found)
    assert by_looking.get_files("abc", ".py") == by_looking.get_files(facts.NO_COMMIT, ".spec") == []
    assert without.get_files("abc", ".spec") == []


def test_a_spec_file_may_not_say_where_upstream_is():
    name = named(lambda name: facts.spec_url(name) is None and facts_config.spec_path(name))

    text = clients.Project(f"https://src.fedoraproject.org/{name}").get_file_content(facts_config.spec_path(name), "a")
    assert "Name:" in text
    assert "URL:" not in text


class TestBugzilla:
    """A bug is filed, a patch is attached to it."""

    bugzilla = clients.Bugzilla(clients.BUGZILLA, "a-key")

    def create(self, full_name):
        return self.bugzilla.create_bug(
            product="p",
            version="v",
            component="c",
            summary="s",
            description=f"Based on approved CentOS Stream pull-request: https://git.centos.org/{full_name}/pull-request/4",
        )

    def test_a_bug_and_its_patch(self):
        name, other = (named(takes_bugs, f"{space}/thing-{{}}") for space in ("space", "other"))
        bug_id = self.create(name)
        self.bugzilla.add_patch(bug_id, "From abc")

        assert state.current.bugs[bug_id]["component"] == "c"
        (patch,) = state.current.patches
        assert (patch["bug"], patch["data"]) == (str(bug_id), "From abc")
        assert self.create(name) == bug_id  # the same text, the same number
        assert self.create(other) != bug_id

    def test_it_may_be_away(self):
        away = clients.Project(f"https://git.centos.org/{named(facts.bugzilla_fails)}")
        for write in (lambda: self.create(away.full_name), lambda: self.bugzilla.add_patch(1, away.get_pr_patch(4))):
            with pytest.raises(httpx.HTTPStatusError, match="500"):
                write()
        assert not state.current.bugs

    def test_it_may_take_the_bug_and_not_the_patch(self):
        name = named(lambda name: facts.bugzilla_takes_no_patch(name) and not facts.bugzilla_fails(name))
        half = clients.Project(f"https://git.centos.org/{name}")
        bug_id = self.create(half.full_name)
        with pytest.raises(httpx.HTTPStatusError, match="500"):
            self.bugzilla.add_patch(bug_id, half.get_pr_patch(4))
