"""Which rows are there, and which are made? On the session that is given; nothing is committed here."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from legacy.models import (
    BuildTrigger,
    CoprBuild,
    DbTrigger,
    GitBranch,
    GithubInstallation,
    GitProject,
    PullRequest,
    SrpmBuild,
    TestRun,
    TriggerType,
    Whitelist,
)
from shadow.payloads import TriggerRow


def git_project(session: Session, *, namespace: str, repo_name: str, project_url: str) -> GitProject:
    """Get or create the row of a repository."""
    found = session.scalar(select(GitProject).filter_by(namespace=namespace, repo_name=repo_name))
    if found is None:
        found = GitProject(namespace=namespace, repo_name=repo_name, project_url=project_url)
        session.add(found)
        session.flush()
    return found


def pull_request(session: Session, *, pr_id: int, namespace: str, repo_name: str, project_url: str) -> PullRequest:
    """Get or create the row of a pull request."""
    project = git_project(session, namespace=namespace, repo_name=repo_name, project_url=project_url)
    found = session.scalar(select(PullRequest).filter_by(pr_id=pr_id, project_id=project.id))
    if found is None:
        found = PullRequest(pr_id=pr_id, project=project)
        session.add(found)
        session.flush()
    return found


def started_by(session: Session, link: BuildTrigger) -> DbTrigger | None:
    """What a build or a test run was started by: a pull request or a branch."""
    if link.type == TriggerType.pull_request.value:
        return session.get(PullRequest, link.trigger_id)
    return session.get(GitBranch, link.trigger_id)


def build_trigger(session: Session, row: TriggerRow) -> BuildTrigger:
    """Get or create the link from a build or a test run to what started it."""
    kind = row.type.value
    found = session.scalar(select(BuildTrigger).filter_by(type=kind, trigger_id=row.id))
    if found is None:
        found = BuildTrigger(type=kind, trigger_id=row.id)
        session.add(found)
    return found


def srpm_build(session: Session, *, logs: str, success: bool) -> SrpmBuild:
    """Add the row of a source package."""
    row = SrpmBuild(logs=logs, success=success)
    session.add(row)
    session.flush()  # its id is part of the URL that people get
    return row


def copr_build(session: Session, build_id: int | str, target: str | None = None) -> CoprBuild | None:
    """The row of a chroot of a Copr build; without a chroot the first one of the build."""
    query = select(CoprBuild).filter_by(build_id=str(build_id)).order_by(CoprBuild.id)
    return session.scalars(query.filter_by(target=target) if target else query).first()


def copr_builds(session: Session, build_id: int | str) -> list[CoprBuild]:
    """The rows of all chroots of a Copr build."""
    return list(session.scalars(select(CoprBuild).filter_by(build_id=str(build_id)).order_by(CoprBuild.id)))


def submitted(
    session: Session,
    *,
    build_id: int | str,
    target: str,
    commit_sha: str,
    owner: str,
    project_name: str,
    web_url: str,
    srpm: SrpmBuild,
    trigger: TriggerRow,
) -> CoprBuild:
    """Get or create the row of a chroot whose build was submitted."""
    found = copr_build(session, build_id, target)
    if found is None:
        found = CoprBuild(
            build_id=str(build_id),
            target=target,
            commit_sha=commit_sha,
            owner=owner,
            project_name=project_name,
            web_url=web_url,
            status="pending",
            srpm=srpm,
            trigger=build_trigger(session, trigger),
        )
        session.add(found)
        session.flush()
    return found


def new_test_run(session: Session, *, pipeline_id: str, commit_sha: str, target: str, trigger: TriggerRow) -> TestRun:
    """Add the row of a test run that is about to be asked for."""
    row = TestRun(
        pipeline_id=pipeline_id,
        commit_sha=commit_sha,
        target=target,
        status="new",
        trigger=build_trigger(session, trigger),
    )
    session.add(row)
    session.flush()
    return row


def test_run(session: Session, pipeline_id: str) -> TestRun | None:
    return session.scalar(select(TestRun).filter_by(pipeline_id=pipeline_id))


def whitelisted(session: Session, account_name: str) -> Whitelist | None:
    return session.scalar(select(Whitelist).filter_by(account_name=account_name))


def installation(session: Session, account_login: str) -> GithubInstallation | None:
    return session.scalar(select(GithubInstallation).filter_by(account_login=account_login))


def pr_id(row: DbTrigger | None) -> int | None:
    """The number of the pull request that something was started by, if it was one."""
    return row.pr_id if isinstance(row, PullRequest) else None
