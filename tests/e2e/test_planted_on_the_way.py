"""Does the gate find what goes wrong on the way: commands, the whitelist, the choice of jobs, the wire?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Defect, assert_found, change

COMMENTS, COMMANDED, FARM = "comments.py", "dispatch/commanded.py", "services/testing_farm.py"
WIRE, CONFIG, SUBJECT, REFUSAL = "wire.py", "package_config.py", "dispatch/subject.py", "dispatch/refusal.py"
TRIGGER_ROWS = "dispatch/trigger_rows.py"

OF_COMMANDS = (
    Defect(
        name="a command only where the comment begins",
        edits=(change(COMMENTS, "stripped[stripped.find(CALL) :].split", "stripped.split"),),
        handler="pr_comment_copr_build",
        where=r"^missing",
        messages="pr_comment_build-*-built*",
    ),
    Defect(
        name="what was never built is tested",
        edits=(
            change(COMMANDED, "if command is Command.test and _was_never_built(subject, session):", "if not command:"),
        ),
        handler="testing_farm_comment",
        where=r"^extra",
        messages="pr_comment_test-*-becomes-*",
    ),
    Defect(
        name="what was built tested",
        edits=(change(FARM, "for chroot in sorted(checks.tested):", "for chroot in sorted(checks.built):"),),
        handler="testing_farm_comment",
        where=r"^\$\.effects\.calls",
        messages="pr_comment_test-*-no-build-target*",
    ),
    Defect(
        name="an answer where the comment does not stand",
        edits=(change(REFUSAL, "project.issue_comment(event.issue_id, text)", "project.issue_comment(1, text)"),),
        handler="dispatch",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="issue_comment-*-refused*",
    ),
    Defect(
        name="the newest comment of our own",
        edits=(change("parser/github.py", ' or read["user_login"] in OWN_LOGINS:', ":"),),
        handler="dispatch",
        where=r"^\$\.(outcome|effects)",
        messages="pr_comment_build-*-our-own*",
    ),
)

OF_COMMANDS_TOO = (
    Defect(
        name="one of two ways to write it",
        edits=(change(COMMENTS, 'words[1].replace("-", "_")', "words[1]"),),
        handler="propose_update_comment",
        where=r"^missing",
        messages="issue_comment-*-proposed*",
    ),
    Defect(
        name="a command in capitals",
        edits=(change(COMMENTS, "    stripped = comment.strip()\n", "    stripped = comment.strip().lower()\n"),),
        handler="dispatch",
        where=r"^\$\.outcome\.value\.told",
        messages="*_comment*-not-ours*",
    ),
    Defect(
        name="admins asked for their rights",
        edits=(
            change(
                "services/permission.py",
                "return login in config.admins or project.can_merge_pr(login)",
                "return project.can_merge_pr(login)",
            ),
        ),
        handler="testing_farm_comment",
        where=r"^\$\.(effects\.calls|outcome\.value)",
        messages="pr_comment_test-*-for-admin*",
    ),
    Defect(
        name="the last result told as the whole",
        edits=(
            change(
                FARM,
                "        run_tests(checks, chroot, session=session)\n    return results(success=True)",
                "        told = run_tests(checks, chroot, session=session)\n    return told",
            ),
        ),
        handler="testing_farm_comment",
        where=r"^\$\.outcome\.value",
        messages="pr_comment_test-*-tests-refused*",
    ),
)

OF_THE_WHITELIST = (
    Defect(
        name="admins looked for on the list",
        edits=(
            change(
                "whitelist.py",
                "isinstance(event, ForgeEvent) and event.user_login in config.admins",
                "isinstance(event, ForgeEvent) and config is None",
            ),
        ),
        handler="pr_comment_copr_build",
        where=r"^missing",
        messages="pr_comment_build-*-for-admin*",
    ),
    Defect(
        name="the repository asked instead of its owner",
        edits=(
            change(
                "whitelist.py",
                "return is_approved(session, event.namespace)",
                "return is_approved(session, event.repo_name)",
            ),
        ),
        handler="propose_downstream",
        where=r"^missing",
        messages="release-00*",
    ),
    Defect(
        name="told where nobody was told",
        edits=(change(REFUSAL, "if isinstance(event, PullRequestGithubEvent):", "if event is not None:"),),
        handler="dispatch",
        where=r"^\$\.effects\.calls\[\*\]$",
        messages="push-*-refused*",
    ),
    Defect(
        name="two names in one sentence exchanged",
        edits=(
            change(
                REFUSAL,
                "{event.user_login} nor owner {event.namespace} are",
                "{event.namespace} nor owner {event.user_login} are",
            ),
        ),
        handler="dispatch",
        where=r"^\$\.effects\.calls\[\*\]\.body\.body$",
        messages="pr_comment_test-*-refused*",
    ),
)

OF_ROWS = (
    Defect(
        name="a row of another kind",
        edits=(
            change(
                TRIGGER_ROWS,
                "return rows.release(session, tag_name=event.tag_name, commit_hash=subject.commit_sha, **repository)",
                "return rows.branch(session, name=event.tag_name, **repository)",
            ),
        ),
        handler="release_copr_build",
        where=r"^\$\.inputs\.payload\.change\.trigger\.type$",
        messages="release-00*",
    ),
    Defect(
        name="the number that only a row knows",
        edits=(
            change(
                SUBJECT,
                "or _project(row), pr_id=rows.pr_id(row), row=_named(row))",
                "or _project(row), row=_named(row))",
            ),
        ),
        handler="testing_farm_results",
        where=r"^\$\.inputs\.payload\.pr_id$",
        messages="testing_farm_results-*-known-*",
    ),
    Defect(
        name="handlers in another order",
        edits=(
            change(
                "selection.py",
                "key=lambda handler: handler.legacy)",
                "key=lambda handler: handler.legacy, reverse=True)",
            ),
        ),
        handler="dispatch",
        where=r"^\$\.outcome\.value\.started",
        messages="push-*-built-koji-built*",
    ),
)

OF_THE_WIRE = (
    Defect(
        name="what is not true left out",
        edits=(
            change(
                WIRE,
                "return {item.name: _encode(getattr(self, item.name)) for item in fields(self)}",
                "return {i.name: _encode(getattr(self, i.name)) for i in fields(self)"
                " if getattr(self, i.name) is not False}",
            ),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.config\.congratulate$",
        messages="pull_request-*-quiet*",
    ),
    Defect(
        name="a column of a new row left out",
        edits=(change(TRIGGER_ROWS, "commit_hash=subject.commit_sha", "commit_hash=None"),),
        handler="dispatch",
        where=r"^\$\.effects\.rows\.project_releases",
        messages="release-00*",
    ),
    Defect(
        name="nothing sent as an empty text",
        edits=(
            change("parser/testing_farm.py", 'log_url=name(payload, "url"),', 'log_url=name(payload, "url") or "",'),
        ),
        handler="testing_farm_results",
        where=r"^\$\.inputs\.payload\.log_url$",
        messages="testing_farm_results-*-no-url*",
    ),
    Defect(
        name="an enum by its name",
        edits=(
            change(
                "dispatch/makers/koji.py",
                "state=event.state.value,",
                "state=event.state.name,",
            ),
        ),
        handler="koji_build_report",
        where=r"^\$\.inputs\.payload\.state$",
        messages="koji-00*",
    ),
    Defect(
        name="labels in a list",
        edits=(change("payloads/pagure.py", "labels: set[str]", "labels: list[str]"),),
        handler="pagure_pr_label",
        where=r"^(\$\.inputs\.payload\.labels|\$\.outcome)",
        messages="pagure_label-00*",
    ),
    Defect(
        name="a moment without its zone",
        edits=(
            change(
                "services/installation.py",
                "created_at=payload.created_at.replace(tzinfo=None)",
                "created_at=payload.created_at.astimezone().replace(tzinfo=None)",
            ),
        ),
        handler="installation",
        where=r"^\$\.effects\.rows\..*created_at$",
        messages="installation-00*",
    ),
)

OF_THE_CONFIG = (
    Defect(
        name="an old name that is not known any more",
        edits=(change(CONFIG, 'RENAMED = {"dist-git-branch": "dist_git_branches", ', "RENAMED = {"),),
        handler="dispatch",
        where=r"^\$\.outcome\.kind$",
        messages="release-0[0-3]*-propose*",
    ),
    Defect(
        name="the spec file by another rule",
        edits=(
            change(
                CONFIG,
                'return f"{config.downstream_package_name}.spec" if config.downstream_package_name else None',
                "return None",
            ),
        ),
        handler="pr_copr_build",
        where=r"^\$\.inputs\.payload\.config\.specfile_path$",
        messages="pull_request-[0-3]*-built-*",
    ),
    Defect(
        name="a default turned round",
        edits=(change(CONFIG, '.get("successful_build", True)', '.get("successful_build", False)'),),
        handler="copr_build_end",
        where=r"^\$\.inputs\.payload\.config\.congratulate$",
        messages="copr_end-0[01]*",
    ),
    Defect(
        name="the fork's address where upstream's belongs",
        edits=(change(CONFIG, "upstream_project_url=project.url,", "upstream_project_url=place.url,"),),
        handler="pagure_pr_comment_copr_build",
        where=r"^\$\.inputs\.payload\.config\.upstream_project_url$",
        messages="pagure_comment-00*",
    ),
)

OF_THE_CONFIG_TOO = (
    Defect(
        name="the name downstream by another rule",
        edits=(
            change(
                CONFIG,
                "downstream_package_name=config.downstream_package_name or place.repo,",
                "downstream_package_name=config.downstream_package_name,",
            ),
        ),
        handler="propose_downstream",
        where=r"^\$\.inputs\.payload\.config\.downstream_package_name$",
        messages="release-0*-propose*",
    ),
    Defect(
        name="a default of a job that differs",
        edits=(change(CONFIG, "timeout: Any = 7200", "timeout: Any = 3600"),),
        handler="copr_build_end",
        where=r"^\$\.inputs\.payload\.config\.jobs\[\*\]\.timeout$",
        messages="copr_end-00*",
    ),
    Defect(
        name="more for the library than it knows",
        edits=(change(CONFIG, 'if name not in ("jobs", "congratulate")}', 'if name != "jobs"}'),),
        handler="distgit_commit",
        where=r"^\$\.effects\.calls\[\*\]\.arguments\.config",
        messages="dist_git-00*",
    ),
    Defect(
        name="a commit that nobody named",
        edits=(change(FARM, '"git-ref": change.git_ref or change.commit_sha,', '"git-ref": change.git_ref,'),),
        handler="testing_farm_comment",
        where=r"^\$\.effects\.calls\[\*\]\.body\.artifact\['git-ref'\]$",
        messages="pr_comment_test-*-tests-accepted*",
    ),
)

BATCHES = {
    "commands": OF_COMMANDS,
    "commands again": OF_COMMANDS_TOO,
    "the whitelist": OF_THE_WHITELIST,
    "rows of what happened": OF_ROWS,
    "the wire": OF_THE_WIRE,
    "the package config": OF_THE_CONFIG,
    "the package config again": OF_THE_CONFIG_TOO,
}


@pytest.mark.parametrize("defects", BATCHES.values(), ids=[name.replace(" ", "-") for name in BATCHES])
def test_each_is_found_on_its_own_handler(defects: tuple[Defect, ...], tmp_path: Path) -> None:
    assert_found(tmp_path, defects)
