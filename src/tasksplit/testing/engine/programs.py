"""Which command of this machine stands for a command of a container, and when is it ready?"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from tasksplit.testing.redis import redis_arguments, redis_binary

_SAYS_READY = {"INFO", "DEBUG"}  #: levels at which a Celery worker says that it is ready


def started(command: Sequence[str], python: str, *, path: str) -> list[str]:
    """Return the command with the program that the image means: its own Python, and what is installed there."""
    first, *rest = command
    if first in {"python", "python3"}:
        return [python, *rest]
    if first == "celery":
        return [python, "-m", "celery", *rest]
    return [shutil.which(first, path=f"{Path(python).parent}:{path}") or first, *rest]


def redis_started(rest: Sequence[str], port: int, folder: Path) -> list[str]:
    """Return the command of a Redis server of a container: its own arguments, but here its port and folder."""
    ours = redis_arguments(redis_binary().path, port, folder=folder, persistent=False)
    where = ours[: ours.index("--save")]  # how it keeps its data is the container's own affair
    return [where[0], *rest, *where[1:]]


def ready_words(command: Sequence[str]) -> str | None:
    """Return what the program says when it can be used; None: not known, or it will not say it."""
    if command[:1] == ["redis-server"]:
        return "eady to accept connections"  # "The server is now ready" before Redis 5, "Ready" since
    level = _option(command, "--loglevel", "-l")
    return " ready." if "worker" in command and "celery" in command and level.upper() in _SAYS_READY else None


def _option(command: Sequence[str], *names: str) -> str:
    given: Mapping[str, str] = dict(pairwise(command))
    joined = dict(word.split("=", 1) for word in command if word.startswith("--") and "=" in word)
    return next((value for name in names if (value := given.get(name) or joined.get(name))), "WARNING")
