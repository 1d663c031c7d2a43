"""How does the service talk to forges, Copr, Testing Farm, Bugzilla and the accounts system?"""

from __future__ import annotations

from legacy.clients.accounts import ACCOUNTS, Accounts
from legacy.clients.bugzilla import BUGZILLA, Bugzilla
from legacy.clients.copr import COPR, Copr
from legacy.clients.forge import FORGE, FORGES, STATUS_DESCRIPTION_LIMIT, ForgePullRequest, Project
from legacy.clients.testing_farm import TESTING_FARM, Answer, TestingFarm
from legacy.clients.transport import TOKEN, Rerouted, session

__all__ = [
    "ACCOUNTS",
    "BUGZILLA",
    "COPR",
    "FORGE",
    "FORGES",
    "STATUS_DESCRIPTION_LIMIT",
    "TESTING_FARM",
    "TOKEN",
    "Accounts",
    "Answer",
    "Bugzilla",
    "Copr",
    "ForgePullRequest",
    "Project",
    "Rerouted",
    "TestingFarm",
    "session",
]
