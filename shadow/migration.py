"""How does `process_message` become tasks of its own, handler by handler?"""

from __future__ import annotations

from shadow import payloads, views
from tasksplit import Database, Dispatch, Effect, Entry, Handler, Http, Migration, World, rules

SKIPPED = {"success": True, "details": {}}

# what legacy reads of its own settings: the split reads them too, where it needs them
SETTINGS = "self.config"
# the address of the project: the view takes it from the project itself, which legacy has by then
ADDRESS = "self.event.project_url"
# which kind of event it is: each task of the split is for one kind
KIND = "self.event.trigger"
# the row that says what was tested: the split looks it up in its dispatcher, and carries the number it found
TESTED_ROW = "self.event._db_trigger"

migration = Migration(
    name="process_message",
    entries=[
        Entry(
            name="message",
            legacy="legacy.tasks:process_message",
            split="shadow.tasks:process_message",
            accepts=views.is_event,
            arguments=views.event_arguments,
        ),
        Entry(
            name="babysit",
            legacy="legacy.tasks:babysit_copr_build",
            split="shadow.tasks:babysit_copr_build",
            accepts=views.is_babysit,
            arguments=views.babysit_arguments,
        ),
    ],
    key=[
        "$.repository.full_name",
        "$.installation.account.login",
        views.tested_project,
        views.copr_project,
        views.looked_after,
    ],
    world=World(
        databases=[Database("legacy.database:engine")],
        services=[Http("legacy.clients:session", standin="legacy.standin.app:app")],
        calls=[
            Effect("srpm.build", at=["legacy.srpm:build", "shadow.srpm:build"], standin="legacy.standin.srpm:build")
        ],
        fixture="legacy.standin.fixture:prepare",
        # the split asks about every chroot of a build before any is handled; legacy stops at the first that raises
        harmless=("GET https://copr.example/api_3/build-chroot",),
    ),
    dispatch=Dispatch(
        outcome=views.decided,
        rules=[
            rules.ignore(
                "$.effects.rows.task_results",
                because="legacy keeps a row about each message; the tasks of the split have results of their own",
            ),
            rules.normalise(
                "$.outcome.type",
                views.class_name,
                because="each side has exceptions of its own for a package config that cannot be used",
            ),
        ],
    ),
    handlers=[
        Handler(
            "pr_copr_build",
            legacy="legacy.handlers.copr:PullRequestCoprBuildHandler.run",
            view=views.pr_copr_build,
            payload=payloads.keyword_arguments,
            split=payloads.PullRequestCoprBuild.task,
            implementation="shadow.services.copr:pr_copr_build",
            instance=views.place_of_job,
            skipped=SKIPPED,
            doors=("session", "outbox"),
            context=(SETTINGS, ADDRESS, KIND),
        ),
        Handler(
            "copr_build_start",
            legacy="legacy.handlers.copr:CoprBuildStartHandler.run",
            view=views.copr_build_start,
            payload=payloads.keyword_arguments,
            split=payloads.CoprBuildStart.task,
            implementation="shadow.services.copr:copr_build_start",
            instance=views.chroot_and_job,
            skipped=SKIPPED,
            context=(SETTINGS, KIND),
        ),
        Handler(
            "copr_build_end",
            legacy="legacy.handlers.copr:CoprBuildEndHandler.run",
            view=views.copr_build_end,
            payload=payloads.keyword_arguments,
            split=payloads.CoprBuildEnd.task,
            implementation="shadow.services.copr:copr_build_end",
            instance=views.chroot_and_job,
            skipped=SKIPPED,
            doors=("session", "outbox"),
            context=(SETTINGS, KIND),
        ),
        Handler(
            "testing_farm",
            legacy="legacy.handlers.testing_farm:GithubTestingFarmHandler.run",
            view=views.testing_farm,
            payload=payloads.keyword_arguments,
            split=payloads.TestingFarm.task,
            implementation="shadow.services.testing_farm:testing_farm",
            instance=views.chroot,
            skipped=SKIPPED,
            context=(SETTINGS, ADDRESS, KIND),
        ),
        Handler(
            "testing_farm_results",
            legacy="legacy.handlers.testing_farm:TestingFarmResultsHandler.run",
            view=views.testing_farm_results,
            payload=payloads.keyword_arguments,
            split=payloads.TestingFarmResults.task,
            implementation="shadow.services.testing_farm:testing_farm_results",
            skipped=SKIPPED,
            context=(SETTINGS, TESTED_ROW),
        ),
        Handler(
            "installation",
            legacy="legacy.handlers.installation:GithubAppInstallationHandler.run",
            view=views.installation,
            payload=payloads.keyword_arguments,
            split=payloads.Installation.task,
            implementation="shadow.services.installation:installation",
            skipped=SKIPPED,
            context=(SETTINGS, "self.event.status"),  # a new account always begins as waiting
        ),
    ],
    independent=True,
    failure=views.says_failure,
    messages="legacy.generate:generate",
)
