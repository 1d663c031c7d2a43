"""What is started without a package config?"""

from __future__ import annotations

from dataclasses import fields

from shadow.dispatch.dispatched import Dispatched
from shadow.dispatch.subject import Subject
from shadow.events import InstallationEvent, PullRequestLabelPagureEvent
from shadow.package_config import JobType
from shadow.payloads import Installation, PagurePullRequestLabel


def for_installation(event: InstallationEvent) -> Dispatched:
    """An installation is always handled."""
    payload = Installation(**{item.name: getattr(event, item.name) for item in fields(Installation)})
    about = {"trigger": event.kind, "account_login": event.account_login}
    return Dispatched(event=about, payloads=[payload], started=[JobType.add_to_whitelist.value])


def for_label(subject: Subject, event: PullRequestLabelPagureEvent) -> Dispatched:
    """Whether a label is one of those that ask for a bug, the handler sees."""
    payload = PagurePullRequestLabel(
        labels=set(event.labels),
        pr_id=event.pr_id,
        commit_sha=event.commit_sha,
        project_url=event.project_url,
        base_repo_owner=event.owner,
        base_repo_name=event.repo_name,
        base_repo_namespace=event.namespace,
    )
    return Dispatched(event=subject.about(), payloads=[payload], started=[JobType.create_bugzilla.value])
