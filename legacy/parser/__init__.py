"""Which event is this payload? None where it is nothing that the service knows.

The first parser that accepts a payload wins. They are tried in this order: GitHub pull request, comment on one,
comment on an issue, release, push, installation; dist-git commit; Testing Farm; Copr; GitLab merge request; Koji;
comment on a merge request, on an issue of GitLab, GitLab push. Messages of CentOS have a parser of their own.

What a parser takes from a payload is one of these (`legacy.parser.base`); a value of another kind counts as missing,
and so does a path that ends early or leads through something that is no mapping:

name       a text of 1 to 255 characters, all printable (`str.isprintable`). Logins, namespaces, repositories, URLs,
           branches, refs, tags, commits, chroots, topics and actions are names
text       a text, also an empty one. Only comments and the message of Testing Farm are texts
number     a whole number, no bool, from 1 to 2**31 - 1: numbers of pull requests and issues, ids
whole      a whole number, no bool, of any size: the status of Copr and `info.state` of Koji
seconds    a number, no bool, from 0 to 253402300799 (the last second of the year 9999)
moment     seconds, or a text that `datetime.fromisoformat` reads (UTC where it names no zone); all else is now
full name  a name with exactly one slash and something on both sides of it
members    of a list; there are none where there is no list

Where something is missing that an event needs there is no event: None, with a warning. What it does not need is None
where it is missing, unless another default is given. Names are meant where no other kind is.

GitHub
  Comments, releases and pushes need repository.owner.login, repository.name and repository.html_url
  pull request: `pull_request` is a mapping, `action` opened, reopened or synchronize, `number` a number. Needs, of
    pull_request: head.repo.owner.login, head.repo.name, head.sha, user.login, base.repo.owner.login, base.repo.name;
    and repository.html_url
  comment on a pull request: `issue.pull_request` is there (not None), `action` created or edited, issue.number a
    number. Needs comment.user.login, issue.user.login, the text comment.body; None where the login is one of our own
  comment on an issue: `issue.pull_request` is not there, `action` created, issue.number a number, comment.body a text
    that is not empty. Needs comment.user.login, repository.full_name
  release: `action` published and `release` a mapping. Needs release.tag_name
  push: ref, before, pusher.name, and the first name of head, after, head_commit. Needs a ref that names something:
    `refs/<x>/` is cut off, and something has to be left; a ref that does not begin like that names itself
  installation: `installation.account` a mapping, `action` created or added. Needs account.login, the number account.id.
    Of account url and type, sender.login; the numbers installation.id and sender.id; the moment created_at.
    Repositories: of the members of `repositories`, or where it has none of `repositories_added`, their full_name,
    where that is a full name
Fedora
  dist-git commit: `topic` is that of pushes to dist-git. Needs msg.commit.namespace, .repo, .branch and .rev
  Copr: `topic` is one of the two of Copr. Needs the number build and chroot; owner, copr and pkg or "", status is
    whole or 0, timestamp is seconds. None where the build is not ours
  Koji: `topic` is that of tasks and `info.state` is whole. Needs the number id, and new; start_time and
    completion_time of info are seconds. The task that builds packages is the id, a number, of the first of the members
    of info.children with the method buildArch
Testing Farm
  `pipeline.id` is a name. Needs result. The text message; url, environment.image; of artifact copr-repo-name,
    repo-namespace, repo-name, git-ref, git-url, and copr-chroot and commit-sha or "". Tests: those members of tests
    that have name and result; their log
GitLab
  action: reopen or update, as the payload says; else opened
  merge request: `object_kind` merge_request, object_attributes.state opened. Needs user.username, and of
    object_attributes: the numbers id and iid, source.path_with_namespace, target.path_with_namespace, target.web_url,
    last_commit.id
  comment on one: `object_kind` note, merge_request.state opened. Needs user.username, project.web_url, the text
    object_attributes.note, and of merge_request: the numbers id and iid, source.path_with_namespace,
    target.path_with_namespace, last_commit.id
  comment on an issue: `object_kind` note, issue.state opened. Needs user.username, project.web_url,
    project.path_with_namespace, the text object_attributes.note, and of issue: the numbers id and iid
  push: `object_kind` push, ref, before, user_username, and a member of commits. Needs a ref that names something (as
    on GitHub), the id of the last member of commits, project.path_with_namespace, project.web_url
CentOS (the payload's topic is a full name: <host>/<topic of git>)
  The two parts are put into the payload, as `source` and `git_topic`. URL: https://<host>/<url_path>
  pull request: pull-request.new, .reopened or .updated. Needs, of `pullrequest`: the number id, project.namespace,
    project.name, project.url_path, repo_from.namespace, repo_from.name, repo_from.user.name, branch, commit_stop,
    user.name
  comment: pull-request.comment.added or .edited. Needs agent, the text comment (added: of the last of the members of
    pullrequest.comments; edited: of `comment`), and of `pullrequest`: the number id, project.namespace, project.name,
    project.url_path, repo_from.name, repo_from.user.name, commit_stop
  label: pull-request.tag.added. Needs, of `pull_request` where that is a mapping, else of `pullrequest`: the number id,
    project.namespace, project.name, project.user.name, project.url_path, branch, commit_stop. Labels: the names among
    the members of `tags` of the payload, perhaps none
  push: git.receive. Needs repo.namespace, repo.name, repo.url_path, branch, end_commit

Only these raise, each after everything that the event needs was found:
* paths on GitLab are unpacked into two parts at "/", source before target: ValueError where there are more or fewer.
  After that, a part that is empty is missing;
* a result of Testing Farm (the tests', in their order, after that of all) and a state of Koji (new before old) that
  nobody knows: ValueError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from legacy.events import Event
from legacy.parser import fedora, github, gitlab, pagure, testing_farm
from legacy.parser.base import nested

__all__ = ["nested", "parse_centos_event", "parse_event"]

PARSERS: tuple[Callable[[dict[str, Any]], Event | None], ...] = (
    github.parse_pull_request,
    github.parse_pull_request_comment,
    github.parse_issue_comment,
    github.parse_release,
    github.parse_push,
    github.parse_installation,
    fedora.parse_dist_git,
    testing_farm.parse_testing_farm_results,
    fedora.parse_copr,
    gitlab.parse_merge_request,
    fedora.parse_koji,
    gitlab.parse_merge_request_comment,
    gitlab.parse_issue_comment,
    gitlab.parse_push,
)


def parse_event(payload: Any) -> Event | None:
    """The event of a payload of a webhook or of Fedora's bus."""
    if not isinstance(payload, dict):
        return None
    for parser in PARSERS:
        event = parser(payload)
        if event is not None:
            return event
    return None


def parse_centos_event(payload: Any) -> Event | None:
    """The event of a message of CentOS; it is given its `source` and `git_topic`."""
    return pagure.parse_message(payload) if isinstance(payload, dict) else None
