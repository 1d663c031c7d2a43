"""Which images are there, and which folder or server is each?"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from docker.errors import ImageNotFound

from tasksplit.errors import sentence
from tasksplit.testing.child import ProcessError
from tasksplit.testing.engine.recipe import Recipe, read_recipe

_VERSION = "from importlib.metadata import version; print(version('celery'))"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """Which image is it, and what does it hold? None: a server that runs anyway."""

    id: str
    tags: tuple[str, ...]
    recipe: Recipe | None


class Images:
    """Which images are there? Built from folders, and two that are known by name: Redis and RabbitMQ."""

    def __init__(self, python: str, rabbitmq: str) -> None:
        redis = Recipe(python=python, command=("redis-server",), ports={"6379/tcp": None})
        self._python = python
        self._known = {"redis": redis, "rabbitmq": None}
        self.rabbitmq = rabbitmq
        self._held: list[Image] = []

    def build(
        self, *, path: str, tag: str = "", buildargs: Mapping[str, str] | None = None, **_: Any
    ) -> tuple[Image, Iterator[dict[str, str]]]:
        """Return an image of a folder, and nothing as the log.

        Its Dockerfile is read and not run (see ``read_recipe``). The build argument ``PYTHON`` names the interpreter,
        by default the one that runs the tests; ``CELERY_VERSION`` must be what that has installed (``ProcessError``).
        """
        arguments = dict(buildargs or {})
        python = arguments.get("PYTHON") or self._python
        if version := arguments.get("CELERY_VERSION"):
            _installed(version, python)
        recipe = read_recipe(Path(path).resolve(), python=python, arguments=arguments)
        image = Image(id=f"sha256:{uuid4().hex}", tags=(tag,) if tag else (), recipe=recipe)
        self._held.append(image)
        return image, iter(())

    def get(self, name: str) -> Image:
        """Return the image of that id or tag, or the server that it names. ``ImageNotFound`` if there is none."""
        for image in reversed(self._held):
            if name == image.id or name in image.tags or f"{name}:latest" in image.tags:
                return image
        repository = name.rpartition("/")[2].partition(":")[0]
        if repository not in self._known:
            known = f"one that was built here, or {' or '.join(self._known)}"
            raise ImageNotFound(sentence(found=f"the image {name}", expected=known, do="build it from its folder"))
        return Image(id=name, tags=(name,), recipe=self._known[repository])

    def pull(self, repository: str, tag: str | None = None, **_: Any) -> Image:
        """Return the image of that name; nothing is fetched."""
        return self.get(f"{repository}:{tag}" if tag else repository)


def _installed(version: str, python: str) -> None:
    asked = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=False)  # noqa: S603  # the given one
    if (has := asked.stdout.strip()) != version:
        do = "build with PYTHON, the interpreter of an environment that has it"
        found = f"Celery {has or 'missing'} at {python}"
        raise ProcessError(sentence(found=found, expected=f"Celery {version}, as the image asks for", do=do))
