"""What is done between a project and its packages in the distribution?"""

from __future__ import annotations

import logging
import re

from legacy.clients import Project
from shadow import package_config, packit
from shadow.aliases import git_branches
from shadow.config import service_config
from shadow.package_config import PackageConfig
from shadow.payloads import DistGitCommit, ForJob, ProposeDownstream, ProposeUpdateComment
from shadow.services import permission
from shadow.services.results import Results, results

logger = logging.getLogger(__name__)

DEFAULT_BRANCH = "master"
UPSTREAM_BRANCH = "master"
UPSTREAM_URL = re.compile(r"^URL:\s*(\S+)$", re.MULTILINE)


def propose_downstream(payload: ProposeDownstream) -> Results:
    """Propose a release to the distribution; what failed becomes one issue."""
    project, tag = Project(payload.change.project_url), payload.tag_name
    errors = {}
    for branch in _branches(payload):
        try:
            packit.sync_release(payload.config.for_library(), project.url, branch=branch, version=tag)
        except Exception as error:  # whatever goes wrong is told to the user
            logger.exception("Not proposed to %s.", branch)
            errors[branch] = str(error)
    if not errors:
        return results(success=True)
    table = "".join(f"| {branch} | {error} |\n" for branch, error in errors.items())
    project.create_issue(
        title=f"[packit] Propose update failed for release {tag}",
        body=f"| dist-git branch | error |\n| --- | --- |\n{table}",
    )
    return results(success=False, msg="Propose downstream failed.", errors=errors)


def propose_update_comment(payload: ProposeUpdateComment) -> Results:
    """Propose the newest release to the distribution as a comment on an issue asks; the answers stand there too."""
    project, issue_id = Project(payload.change.project_url), payload.issue_id
    if not permission.may_act(service_config(), project, payload.user_login):
        return permission.refuse(project, pr_id=payload.change.pr_id, issue_id=issue_id)
    if issue_id is None:  # legacy fails so, too: only an event of an issue has a newest release
        raise AttributeError("A pull request has no release to propose: ask for it on an issue.")
    tag = next(iter(project.get_releases()), "")
    if not tag:
        message = "There is no release to propose yet."
        project.issue_comment(issue_id, message)
        return results(success=False, msg=message)
    errors = {}
    for branch in _branches(payload):
        try:
            url = packit.sync_release(payload.config.for_library(), project.url, branch=branch, version=tag)
        except Exception as error:  # whatever goes wrong is told to the user
            logger.exception("Not proposed to %s.", branch)
            errors[branch] = str(error)
            project.issue_comment(issue_id, f"Propose update to {branch} failed: {error}")
        else:
            project.issue_comment(issue_id, f"Proposed {tag} to {branch}: {url}")
    if errors:
        return results(success=False, msg="Propose update failed.", errors=errors)
    project.issue_close(issue_id)
    return results(success=True)


def _branches(payload: ForJob) -> list[str]:
    """The branches of dist-git that the job names, in order."""
    return sorted(git_branches(payload.config.jobs[payload.job].dist_git_branches or {DEFAULT_BRANCH}))


def distgit_commit(payload: DistGitCommit) -> Results:
    """Propose to upstream what was committed in dist-git."""
    project = Project(payload.project_url)
    config = _config(project, payload)
    spec = project.get_file_content(config.specfile_path, payload.commit_sha) or ""
    found = UPSTREAM_URL.search(spec)
    if found is None:
        return results(success=False, msg="URL in the spec file is not set.")
    url = packit.sync_from_downstream(
        config.for_library(),
        found.group(1),
        dist_git_branch=payload.branch,
        upstream_branch=UPSTREAM_BRANCH,
    )
    return results(success=True, msg=f"Proposed upstream: {url}")


def _config(project: Project, payload: DistGitCommit) -> PackageConfig:
    """The package config at the commit: it is small, lies in that repository, and does not change with time."""
    found = package_config.find(project, payload.commit_sha, None)
    if found is None:
        raise ValueError(f"No package config found at {payload.commit_sha}")
    return found
