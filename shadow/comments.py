"""Which command is in a comment?"""

from __future__ import annotations

from enum import Enum

CALL = "/packit"


class Command(Enum):
    copr_build = "copr_build"
    build = "build"
    propose_update = "propose_update"
    test = "test"


COMMANDS = {command.value: command for command in Command}


def read(comment: str) -> Command | str:
    """The command of a comment; where there is none, what is said about that.

    A command may stand anywhere: `Let's try. /packit copr-build please`. What follows it is ignored.
    """
    stripped = comment.strip()
    if not stripped:
        return "comment '' is empty."
    words = stripped[stripped.find(CALL) :].split(maxsplit=2)
    if words[0] != CALL:
        return f"comment '{stripped}' is not handled by packit-service."
    if len(words) == 1:
        return f"comment '{stripped}' does not contain a packit-service command."
    command = COMMANDS.get(words[1].replace("-", "_"))
    return command or f"comment '{stripped}' does not contain a valid packit-service command."
