"""What is taken from a payload, and which event is it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shadow.events import (
    FedmsgTopic,
    KojiBuildEvent,
    PullRequestCommentPagureEvent,
    PullRequestPagureEvent,
    PushGitHubEvent,
    PushPagureEvent,
)
from shadow.parser import base, parse, parse_centos
from shadow.parser.github import OWN_LOGINS
from tests.unit.legacy import bodies


@pytest.mark.parametrize(
    ("value", "found"),
    [("a", "a"), ("x" * 255, "x" * 255), ("x" * 256, None), ("", None), ("a\tb", None), (1, None), (None, None)],
)
def test_names(value: Any, found: Any) -> None:
    assert base.name({"a": {"b": value}}, "a", "b") == found


@pytest.mark.parametrize(
    ("value", "found"),
    [(1, 1), (0, None), (-1, None), (True, None), (1.0, None), (2**31 - 1, 2**31 - 1), (2**31, None)],
)
def test_numbers(value: Any, found: Any) -> None:
    assert base.number({"a": value}, "a") == found


@pytest.mark.parametrize(
    ("value", "found"), [(0, 0), (1.5, 1.5), (True, None), ("1", None), (-1, None), (10**12, None)]
)
def test_seconds(value: Any, found: Any) -> None:
    assert base.seconds({"a": value}, "a") == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (3600, datetime(1970, 1, 1, 1, tzinfo=UTC)),
        ("2020-06-01T10:00:00", datetime(2020, 6, 1, 10, tzinfo=UTC)),
        ("2020-06-01T10:00:00+02:00", datetime(2020, 6, 1, 10, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_moments(value: Any, found: Any) -> None:
    assert base.moment({"a": value}, "a") == found


@pytest.mark.parametrize("value", [None, "yesterday", "", True, -1, {}])
def test_what_is_no_moment_is_now(value: Any) -> None:
    assert abs(base.moment({"a": value}, "a") - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("value", [None, "a", "a/", "/a", "a/b/c", 7])
def test_what_is_no_full_name(value: Any) -> None:
    assert base.full_name(value) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("refs/heads/a/b", "a/b"),
        ("refs/tags/1.0", "1.0"),
        ("topic", "topic"),
        ("refs/heads/", None),
        ("refs/a", "refs/a"),
    ],
)
def test_refs(value: str, found: str | None) -> None:
    assert base.ref(value) == found


@pytest.mark.parametrize("payload", [None, 7, [], {"a": None}, {"a": [1]}])
def test_a_path_may_end_early(payload: Any) -> None:
    assert base.at(payload, "a", "b") is None
    assert base.members(payload, "a", "b") == []


@pytest.mark.parametrize("login", sorted(OWN_LOGINS))
def test_what_we_say_ourselves_is_no_command(login: str) -> None:
    comment = {"body": "/packit build", "user": {"login": login}}
    assert parse({**bodies.pull_request_comment(), "comment": comment}) is None


def test_a_deleted_branch_is_a_push() -> None:
    event = parse(bodies.push(after="0" * 40))
    assert isinstance(event, PushGitHubEvent)
    assert (event.commit_sha, event.branch) == ("0" * 40, "a/b")


@pytest.mark.parametrize(
    "payload",
    [
        bodies.changed(bodies.merge_request(), "object_attributes.source.path_with_namespace", "a/b/c"),
        bodies.changed(bodies.merge_request_comment(), "merge_request.target.path_with_namespace", "alone"),
        bodies.changed(bodies.gitlab_push(), "project.path_with_namespace", "a/b/c"),
    ],
)
def test_groups_within_groups_are_not_known(payload: Any) -> None:
    with pytest.raises(ValueError, match="unpack"):
        parse(payload)


def test_a_result_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="exploded"):
        parse(bodies.testing_farm(result="exploded"))
    with pytest.raises(ValueError, match="exploded"):
        parse(bodies.testing_farm(tests=[{"name": "a", "result": "exploded"}]))


def test_a_state_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="LOST"):
        parse(bodies.koji(new="LOST"))


def test_the_task_of_the_packages_is_the_first_of_its_kind() -> None:
    event = parse(bodies.koji())
    assert isinstance(event, KojiBuildEvent)
    assert event.rpm_build_task_id == 2


def test_a_change_on_pagure_lies_in_a_fork() -> None:
    event = parse_centos(bodies.pagure_pull_request())
    assert isinstance(event, PullRequestPagureEvent)
    assert event.project_url == "https://git.centos.org/rpms/repo"
    assert event.fork.url(event.project_url) == "https://git.centos.org/forks/author/rpms/repo"


def test_the_newest_comment_on_pagure_counts() -> None:
    event = parse_centos(bodies.pagure_comment("/packit build"))
    assert isinstance(event, PullRequestCommentPagureEvent)
    assert event.comment == "/packit build"


def test_a_branch_on_pagure_keeps_what_stands_before_it() -> None:
    event = parse_centos(bodies.pagure_push())
    assert isinstance(event, PushPagureEvent)
    assert event.git_ref == event.identifier == "refs/head/c8"


def test_the_message_of_centos_is_left_as_it_came() -> None:
    payload = bodies.pagure_push()
    parse_centos(payload)
    assert payload == bodies.pagure_push()


@pytest.mark.parametrize("topic", [topic.value for topic in FedmsgTopic])
def test_a_topic_alone_is_no_event(topic: str) -> None:
    assert parse({"topic": topic}) is None
