"""Which event is this payload? None where it is nothing that the service knows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from shadow.events import (
    CoprBuildEvent,
    Event,
    FedmsgTopic,
    InstallationEvent,
    PullRequestAction,
    PullRequestEvent,
    TestingFarmResult,
    TestingFarmResultsEvent,
    moment,
)

logger = logging.getLogger(__name__)

Payload = dict[str, Any]

PULL_REQUEST_ACTIONS = frozenset(action.value for action in PullRequestAction)
INSTALLATION_ACTIONS = frozenset({"created", "added"})
COPR_TOPICS = frozenset(topic.value for topic in FedmsgTopic)


def parse(payload: Any) -> Event | None:
    """The first parser that accepts the payload wins."""
    if not isinstance(payload, dict):
        return None
    return next((event for event in (parser(payload) for parser in PARSERS) if event is not None), None)


def at(payload: Any, *path: str) -> Any:
    """The value at a path; None where the path ends early."""
    for name in path:
        if not isinstance(payload, dict):
            return None
        payload = payload.get(name)
    return payload


def _one_of(value: Any, known: frozenset[str]) -> bool:
    return isinstance(value, str) and value in known


def parse_pull_request(payload: Payload) -> PullRequestEvent | None:
    pull = payload.get("pull_request")
    if not (isinstance(pull, dict) and _one_of(payload.get("action"), PULL_REQUEST_ACTIONS) and payload.get("number")):
        return None
    read = {
        "commit_sha": at(pull, "head", "sha"),
        "user_login": at(pull, "user", "login"),
        "target_repo_namespace": at(pull, "base", "repo", "owner", "login"),
        "target_repo_name": at(pull, "base", "repo", "name"),
        "project_url": at(payload, "repository", "html_url"),
    }
    source = (at(pull, "head", "repo", "owner", "login"), at(pull, "head", "repo", "name"))
    if not all((*read.values(), *source)):
        logger.warning("A pull request without its repositories, commit or author.")
        return None
    return PullRequestEvent(action=PullRequestAction(payload["action"]), pr_id=payload["number"], **read)


def parse_installation(payload: Payload) -> InstallationEvent | None:
    account = at(payload, "installation", "account")
    if not isinstance(account, dict) or not _one_of(payload.get("action"), INSTALLATION_ACTIONS):
        return None
    if not account.get("login") or not account.get("id"):
        return None
    repositories = payload.get("repositories") or payload.get("repositories_added") or []
    return InstallationEvent(
        account_login=account["login"],
        account_id=account["id"],
        account_url=account.get("url"),
        account_type=account.get("type"),
        repositories=[repository["full_name"] for repository in repositories],
        sender_id=at(payload, "sender", "id"),
        sender_login=at(payload, "sender", "login"),
        created_at=moment(at(payload, "installation", "created_at")),
    )


def parse_testing_farm_results(payload: Payload) -> TestingFarmResultsEvent | None:
    pipeline_id = at(payload, "pipeline", "id")
    if not pipeline_id:
        return None
    artifact = payload.get("artifact") or {}
    return TestingFarmResultsEvent(
        pipeline_id=pipeline_id,
        result=TestingFarmResult(payload.get("result")),
        message=payload.get("message"),
        log_url=payload.get("url"),
        copr_chroot=artifact.get("copr-chroot", ""),
        tests=[_test_name(test) for test in payload.get("tests") or []],
        git_ref=artifact.get("git-ref"),
        project_url=artifact.get("git-url"),
        commit_sha=artifact.get("commit-sha", ""),
    )


def _test_name(test: Payload) -> Any:
    """The name of a test; what its result says is checked though nobody needs it."""
    name = test["name"]
    TestingFarmResult(test["result"])
    return name


def parse_copr_build(payload: Payload) -> CoprBuildEvent | None:
    if not _one_of(payload.get("topic"), COPR_TOPICS):
        return None
    build_id, chroot = payload.get("build"), payload.get("chroot")
    if not build_id or not chroot:
        return None
    return CoprBuildEvent(
        topic=FedmsgTopic(payload["topic"]),
        build_id=build_id,
        chroot=chroot,
        status=payload.get("status", 0),
        owner=payload.get("owner", ""),
        project_name=payload.get("copr", ""),
        timestamp=payload.get("timestamp"),
    )


PARSERS: tuple[Callable[[Payload], Event | None], ...] = (
    parse_pull_request,
    parse_installation,
    parse_testing_farm_results,
    parse_copr_build,
)
