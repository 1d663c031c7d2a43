"""Who may use the service?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from legacy.database import Base
from legacy.models import Whitelist, WhitelistStatus
from shadow.config import ServiceConfig
from shadow.parser import parse, parse_centos
from shadow.whitelist import may_use
from tests.unit.legacy import bodies

CONFIG = ServiceConfig()
BY_PERSON = {
    "pull request": bodies.pull_request(),
    "comment on one": bodies.pull_request_comment(),
    "comment on an issue": bodies.issue_comment(),
}
BY_OWNER = {"release": bodies.release(), "push": bodies.push()}
ALWAYS = {
    "merge request": parse(bodies.merge_request()),
    "comment on one": parse(bodies.merge_request_comment()),
    "issue": parse(bodies.gitlab_issue_comment()),
    "push to GitLab": parse(bodies.gitlab_push()),
    "dist-git": parse(bodies.dist_git()),
    "koji": parse(bodies.koji()),
    "tests": parse(bodies.testing_farm()),
    "change on Pagure": parse_centos(bodies.pagure_pull_request()),
    "comment on Pagure": parse_centos(bodies.pagure_comment()),
    "push to Pagure": parse_centos(bodies.pagure_push()),
}


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def asks(message: Any) -> Any:
    event = parse(message)
    assert event is not None
    return event


def approve(session: Session, account: str, status: WhitelistStatus = WhitelistStatus.approved_manually) -> None:
    session.add(Whitelist(account_name=account, status=status.value))
    session.flush()


@pytest.mark.parametrize("message", [*BY_PERSON.values(), *BY_OWNER.values()], ids=[*BY_PERSON, *BY_OWNER])
@pytest.mark.parametrize("status", WhitelistStatus)
def test_the_owner_of_the_repository(session: Session, message: Any, status: WhitelistStatus) -> None:
    approve(session, "space", status)
    assert may_use(session, CONFIG, asks(message)) is (status is not WhitelistStatus.waiting)


@pytest.mark.parametrize("message", BY_PERSON.values(), ids=BY_PERSON)
def test_whoever_did_it(session: Session, message: Any) -> None:
    event = asks(message)
    assert not may_use(session, CONFIG, event)
    approve(session, event.user_login)
    assert may_use(session, CONFIG, event)


def test_admins(session: Session) -> None:
    message = bodies.changed(bodies.pull_request(), "pull_request.user.login", "service-admin")
    assert may_use(session, CONFIG, asks(message))


@pytest.mark.parametrize("event", ALWAYS.values(), ids=ALWAYS)
def test_nobody_is_asked_for(session: Session, event: Any) -> None:
    assert may_use(session, CONFIG, event)


def test_an_event_without_a_rule(session: Session) -> None:
    event: Any = parse_centos(bodies.pagure_label())
    with pytest.raises(TypeError, match="PullRequestLabelPagureEvent"):
        may_use(session, CONFIG, event)
