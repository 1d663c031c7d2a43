"""Does the gate find what goes wrong where proposals, labels and other forges become tasks?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Defect, assert_found, change

DOWNSTREAM, MAKERS, VIEWS = "services/downstream.py", "dispatch/makers/downstream.py", "views/downstream.py"
PAGURE, SUBJECT, GITLAB = "services/pagure.py", "dispatch/subject.py", "parser/gitlab.py"

OF_PROPOSALS = (
    Defect(
        name="a tag without what it begins with",
        edits=(change(MAKERS, "tag_name=asked.event.tag_name)", 'tag_name=asked.event.tag_name.lstrip("v"))'),),
        handler="propose_downstream",
        where=r"^\$\.inputs\.payload\.tag_name$",
        messages="release-0[0-3]*-proposed-*",
    ),
    Defect(
        name="an alias that nobody expands",
        edits=(
            change(
                DOWNSTREAM,
                "return sorted(git_branches(payload.config.jobs[payload.job].dist_git_branches or {DEFAULT_BRANCH}))",
                "return sorted(payload.config.jobs[payload.job].dist_git_branches or {DEFAULT_BRANCH})",
            ),
        ),
        handler="propose_downstream",
        where=r"^\$\.effects\.calls\[\*\](\.arguments\.branch)?$",
        messages="release-0[0-3]*-proposed-*",
    ),
    Defect(
        name="closed although something failed",
        edits=(
            change(
                DOWNSTREAM,
                '        return results(success=False, msg="Propose update failed.", errors=errors)\n',
                "        project.issue_close(issue_id)\n"
                '        return results(success=False, msg="Propose update failed.", errors=errors)\n',
            ),
        ),
        handler="propose_update_comment",
        where=r"^\$\.effects\.calls\[\*\]$",
        messages="issue_comment-*-propose-half*",
    ),
    Defect(
        name="another branch of upstream",
        edits=(change(DOWNSTREAM, 'UPSTREAM_BRANCH = "master"', 'UPSTREAM_BRANCH = "main"'),),
        handler="distgit_commit",
        where=r"^\$\.effects\.calls\[\*\]\.arguments\.upstream_branch$",
        messages="dist_git-00*",
    ),
)

OF_PROPOSALS_TOO = (
    Defect(
        name="an issue for each failure",
        edits=(
            change(
                DOWNSTREAM,
                "            errors[branch] = str(error)\n    if not errors:",
                "            errors[branch] = str(error)\n"
                '            project.create_issue(title=f"[packit] {branch}", body=str(error))\n    if not errors:',
            ),
        ),
        handler="propose_downstream",
        where=r"^\$\.effects\.calls\[\*\]$",
        messages="release-*-propose-fails*",
    ),
    Defect(
        name="the oldest release",
        edits=(
            change(
                DOWNSTREAM,
                'next(iter(project.get_releases()), "")',
                'next(iter(reversed(project.get_releases())), "")',
            ),
        ),
        handler="propose_update_comment",
        where=r"^\$\.effects\.calls\[\*\]\.arguments\.version$",
        messages="issue_comment-*-proposed*",
    ),
    Defect(
        name="the package config as it is now",
        edits=(
            change(
                DOWNSTREAM,
                "package_config.find(project, payload.commit_sha, None)",
                "package_config.find(project, None, None)",
            ),
        ),
        handler="distgit_commit",
        where=r"^\$\.(effects\.calls|outcome)",
        messages="dist_git-0[01]*",
    ),
)

OF_PROPOSALS_AT_LAST = (
    Defect(
        name="nothing there is an exception",
        edits=(change(DOWNSTREAM, 'next(iter(project.get_releases()), "")', "project.get_releases()[0]"),),
        handler="propose_update_comment",
        where=r"^\$\.outcome\.kind$",
        messages="issue_comment-*-no-release*",
    ),
    Defect(
        name="a comment posted twice",
        edits=(
            change(
                DOWNSTREAM,
                '            project.issue_comment(issue_id, f"Proposed {tag} to {branch}: {url}")\n',
                '            project.issue_comment(issue_id, f"Proposed {tag} to {branch}: {url}")\n' * 2,
            ),
        ),
        handler="propose_update_comment",
        where=r"^\$\.effects\.calls\[\*\]$",
        messages="issue_comment-*-proposed*",
    ),
    Defect(
        name="a default that differs",
        edits=(
            change(DOWNSTREAM, ".dist_git_branches or {DEFAULT_BRANCH}", '.dist_git_branches or {"rawhide", "f32"}'),
        ),
        handler="propose_downstream",
        where=r"^\$\.effects\.calls",
        messages="release-*",
    ),
    Defect(
        name="the spec file of the branch",
        edits=(
            change(
                DOWNSTREAM,
                "project.get_file_content(config.specfile_path, payload.commit_sha)",
                "project.get_file_content(config.specfile_path, payload.branch)",
            ),
        ),
        handler="distgit_commit",
        where=r"^\$\.effects\.calls\[\*\]\.arguments\.project_url$",
        messages="dist_git-0[01]*",
    ),
    Defect(
        name="a failure told as a result",
        edits=(
            change(
                DOWNSTREAM,
                "    url = packit.sync_from_downstream(\n",
                "    from contextlib import suppress\n\n    url = None\n    with suppress(Exception):\n"
                "      url = packit.sync_from_downstream(\n",
            ),
        ),
        handler="distgit_commit",
        where=r"^\$\.outcome\.kind$",
        messages="dist_git-*-sync-fails*",
    ),
    Defect(
        name="an argument that neither side passes",
        edits=(
            change(MAKERS, "branch=asked.event.branch,", "branch=None,"),
            change(VIEWS, "branch=event.branch,", "branch=None,"),
        ),
        handler="distgit_commit",
        where=r"^unread-input: .*event\.branch",
        messages="dist_git-00*",
    ),
)

OF_PAGURE = (
    Defect(
        name="all labels instead of one",
        edits=(
            change(PAGURE, "payload.labels & config.pr_accepted_labels", "payload.labels <= config.pr_accepted_labels"),
        ),
        handler="pagure_pr_label",
        where=r"^\$\.outcome\.value",
        messages="pagure_label-[01]*",
    ),
    Defect(
        name="a flag that outlives its commit",
        edits=(change("reporting.py", " and project.get_pr(pr_id).head_commit == commit_sha:", ":"),),
        handler="pagure_pr_comment_copr_build",
        where=r"^\$\.effects\.calls\[\*\]$",
        messages="pagure_comment-0[0-2]*-built*",
    ),
    Defect(
        name="no address where one has to be",
        edits=(change("reporting.py", "        url = url or PAGURE_URL\n", "        pass\n"),),
        handler="pagure_pr_comment_copr_build",
        where=r"^\$\.effects\.calls\[\*\]\.body\.(target_url|url)$",
        messages="pagure_comment-0[0-2]*-built*",
    ),
    Defect(
        name="the config of the project instead of the fork's",
        edits=(
            change(
                SUBJECT,
                "        return Project(event.fork.url(event.project_url))\n",
                "        return project\n",
            ),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.config\.upstream_ref$",
        messages="pagure_pull_request-*",
    ),
    Defect(
        name="the branch by the name that others have",
        edits=(change("parser/pagure.py", 'branch=f"refs/head/{branch}"', 'branch=f"refs/heads/{branch}"'),),
        handler="push_copr_build",
        where=r"^missing",
        messages="pagure_push-*",
    ),
)

OF_PAGURE_TOO = (
    Defect(
        name="done only the first time",
        edits=(
            change(
                PAGURE,
                "    bugzilla.add_patch(bug.bug_id, project.get_pr_patch(pr_id))\n",
                "        bugzilla.add_patch(bug.bug_id, project.get_pr_patch(pr_id))\n",
            ),
        ),
        handler="pagure_pr_label",
        where=r"^\$\.effects\.calls\[\*\]$",
        messages="pagure_label-*-known-bug*",
    ),
    Defect(
        name="the owner taken for the namespace",
        edits=(change(PAGURE, "namespace=payload.base_repo_namespace,", "namespace=payload.base_repo_owner,"),),
        handler="pagure_pr_label",
        where=r"^\$\.effects\.rows\.git_projects",
        messages="pagure_label-[01]*",
    ),
    Defect(
        name="another forge",
        edits=(change("parser/pagure.py", 'f"https://{host}/{path}"', 'f"https://src.fedoraproject.org/{path}"'),),
        handler="pagure_pr_comment_copr_build",
        where=r"^\$\.inputs\.payload\.change\.project_url$",
        messages="pagure_comment-00*",
    ),
    Defect(
        name="the last comment instead of the one that was changed",
        edits=(
            change(
                "parser/pagure.py",
                'return _comment(payload, host, text(payload, "comment", "comment"))',
                "return comment_added(payload, host)",
            ),
        ),
        handler="pagure_pr_comment_copr_build",
        where=r"^missing",
        messages="pagure_comment-*",
    ),
)

OF_GITLAB = (
    Defect(
        name="the first commit instead of the last",
        edits=(change(GITLAB, '"commit_sha": name(commits[-1], "id")', '"commit_sha": name(commits[0], "id")'),),
        handler="push_copr_build",
        where=r"^\$\.inputs\.payload\.change\.commit_sha$",
        messages="gitlab_push-*",
    ),
    Defect(
        name="the id that the forge has instead of the number",
        edits=(change(GITLAB, '"pr_id": number(request, "iid")', '"pr_id": number(request, "id")', times=2),),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.change\.pr_id$",
        messages="gitlab_merge_request-*",
    ),
    Defect(
        name="what holds for all forges but one held for one",
        edits=(
            change(
                "dispatch/makers/copr.py",
                "needs_permission=not isinstance(asked.event, PullRequestPagureEvent)",
                "needs_permission=hasattr(asked.event, 'action')",
            ),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.needs_permission$",
        messages="gitlab_merge_request-*",
    ),
    Defect(
        name="the number of the issue lost",
        edits=(change(GITLAB, '"issue_id": number(issue, "iid")', '"issue_id": number(issue, "id")'),),
        handler="propose_update_comment",
        where=r"^\$\.inputs\.payload\.issue_id$",
        messages="gitlab_issue_comment-*",
    ),
    Defect(
        name="nobody said who may",
        edits=(change("whitelist.py", "MergeRequestCommentGitlabEvent, IssueComment", "IssueComment"),),
        handler="dispatch",
        where=r"^\$\.outcome\.kind$",
        messages="gitlab_comment-*",
    ),
)

BATCHES = {
    "proposals": OF_PROPOSALS,
    "proposals again": OF_PROPOSALS_TOO,
    "proposals at last": OF_PROPOSALS_AT_LAST,
    "Pagure": OF_PAGURE,
    "Pagure again": OF_PAGURE_TOO,
    "GitLab": OF_GITLAB,
}


@pytest.mark.parametrize("defects", BATCHES.values(), ids=[name.replace(" ", "-") for name in BATCHES])
def test_each_is_found_on_its_own_handler(defects: tuple[Defect, ...], tmp_path: Path) -> None:
    assert_found(tmp_path, defects)
