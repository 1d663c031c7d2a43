"""What is done about changes on the forge of CentOS?"""

from __future__ import annotations

from sqlalchemy.orm import Session

from legacy.clients import Bugzilla, Project
from shadow import rows
from shadow.building import build_in_copr
from shadow.checks import Checks
from shadow.config import service_config
from shadow.outbox import Outbox
from shadow.payloads import PagurePullRequestCommentCoprBuild, PagurePullRequestLabel
from shadow.reporting import report
from shadow.services.results import Results, results

CHECK = "Bugzilla"
PRODUCT = "Red Hat Enterprise Linux 8"
VERSION = "CentOS-Stream"


def pagure_pr_comment_copr_build(
    payload: PagurePullRequestCommentCoprBuild, *, session: Session, outbox: Outbox
) -> Results:
    """Build a pull request; whoever can comment may ask for that."""
    return build_in_copr(Checks.of(payload), session=session, outbox=outbox)


def pagure_pr_label(payload: PagurePullRequestLabel, *, session: Session) -> Results:
    """File a bug about a pull request that was accepted, once; its patch is attached each time."""
    config = service_config()
    if not payload.labels & config.pr_accepted_labels:
        return results(success=True, msg="No accepted label.")
    project, pr_id = Project(payload.project_url), payload.pr_id
    row = rows.pull_request(
        session,
        pr_id=pr_id,
        namespace=payload.base_repo_namespace,
        repo_name=payload.base_repo_name,
        project_url=payload.project_url,
    )
    bugzilla = Bugzilla(config.bugzilla_url, config.bugzilla_api_key)
    bug = rows.bugzilla(session, row)
    if bug is None:
        bug_id = _file(bugzilla, project, payload)
        bug = rows.new_bugzilla(session, row, bug_id=bug_id, bug_url=bugzilla.bug_url(bug_id))
    bugzilla.add_patch(bug.bug_id, project.get_pr_patch(pr_id))
    report(
        project,
        payload.commit_sha,
        pr_id,
        name=CHECK,
        state="success",
        description=f"RHBZ#{bug.bug_id}",
        url=bug.bug_url,
    )
    return results(success=True)


def _file(bugzilla: Bugzilla, project: Project, payload: PagurePullRequestLabel) -> int:
    pr = project.get_pr(payload.pr_id)
    return bugzilla.create_bug(
        product=PRODUCT,
        version=VERSION,
        component=payload.base_repo_name,
        summary=pr.title,
        description=f"Based on approved CentOS Stream pull-request: {pr.url}",
    )
