"""Does the gate find what goes wrong where builds in Copr and in Koji, and their reports, become tasks?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.planting import Defect, assert_found, change

BUILDING, COPR, KOJI, REPORTS = "building.py", "services/copr.py", "koji.py", "services/koji.py"
MAKE_COPR, MAKE_KOJI, SUBJECT = "dispatch/makers/copr.py", "dispatch/makers/koji.py", "dispatch/subject.py"

OF_REFS = (
    Defect(
        name="a release whose name is left out",
        edits=(
            change(
                "events/github.py",
                "    tag_name: Any\n\n    @property\n    def identifier(self) -> Any:\n        return self.tag_name",
                "    tag_name: Any\n\n    @property\n    def identifier(self) -> Any:\n        return ''",
            ),
        ),
        handler="release_copr_build",
        where=r"^\$\.inputs\.payload\.change\.identifier$",
        messages="release-00*",
    ),
    Defect(
        name="a tag where the commit belongs",
        edits=(
            change(
                SUBJECT,
                "commit_sha=project.get_sha_from_tag(event.tag_name))",
                "commit_sha=str(project.get_sha_from_tag(event.tag_name) and event.tag_name))",
            ),
        ),
        handler="release_koji_build",
        where=r"^\$\.inputs\.payload\.change\.commit_sha$",
        messages="release-00*",
    ),
    Defect(
        name="a job that needs a build which nobody makes",
        edits=(
            change(
                "selection.py",
                'kinds=("release",),\n            types=BUILD_TYPES, required_by=TEST_TYPES)',
                'kinds=("release",),\n            types=BUILD_TYPES)',
            ),
        ),
        handler="release_copr_build",
        where=r"^missing",
        messages="release-*-for-tests*",
    ),
    Defect(
        name="built on every branch",
        edits=(change(MAKE_COPR, " or not asked.is_on_branch:", ":"),),
        handler="push_copr_build",
        where=r"^extra",
        messages="push-*-other-branch*",
    ),
    Defect(
        name="the commit before the push",
        edits=(
            change(
                "parser/github.py",
                'for key in ("head", "after", "head_commit"))',
                'for key in ("before", "after"))',
            ),
        ),
        handler="push_koji_build",
        where=r"^\$\.inputs\.payload\.change\.commit_sha$",
        messages="push-00*",
    ),
)

OF_COPR = (
    Defect(
        name="an exception that is swallowed",
        edits=(
            change(
                BUILDING,
                '    checks.tell_all("pending", SRPM_PENDING)\n',
                '    try:\n        checks.tell_all("pending", SRPM_PENDING)\n    except Exception:\n'
                '        logger.exception("Not told.")\n',
            ),
        ),
        handler="push_copr_build",
        where=r"^\$\.effects\.(calls\[\*\]|rows\.srpm_builds)$",
        messages="push-*-statuses-fail*",
    ),
    Defect(
        name="nobody looks after the build",
        edits=(change(BUILDING, "    outbox.babysit(build_id)\n", ""),),
        handler="release_copr_build",
        where=r"^\$\.effects\.calls\[\*\]",
        messages="release-01*",
    ),
    Defect(
        name="the first job's metadata for each job",
        edits=(change("checks.py", "job=jobs[payload.job])", "job=jobs[0])"),),
        handler="pr_copr_build",
        where=r"^\$\.effects\.rows\.copr_builds\[\*\]\.columns\.target$",
        messages="pull_request-*-built-two-builds*",
    ),
    Defect(
        name="an empty text where the error was",
        edits=(change(BUILDING, '"logs": str(error), "path"', '"logs": "", "path"'),),
        handler="pr_comment_copr_build",
        where=r"^\$\.effects\.rows\.srpm_builds\[\*\]\.columns\.logs$",
        messages="pr_comment_build-*-srpm-raises*",
    ),
    Defect(
        name="a check of permission left out",
        edits=(
            change(
                COPR,
                "    if not permission.may_act(checks.config, checks.project, payload.user_login):\n"
                "        return permission.refuse(",
                "    if not checks.project.can_merge_pr and payload.user_login:\n        return permission.refuse(",
            ),
        ),
        handler="pr_comment_copr_build",
        where=r"^\$\.outcome\.value\.details",
        messages="pr_comment_build-*-reader*",
    ),
    Defect(
        name="a check of permission for everybody",
        edits=(change(COPR, "if payload.needs_permission and not permission", "if not permission"),),
        handler="pr_copr_build",
        where=r"^\$\.outcome\.value",
        messages="pagure_pull_request-*-for-reader*",
    ),
)

OF_KOJI = (
    Defect(
        name="an option of the job lost",
        edits=(change(KOJI, "bool(checks.job.scratch)", "False"),),
        handler="pr_koji_build",
        where=r"^\$\.effects\.calls\[\*\]\..*scratch",
        messages="pull_request-*-koji-built*",
    ),
    Defect(
        name="a target that Koji does not build any more",
        edits=(change(KOJI, '"rawhide", "f31"', '"rawhide", "f30", "f31"'),),
        handler="release_koji_build",
        where=r"^\$\.(effects|outcome)",
        messages="release-*-koji-unsupported*",
    ),
    Defect(
        name="details of a failure lost",
        edits=(change(KOJI, "success=False, msg=message, errors={})", "success=False, msg=message)"),),
        handler="push_koji_build",
        where=r"^\$\.outcome\.value\.details",
        messages="push-*-koji-kerberos*",
    ),
    Defect(
        name="nothing to tell of where it runs any more",
        edits=(
            change(
                KOJI,
                '    checks.tell(target, "pending", "Building RPM ...", build_url(checks.config, row.id))\n',
                '    checks.tell(target, "pending", "Building RPM ...", web_url)\n',
            ),
        ),
        handler="push_koji_build",
        where=r"^\$\.effects\.calls\[\*\]\.body\.target_url$",
        messages="push-00*",
    ),
    Defect(
        name="on every forge what was for one",
        edits=(
            change(
                MAKE_KOJI,
                "    if not isinstance(asked.event, PullRequestGithubEvent):\n        return None\n",
                "",
            ),
        ),
        handler="pr_koji_build",
        where=r"^extra",
        messages="gitlab_merge_request-*",
    ),
)

OF_KOJI_TOO = (
    Defect(
        name="a check of permission left out of a copy",
        edits=(
            change(
                REPORTS,
                "if not permission.may_act(checks.config, checks.project, payload.user_login):",
                "if not payload.user_login:",
            ),
        ),
        handler="pr_koji_build",
        where=r"^\$\.(effects|outcome)",
        messages="pull_request-*-reader-koji*",
    ),
    Defect(
        name="the first failure ends it",
        edits=(
            change(
                KOJI,
                "    told = {target: _build(checks, target, source, session=session) for target in checks.targets}\n",
                "    told = {}\n    for target in checks.targets:\n"
                "        told[target] = _build(checks, target, source, session=session)\n"
                "        if told[target] is not None:\n            break\n",
            ),
        ),
        handler="pr_koji_build",
        where=r"^\$\.effects\.calls",
        messages="pull_request-*koji-unsupported*",
    ),
    Defect(
        name="another branch where none is named",
        edits=(change("dispatch/asked.py", "(self.job.branch or DEFAULT_BRANCH)", '(self.job.branch or "main")'),),
        handler="push_koji_build",
        where=r"^missing",
        messages="push-00*",
    ),
)

OF_REPORTS = (
    Defect(
        name="a status of the row by another name",
        edits=(change(REPORTS, '"RPMs build was canceled.", "error")', '"RPMs build was canceled.", "canceled")'),),
        handler="koji_build_report",
        where=r"^\$\.effects\.rows\.koji_builds\[\*\]\.columns\.status$",
        messages="koji-*-canceled*",
    ),
    Defect(
        name="nothing taken for the beginning of time",
        edits=(
            change(
                REPORTS,
                "is not None:\n        build.finished_time = _utc(payload.completion_time)",
                "is not False:\n        build.finished_time = _utc(payload.completion_time or 0)",
            ),
        ),
        handler="koji_build_report",
        where=r"^\$\.effects\.rows\.koji_builds\[\*\]\.columns\.finished_time",
        messages="koji-*-open*",
    ),
    Defect(
        name="one of two columns that get the same",
        edits=(change(REPORTS, "build.build_logs_url = build.web_url = url", "build.build_logs_url = url"),),
        handler="koji_build_report",
        where=r"^\$\.effects\.rows\.koji_builds\[\*\]\.columns\.web_url",
        messages="koji-00*",
    ),
    Defect(
        name="every row taken for a pull request's",
        edits=(change(MAKE_KOJI, "NamedRow(kind=row.type.value,", 'NamedRow(kind="pull_request",'),),
        handler="koji_build_report",
        where=r"^\$\.inputs\.payload\.trigger\.kind$",
        messages="koji-*-pushed-*",
    ),
    Defect(
        name="a time of another zone",
        edits=(
            change(
                REPORTS,
                "datetime.fromtimestamp(timestamp, UTC).replace(tzinfo=None)",
                "datetime.fromtimestamp(timestamp)",
            ),
        ),
        handler="koji_build_report",
        where=r"^\$\.effects\.rows\.koji_builds\[\*\]\.columns\.start_time$",
        messages="koji-00*",
    ),
)

OF_STORED_ROWS = (
    Defect(
        name="the other service's number where our row's belongs",
        edits=(change(REPORTS, "KojiBuild, payload.build, called", "KojiBuild, payload.build_id, called"),),
        handler="koji_build_report",
        where=r"^\$\.outcome\.value",
        messages="koji-00*",
    ),
    Defect(
        name="a row changed after its session let go of it",
        edits=(change(COPR, "    build.start_time = _utc", "    session.expunge(build)\n    build.start_time = _utc"),),
        handler="copr_build_start",
        where=r"^\$\.effects\.rows\.copr_builds",
        messages="copr_start-00*",
    ),
    Defect(
        name="the first row of the build where the chroot has none",
        edits=(
            change(
                MAKE_COPR,
                "    build = rows.copr_build(asked.session, event.build_id, event.chroot)\n",
                "    build = rows.copr_build(asked.session, event.build_id, event.chroot) or rows.copr_build(\n"
                "        asked.session, event.build_id\n    )\n",
            ),
        ),
        handler="copr_build_start",
        where=r"^\$\.inputs\.payload\.build$",
        messages="copr_start-*-no-row*",
    ),
    Defect(
        name="the first job instead of its own",
        edits=(change(COPR, "jobs=jobs, job=place))", "jobs=jobs, job=0))"),),
        handler="testing_farm",
        where=r"^\$\.inputs\.payload\.job$",
        messages="copr_end-*-tests-*",
    ),
    Defect(
        name="the number of the build instead of its row's",
        edits=(change(COPR, "(TestingFarm(build=build.id,", "(TestingFarm(build=int(build.build_id),"),),
        handler="testing_farm",
        where=r"^(\$\.inputs\.payload\.build$|missing|extra)",
        messages="copr_end-*-tests-*",
    ),
    Defect(
        name="a time that nobody asks for on either side",
        edits=(
            change(MAKE_KOJI, "completion_time=event.completion_time,", "completion_time=None,"),
            change("views/koji.py", "completion_time=event.completion_time,", "completion_time=None,"),
        ),
        handler="koji_build_report",
        where=r"^unread-input: .*completion_time",
        messages="koji-00*",
    ),
)

BATCHES = {
    "releases and pushes": OF_REFS,
    "Copr": OF_COPR,
    "Koji": OF_KOJI,
    "Koji again": OF_KOJI_TOO,
    "reports of Koji": OF_REPORTS,
    "rows by their ids": OF_STORED_ROWS,
}


@pytest.mark.parametrize("defects", BATCHES.values(), ids=[name.replace(" ", "-") for name in BATCHES])
def test_each_is_found_on_its_own_handler(defects: tuple[Defect, ...], tmp_path: Path) -> None:
    assert_found(tmp_path, defects)
