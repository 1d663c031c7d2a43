"""What does an image hold, and what of a Dockerfile can a process follow?"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from tasksplit.errors import sentence
from tasksplit.testing.child import ProcessError

_CONTINUED = re.compile(r"\\\s*\n")
_VARIABLE = re.compile(r'(\w+)=("[^"]*"|\S*)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Which code stands where, under which interpreter, and what is run?"""

    python: str
    """The interpreter: what is installed there is what the image has installed."""
    folder: str = "/"
    """The working directory, as the container sees it."""
    code: tuple[tuple[str, Path], ...] = ()
    """Files and folders of this machine, each after the path at which the container sees it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    ports: Mapping[str, str | int | None] = field(default_factory=dict)


def read_recipe(path: Path, *, python: str, arguments: Mapping[str, str]) -> Recipe:
    """Return what the folder's Dockerfile says with WORKDIR, COPY, ENV, ARG and CMD; without one, its code at /app.

    ``arguments`` are the build arguments. What RUN installs must be in the interpreter already. ``ProcessError`` for
    a COPY of what is not there.
    """
    if not (path / "Dockerfile").is_file():
        return Recipe(python=python, folder="/app", code=(("/app", path),))
    folder, code = "/", list[tuple[str, Path]]()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    defaults: dict[str, str] = {}
    for name, rest in _instructions((path / "Dockerfile").read_text()):
        known = {**defaults, **arguments, **environment}
        if name == "WORKDIR":
            folder = posixpath.join(folder, Template(rest).safe_substitute(known))
        elif name == "ARG":
            key, _, value = rest.partition("=")
            defaults[key.strip()] = value.strip().strip('"')
        elif name == "ENV":
            pairs = _VARIABLE.findall(rest) or [tuple(rest.split(maxsplit=1))]
            environment |= {k: Template(v.strip('"')).safe_substitute(known) for k, v in pairs}
        elif name == "COPY" and not rest.startswith("--from"):
            code += _copied(path, _words(rest), folder)
        elif name == "CMD":
            command = tuple(Template(word).safe_substitute(known) for word in _words(rest))
    return Recipe(python=python, folder=folder, code=tuple(code), environment=environment, command=command)


def _instructions(text: str) -> list[tuple[str, str]]:
    lines = (line.strip() for line in _CONTINUED.sub(" ", text).splitlines())
    split = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return [(words[0].upper(), words[1]) for words in split if len(words) > 1]


def _words(rest: str) -> list[str]:
    return [str(word) for word in json.loads(rest)] if rest.startswith("[") else shlex.split(rest)


def _copied(path: Path, words: Sequence[str], folder: str) -> list[tuple[str, Path]]:
    *sources, target = (word for word in words if not word.startswith("--"))
    to = posixpath.normpath(posixpath.join(folder, target))
    into = target.endswith(("/", ".")) or len(sources) > 1
    found = []
    for source in sources:
        file = (path / source.lstrip("/")).resolve()
        if not file.exists():
            said = f"COPY {source} in {path / 'Dockerfile'}"
            raise ProcessError(sentence(found=said, expected="a file or folder beside it, no pattern", do="name it"))
        found.append((to if file.is_dir() or not into else posixpath.join(to, file.name), file))
    return found
