"""Which event is this payload? None where it is nothing that the service knows."""

from __future__ import annotations

import logging
from typing import Any

from legacy.events import (
    CoprBuildEvent,
    Event,
    FedmsgTopic,
    InstallationEvent,
    PullRequestAction,
    PullRequestGithubEvent,
    TestingFarmResult,
    TestingFarmResultsEvent,
    TestResult,
)
from legacy.models import CoprBuild

logger = logging.getLogger(__name__)

ACTIONS = frozenset(action.value for action in PullRequestAction)
INSTALLATION_ACTIONS = frozenset({"created", "added"})
COPR_TOPICS = frozenset(topic.value for topic in FedmsgTopic)


def nested(payload: Any, *path: str) -> Any:
    """The value at a path; None where the path ends early."""
    for name in path:
        if not isinstance(payload, dict):
            return None
        payload = payload.get(name)
    return payload


def _one_of(value: Any, known: frozenset[str]) -> bool:
    return isinstance(value, str) and value in known


def parse_event(payload: Any) -> Event | None:
    """The first parser that accepts the payload wins."""
    if not payload or not isinstance(payload, dict):
        return None
    for parser in (parse_pull_request, parse_installation, parse_testing_farm_results, parse_copr):
        event = parser(payload)
        if event is not None:
            return event
    return None


def parse_centos_event(payload: Any, topic: str | None) -> Event | None:
    """The events of the CentOS forge are not handled yet."""
    logger.debug("Nothing handles %s.", topic)
    return None


def parse_pull_request(payload: dict[str, Any]) -> Event | None:
    pull = payload.get("pull_request")
    if not (isinstance(pull, dict) and _one_of(payload.get("action"), ACTIONS) and payload.get("number")):
        return None
    namespace = nested(pull, "head", "repo", "owner", "login")
    name = nested(pull, "head", "repo", "name")
    sha = nested(pull, "head", "sha")
    login = nested(pull, "user", "login")
    target_namespace = nested(pull, "base", "repo", "owner", "login")
    target_name = nested(pull, "base", "repo", "name")
    url = nested(payload, "repository", "html_url")
    if not all((namespace, name, sha, login, target_namespace, target_name, url)):
        logger.warning("A pull request without its repositories, commit or author.")
        return None
    return PullRequestGithubEvent(
        action=PullRequestAction(payload["action"]),
        pr_id=payload["number"],
        base_repo_namespace=namespace,
        base_repo_name=name,
        base_ref=sha,
        target_repo_namespace=target_namespace,
        target_repo_name=target_name,
        project_url=url,
        commit_sha=sha,
        user_login=login,
    )


def parse_installation(payload: dict[str, Any]) -> Event | None:
    account = nested(payload, "installation", "account")
    if not isinstance(account, dict) or not _one_of(payload.get("action"), INSTALLATION_ACTIONS):
        return None
    if not account.get("login") or not account.get("id"):
        return None
    repositories = payload.get("repositories") or payload.get("repositories_added") or []
    return InstallationEvent(
        installation_id=nested(payload, "installation", "id"),
        account_login=account["login"],
        account_id=account["id"],
        account_url=account.get("url"),
        account_type=account.get("type"),
        created_at=nested(payload, "installation", "created_at"),
        repositories=[repository["full_name"] for repository in repositories],
        sender_id=nested(payload, "sender", "id"),
        sender_login=nested(payload, "sender", "login"),
    )


def parse_testing_farm_results(payload: dict[str, Any]) -> Event | None:
    pipeline_id = nested(payload, "pipeline", "id")
    if not pipeline_id:
        return None
    artifact: dict[str, Any] = payload.get("artifact") or {}
    return TestingFarmResultsEvent(
        pipeline_id=pipeline_id,
        result=TestingFarmResult(payload.get("result")),
        environment=nested(payload, "environment", "image"),
        message=payload.get("message"),
        log_url=payload.get("url"),
        copr_repo_name=artifact.get("copr-repo-name"),
        copr_chroot=artifact.get("copr-chroot", ""),
        tests=[
            TestResult(test["name"], TestingFarmResult(test["result"]), test.get("log"))
            for test in payload.get("tests") or []
        ],
        repo_namespace=artifact.get("repo-namespace"),
        repo_name=artifact.get("repo-name"),
        git_ref=artifact.get("git-ref"),
        project_url=artifact.get("git-url"),
        commit_sha=artifact.get("commit-sha", ""),
    )


def parse_copr(payload: dict[str, Any]) -> Event | None:
    if not _one_of(payload.get("topic"), COPR_TOPICS):
        return None
    build_id, chroot = payload.get("build"), payload.get("chroot")
    if not build_id or not chroot:
        return None
    # srpm-builds, and chroots that somebody added in Copr, have no row of their own
    build = CoprBuild.get_by_build_id(build_id, chroot) or CoprBuild.get_by_build_id(build_id)
    if build is None:
        logger.warning("Copr build %s is not ours.", build_id)
        return None
    return CoprBuildEvent(
        topic=FedmsgTopic(payload["topic"]),
        build_id=build_id,
        build=build,
        chroot=chroot,
        status=payload.get("status", 0),
        owner=payload.get("owner", ""),
        project_name=payload.get("copr", ""),
        pkg=payload.get("pkg", ""),
        timestamp=payload.get("timestamp"),
    )
