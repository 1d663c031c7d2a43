"""Where do people see how their commit fares?"""

from __future__ import annotations

from hashlib import md5

import pytest

from legacy.clients import ForgePullRequest, Project
from legacy.reporting import PAGURE_URL, StatusReporter, check_name


class Noted(Project):
    """Takes note of what is set, in order."""

    head = "abc"

    def __init__(self, url):
        super().__init__(url)
        self.told = []

    def set_commit_status(self, sha, **status):
        self.told.append(("status", status["name"], status["url"]))

    def get_pr(self, pr_id):
        return ForgePullRequest(number=pr_id, head_commit=self.head, author="ann", title="t", url="u")

    def set_pr_flag(self, pr_id, **flag):
        self.told.append(("flag", flag["username"], flag["url"]))
        self.flag = flag


def test_a_check_is_named_by_kind_and_target():
    assert check_name("packit-stg", "rpm-build", "fedora-32-x86_64") == "packit-stg/rpm-build-fedora-32-x86_64"


@pytest.mark.parametrize("url", ["https://github.com/a/b", "https://gitlab.com/a/b"])
def test_elsewhere_there_are_statuses_alone(url):
    project = Noted(url)
    StatusReporter(project, "abc", 7).report("pending", "d", "", ["one", "two"])

    assert project.told == [("status", "one", ""), ("status", "two", "")]


def test_pagure_shows_each_check_at_the_pull_request_too():
    project = Noted("https://git.centos.org/rpms/b")
    StatusReporter(project, "abc", 7).report("success", "d", "there", ["one", "two"])

    assert project.told == [
        ("status", "one", "there"),
        ("flag", "one", "there"),
        ("status", "two", "there"),
        ("flag", "two", "there"),
    ]
    assert project.flag == {
        "uid": md5(b"two").hexdigest(),
        "username": "two",
        "comment": "d",
        "url": "there",
        "status": "success",
    }


def test_pagure_is_given_a_url_where_there_is_none():
    project = Noted("https://git.centos.org/rpms/b")
    StatusReporter(project, "abc").report("pending", "d", "", ["one"])

    assert project.told == [("status", "one", PAGURE_URL)]


def test_the_flags_belong_to_the_head_of_the_pull_request():
    project = Noted("https://git.centos.org/rpms/b")
    project.head = "newer"
    StatusReporter(project, "abc", 7).report("pending", "d", "there", ["one"])

    assert project.told == [("status", "one", "there")]
