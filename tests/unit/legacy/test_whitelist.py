"""Who may use the service, and who is told that they may not?"""

from __future__ import annotations

import pytest

from legacy.config import ServiceConfig
from legacy.events import ForgeEvent
from legacy.models import Whitelist
from legacy.parser import parse_centos_event, parse_event
from legacy.triggers import Trigger
from legacy.whitelist import check_and_report
from tests.unit.legacy import bodies, given

ALWAYS = [
    bodies.dist_git,
    bodies.koji,
    bodies.testing_farm,
    bodies.merge_request,
    bodies.merge_request_comment,
    bodies.gitlab_issue_comment,
    bodies.gitlab_push,
    bodies.pagure_pull_request,
    bodies.pagure_comment,
    bodies.pagure_push,
]
BY_NAMESPACE = [bodies.release, bodies.push]
BY_EITHER = [bodies.pull_request_comment, bodies.issue_comment]


def event(body):
    return parse_event(body) or parse_centos_event(body)


@pytest.mark.parametrize("body", ALWAYS)
def test_events_that_always_pass(world, body):
    world.prepare({})

    assert check_and_report(event(body()), ServiceConfig())
    assert world.state.comments == {}


@pytest.mark.parametrize("body", BY_NAMESPACE + BY_EITHER)
@pytest.mark.parametrize(
    ("status", "expected"), [("approved_manually", True), ("approved_automatically", True), ("waiting", False)]
)
def test_the_owner_is_approved(world, body, status, expected):
    world.prepare({})
    Whitelist.add_account("space", status)

    assert check_and_report(event(body()), ServiceConfig()) is expected


@pytest.mark.parametrize(
    ("body", "expected"), [(body, False) for body in BY_NAMESPACE] + [(body, True) for body in BY_EITHER]
)
def test_who_does_it_is_approved(world, body, expected):
    world.prepare({})
    Whitelist.add_account("somebody", "approved_manually")

    assert check_and_report(event(body()), ServiceConfig()) is expected


@pytest.mark.parametrize("body", BY_EITHER)
def test_admins_pass(world, body):
    world.prepare({})

    assert check_and_report(event(body()), ServiceConfig(admins={"somebody"}))


@pytest.mark.parametrize("body", BY_NAMESPACE)
def test_releases_and_pushes_are_refused_in_silence(world, body):
    world.prepare({})

    assert not check_and_report(event(body()), ServiceConfig())
    assert (world.state.comments, world.state.statuses) == ({}, [])


@pytest.mark.parametrize("body", BY_EITHER)
def test_who_comments_is_told_there(world, body):
    world.prepare({})

    assert not check_and_report(event(body()), ServiceConfig())
    ((place, (comment,)),) = world.state.comments.items()
    assert comment["body"] == "Neither account somebody nor owner space are on our whitelist!"
    assert place.endswith(str(event(body()).pr_id or event(body()).issue_id))


def test_a_pull_request_is_told_by_its_checks(world):
    world.prepare({})
    refused = given.at(
        given.pull_request(given.full_name(), "stranger"), given.job("copr_build", targets={"fedora-32"})
    )

    assert not check_and_report(refused, ServiceConfig())
    assert world.described() == [("error", "Account is not whitelisted!")]


def test_an_event_without_a_rule():
    with pytest.raises(TypeError, match="No rule of the whitelist for ForgeEvent"):
        check_and_report(ForgeEvent(Trigger.push, project_url=None), ServiceConfig())
