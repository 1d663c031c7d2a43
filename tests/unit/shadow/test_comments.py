"""Which command is in a comment? The same one as for legacy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legacy.comments import NoCommandError, find_command
from shadow.comments import Command, read

PIECES = (
    *("/packit", "/packit/packit", "packit", "build", "copr-build", "copr_build", "test", "propose-update", "launch"),
    *(" ", "  ", "\n", "\t", "\u00a0", "a", "-", "_", "/", "'"),
)
comments = st.lists(st.sampled_from(PIECES), max_size=7).map("".join) | st.text(max_size=20)


def read_by_legacy(comment: str) -> Command | str:
    try:
        return Command(find_command(comment))
    except NoCommandError as error:
        return str(error)


@given(comments)
def test_both_sides_agree(comment: str) -> None:
    assert read(comment) == read_by_legacy(comment)


@pytest.mark.parametrize(
    ("comment", "command"),
    [
        ("/packit build", Command.build),
        ("Let's see.\n/packit copr-build, please", "does not contain a valid packit-service command"),
        ("well/packit test now", Command.test),
        ("/packit propose_update", Command.propose_update),
        ("/packit", "does not contain a packit-service command"),
        ("Looks good.", "is not handled"),
        (" \n", "comment '' is empty."),
    ],
)
def test_commands(comment: str, command: Command | str) -> None:
    found = read(comment)
    assert found is command if isinstance(command, Command) else command in str(found)
