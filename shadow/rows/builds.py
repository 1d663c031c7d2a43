"""What was built and tested: which rows of source packages, builds and test runs are there?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from legacy.models import BuildTrigger, CoprBuild, KojiBuild, SrpmBuild, TestRun
from shadow.payloads import TriggerRow
from shadow.rows.projects import build_trigger


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


def was_built(session: Session, row: TriggerRow) -> bool:
    """Whether a build in Copr was ever started by that row."""
    # joined as legacy joins it: a recording of legacy answers this query as it was asked
    query = select(CoprBuild.id).join(BuildTrigger)
    query = query.where(BuildTrigger.type == row.type.value, BuildTrigger.trigger_id == row.id)
    return session.scalars(query).first() is not None


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


def koji_build(session: Session, build_id: int | str) -> KojiBuild | None:
    """The row of a build in Koji: the first one of that number."""
    return session.scalars(select(KojiBuild).filter_by(build_id=str(build_id)).order_by(KojiBuild.id)).first()


def koji_submitted(
    session: Session,
    *,
    build_id: int | str,
    target: str,
    commit_sha: str,
    web_url: str,
    srpm: SrpmBuild,
    trigger: TriggerRow,
) -> KojiBuild:
    """Get or create the row of a target whose build in Koji was submitted."""
    found = session.scalar(select(KojiBuild).filter_by(build_id=str(build_id), target=target))
    if found is None:
        found = KojiBuild(
            build_id=str(build_id),
            target=target,
            commit_sha=commit_sha,
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
