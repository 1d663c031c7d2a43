"""What do the stand-in services answer, in the process and over a network?"""

from __future__ import annotations

import threading

import httpx
import pytest

from legacy import clients
from legacy.standin import facts, facts_config, server, state
from legacy.standin.app import reset
from legacy.standin.transport import InProcess

PROJECT = clients.Project("https://github.com/space/thing-build-only")


@pytest.fixture(autouse=True)
def _fresh():
    reset()


@pytest.fixture
def network():
    with server.serve() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        with httpx.Client(transport=clients.Rerouted(f"http://127.0.0.1:{running.server_port}")) as client:
            yield client
        running.shutdown()
        thread.join()


@pytest.fixture
def direct():
    with httpx.Client(transport=InProcess()) as client:
        yield client


def silent_request():
    """A request that Testing Farm takes and never answers."""
    names = (f"thing-{number}" for number in range(1000))
    name = next(name for name in names if facts.testing_farm_answer(f"space/{name}", "c") == "silent")
    return {"pipeline": {"id": "p"}, "artifact": {"repo-namespace": "space", "repo-name": name, "copr-chroot": "c"}}


@pytest.mark.parametrize("way", ["direct", "network"])
def test_both_ways_are_one(way, request):
    client = request.getfixturevalue(way)
    project = client.get("https://forge.example/repos/space/thing-private").json()
    refused = client.post("https://forge.example/repos/space/thing/issues", json={"title": "t", "body": "b"})
    made = client.post(
        "https://forge.example/repos/space/thing/issues",
        json={"title": "t", "body": "b"},
        headers={"Authorization": "token t"},
    )

    assert project == {"full_name": "space/thing-private", "private": True}
    assert (refused.status_code, made.status_code) == (401, 200)
    assert state.current.issues == {"space/thing": [{"title": "t", "body": "b"}]}
    with pytest.raises(httpx.TransportError):
        client.post("https://testing-farm.example/trigger", json=silent_request(), headers={"Authorization": "token t"})


def test_a_server_can_be_asked_and_reset(network):
    clients.Project("https://github.com/space/thing").create_issue("t", "b")

    assert network.get("https://forge.example/standin/state").json()["issues"] == {
        "space/thing": [{"title": "t", "body": "b"}]
    }
    assert network.post("https://forge.example/standin/reset").status_code == 200
    assert state.current.issues == {}
    assert network.get("https://forge.example/standin/other").status_code == 404


@pytest.mark.parametrize("host", ["forge", "copr", "testing-farm", "accounts", "unknown"])
def test_what_is_not_there(direct, host):
    assert direct.get(f"https://{host}.example/nothing/here").status_code == 404


def test_a_config_is_under_one_name_and_not_in_what_was_deleted():
    name, text = facts_config.file(PROJECT.full_name)

    assert PROJECT.get_file_content(name, "abc") == text
    assert PROJECT.get_file_content("other.yaml", "abc") is None
    assert PROJECT.get_file_content(name, facts.NO_COMMIT) is None


def test_what_was_posted_is_there():
    PROJECT.pr_comment(4, "Hello")
    PROJECT.create_issue("A title", "A body")

    assert PROJECT.get_pr_comments(4)[0]["body"] == "Hello"
    assert PROJECT.get_issue_list() == [{"title": "A title", "body": "A body"}]


def test_a_flaky_repository_takes_no_status():
    flaky = clients.Project("https://github.com/space/thing-flaky")
    with pytest.raises(httpx.HTTPStatusError, match="500"):
        flaky.set_commit_status("abc", state="pending", url="", description="d", name="n")


def test_copr_numbers_a_build_by_what_it_is_and_how_often_it_was_asked_for():
    copr = clients.Copr()
    names = (f"project-{number}" for number in range(100))
    name = next(name for name in names if not facts.copr_submit_fails("packit", name))
    copr.create_project_if_not_exists("packit", name, chroots=["fedora-33-x86_64"], options={})

    first, second = (copr.create_from_file("packit", name, path="p", chroots=["c"]) for _ in range(2))
    assert min(first, second) > facts.NEW_BUILDS_FROM
    assert first != second
    assert copr.get_build(first)["ended_on"] is None
    assert copr.get_project("packit", name)["chroots"] == ["fedora-33-x86_64"]

    reset()
    copr.create_from_file("packit", name, path="another", chroots=["c"])  # others come in between: no difference
    assert copr.create_from_file("packit", name, path="p", chroots=["c"]) == first


def test_other_reads():
    pull = PROJECT.get_pr(7)

    assert pull.head_commit == facts.head_commit(PROJECT.full_name, 7)
    assert len(PROJECT.get_sha_from_tag("v1")) == 40
    assert clients.Accounts("u", "p").groups("nobody-has-this-login-7") in (
        [],
        ["ambassadors"],
        ["cla_fpca", "packager"],
    )


def test_a_wrong_url_fails_at_its_first_use():
    wrong = clients.Project("https://github.com/only")
    with pytest.raises(ValueError, match="Not the URL of a repository"):
        wrong.is_private()
