"""Which containers are there, and how is one made?"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tasksplit.errors import sentence
from tasksplit.testing.child import ProcessError
from tasksplit.testing.engine.container import Contained, Container, Wanted
from tasksplit.testing.engine.held import Held, Volumes
from tasksplit.testing.engine.images import Image, Images
from tasksplit.testing.engine.ports import Published, published
from tasksplit.testing.engine.recipe import Recipe
from tasksplit.testing.engine.server import ServerContainer

_NOTHING = Recipe(python=sys.executable)


class Containers(Held[Contained]):
    """Which containers are there?"""

    def __init__(self, images: Images, volumes: Volumes, *, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__()
        self._images, self._volumes = images, volumes
        self._folder, self._environment = folder, environment

    def list(self, **_: Any) -> list[Contained]:
        """Return all that were not removed, stopped ones too."""
        return [one for one in self._held.values() if not one.removed]

    def create(self, image: str | Image, command: str | Sequence[str] | None = None, **options: Any) -> Contained:
        """Make a container and do not start it.

        ``options`` are docker-py's ``name``, ``environment``, ``labels``, ``ports``, ``volumes`` (as a mapping),
        ``network``, ``working_dir`` and ``detach``; any other is a ``ProcessError``, since a process cannot follow it.
        """
        of = image if isinstance(image, Image) else self._images.get(image)
        identity = uuid4().hex * 2
        asked = {**options}
        environment = asked.pop("environment", None) or {}
        if not isinstance(environment, Mapping):
            environment = dict(str(pair).split("=", 1) for pair in environment)
        recipe = of.recipe or _NOTHING
        wanted = Wanted(
            id=identity,
            name=asked.pop("name", None) or f"tasksplit-{identity[:8]}",
            image=of.tags[0] if of.tags else of.id,
            command=tuple(shlex.split(command) if isinstance(command, str) else command or recipe.command),
            environment={str(name): str(value) for name, value in environment.items()},
            labels=asked.pop("labels", None) or {},
            ports=self._published(of, asked.pop("ports", None)),
            network=asked.pop("network", None) or "bridge",
            folder=asked.pop("working_dir", None) or recipe.folder,
            volumes=self._bound(asked.pop("volumes", None) or {}),
        )
        asked.pop("detach", None)
        if asked:
            found, can = f"a container to be made with {', '.join(sorted(asked))}", "options that a process can follow"
            raise ProcessError(sentence(found=found, expected=can, do="leave them out, or use --engine docker"))
        made: Contained
        if of.recipe is None:
            made = ServerContainer(wanted)
        else:
            folder = self._folder / identity[:12]
            (folder / "root").mkdir(parents=True)
            made = Container(wanted, recipe, folder=folder, environment=self._environment)
        self._held[identity] = made
        return made

    def run(self, image: str | Image, command: str | Sequence[str] | None = None, **options: Any) -> Contained:
        """Make a container and start it; return when it is ready or has ended. As with ``detach``, always."""
        made = self.create(image, command, **options)
        made.start()
        return made

    def _published(self, image: Image, ports: Mapping[str, str | int | None] | None) -> Published:
        if image.recipe is not None:
            return published(ports or image.recipe.ports)
        parts = urlsplit(self._images.rabbitmq)
        return {"5672/tcp": [{"HostIp": parts.hostname or "127.0.0.1", "HostPort": str(parts.port or 5672)}]}

    def _bound(self, volumes: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, Path]]:
        bound = {}
        for name, how in volumes.items():
            folder = Path(name) if name.startswith("/") else self._volumes.create(name).folder
            bound[how["bind"]] = (name, folder or Path(name))
        return bound
