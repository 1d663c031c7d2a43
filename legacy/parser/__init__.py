"""Which event is this payload? None where it is nothing that the service knows.

The first parser that accepts a payload wins. They are tried in this order: GitHub pull request, comment on one, comment
on an issue, release, push, installation; dist-git commit; Testing Farm; Copr; GitLab merge request; Koji; comment on a
merge request, on an issue of GitLab, GitLab push. Messages of CentOS have a parser of their own.

What a parser takes from a payload is one of these (`legacy.parser.base`); a value of another kind counts as missing,
and so does a path that ends early or leads through something that is no mapping:

name     a text of 1 to 255 characters, all printable (`str.isprintable`). Logins, namespaces, repositories, URLs,
         branches, refs, tags, commits, chroots, topics and actions are names
text     a text, also an empty one. Only comments and the message of Testing Farm are texts
number   a whole number, no bool, from 1 to 2**31 - 1: numbers of pull requests and issues, ids
whole    a whole number, no bool, of any size: the status of Copr and `info.state` of Koji
seconds  a number, no bool, from 0 to 253402300799 (the last second of the year 9999)
moment   seconds, or a text that `datetime.fromisoformat` reads (UTC where it names no zone); all else is now
full name  a name with exactly one slash and something on both sides of it
members  of a list; there are none where there is no list

What an event cannot do without ("needs") is a name or a number. Where one of them is missing there is no event: None,
with a warning. What it can do without is None where it is missing, unless another default is given.

GitHub
  project: needs `repository.owner.login`, `repository.name`, `repository.html_url` (all but pull requests, installations)
  pull request: `pull_request` is a mapping, `action` opened, reopened or synchronize, `number` a number. Needs, of
    `pull_request`: head.repo.owner.login, head.repo.name, head.sha, user.login, base.repo.owner.login, base.repo.name;
    and repository.html_url
  comment on a pull request: `issue.pull_request` is there (not None), `action` created or edited, issue.number. Needs
    comment.user.login, issue.user.login and the text comment.body; None where the login is one of our own
  comment on an issue: `issue.pull_request` is not there, `action` created, issue.number, comment.body a text that is not
    empty. Needs comment.user.login and repository.full_name
  release: `action` published and `release` a mapping. Needs release.tag_name
  push: the names ref, before, pusher.name, and the first name of head, after, head_commit. Needs a ref that names
    something: `refs/<x>/` is cut off, nothing may not be left; a ref that does not begin like that names itself
  installation: `installation.account` a mapping, `action` created or added. Needs account.login and the number account.id.
    url, type, sender.login: names; installation.id, sender.id: numbers; created_at: a moment. Repositories: those members
    of `repositories`, or where it has none of `repositories_added`, that have a full name in full_name
Fedora
  dist-git commit: `topic` is that of pushes to dist-git. Needs msg.commit.namespace, .repo, .branch and .rev
  Copr: `topic` is one of the two of Copr. Needs the number build and the name chroot; owner, copr and pkg are names or "",
    status is whole or 0, timestamp is seconds. None where the build is not ours
  Koji: `topic` is that of tasks and `info.state` is whole. Needs the number id and the name new; old is a name,
    start_time and completion_time of info are seconds. The task of the packages is the id, a number, of the first of
    the members of info.children with the method buildArch, where that id is a number
Testing Farm
  pipeline.id is a name. Needs the name result. message is a text; url, environment.image and of artifact: copr-repo-name,
    repo-namespace, repo-name, git-ref, git-url are names; copr-chroot and commit-sha are names or "". Tests: the members of
    tests that have the names name and result; log is a name
GitLab
  action: reopen or update, as the payload says; else opened
  merge request: `object_kind` merge_request, object_attributes.state opened. Needs user.username, and of
    object_attributes: the numbers id and iid, source.path_with_namespace, target.path_with_namespace, target.web_url,
    last_commit.id
  comment on one: `object_kind` note, `merge_request` is a mapping, its state opened. Needs user.username,
    project.web_url, the text object_attributes.note, and of merge_request: the numbers id and iid,
    source.path_with_namespace, target.path_with_namespace, last_commit.id
  comment on an issue: `object_kind` note, `issue` is a mapping, its state opened. Needs user.username, project.web_url,
    project.path_with_namespace, the text object_attributes.note, and of issue: the numbers id and iid
  push: `object_kind` push, the names ref, before, user_username, and at least one of the members of commits. Needs a ref
    that names something (as GitHub's), the name id of the last commit, project.path_with_namespace, project.web_url
CentOS (topic: the payload's own, a name, `<host>/<topic of git>` with exactly one slash and something on both sides)
  The two parts are put into the payload, as `source` and `git_topic`. URL: https://<host>/<url_path>
  pull request: pull-request.new, .reopened or .updated. Needs of `pullrequest`: the number id, project.namespace,
    project.name, project.url_path, repo_from.namespace, repo_from.name, repo_from.user.name, branch, commit_stop, user.name
  comment: pull-request.comment.added or .edited. Needs agent, the text comment (added: `comment` of the last of the members
    of pullrequest.comments; edited: comment.comment), and of `pullrequest`: the number id, project.namespace, project.name,
    project.url_path, repo_from.name, repo_from.user.name, commit_stop
  label: pull-request.tag.added. Of `pull_request` where that is a mapping, else of `pullrequest`: needs the number id,
    project.namespace, project.name, project.user.name, project.url_path, branch, commit_stop. Labels: the names among the
    members of the payload's `tags`
  push: git.receive. Needs repo.namespace, repo.name, repo.url_path, branch, end_commit

Only these raise, each after all that the event needs was found:
* a path on GitLab is unpacked into two parts at "/" (source before target): ValueError where there are more or fewer.
  A part that is empty is missing: None, with a warning;
* a result of Testing Farm (the tests', in their order, after the whole result) and a state of Koji (new before old) that
  nobody knows: ValueError.
"""

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
