"""What is done for each handler inside the task of an event, from its payload to what follows after its commit?

Each is a transaction of its own, as in legacy each step is: one that raises takes nothing back of those before it.
What a handler asks to be handled next, the tests of what was built, is handled before it ends; where that raises, so
does the handler.
"""

from __future__ import annotations

from collections.abc import Callable

from shadow.payloads import handler_of
from shadow.running import run
from shadow.services.results import Results
from shadow.wire import Payload

Handle = Callable[[Payload], Results]


def handle(payload: Payload) -> Results:
    """Do all that a payload asks for, here and now."""
    found: Handle = globals()[handler_of(type(payload))]
    return found(payload)


def _whole() -> Handle:
    """Return a handler of its own: where one begins and another ends is told by the function that is called."""

    def whole(payload: Payload) -> Results:
        return run(payload, here=handle)

    return whole


release_copr_build = _whole()
pr_copr_build = _whole()
push_copr_build = _whole()
pr_comment_copr_build = _whole()
copr_build_start = _whole()
copr_build_end = _whole()
installation = _whole()
testing_farm_comment = _whole()
testing_farm = _whole()
testing_farm_results = _whole()
propose_update_comment = _whole()
propose_downstream = _whole()
distgit_commit = _whole()
release_koji_build = _whole()
pr_koji_build = _whole()
push_koji_build = _whole()
koji_build_report = _whole()
pagure_pr_comment_copr_build = _whole()
pagure_pr_label = _whole()
