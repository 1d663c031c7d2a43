"""What does pytest-celery ask of Docker, and who answers instead?"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tasksplit.testing.engine.containers import Containers
from tasksplit.testing.engine.held import Networks, Volumes
from tasksplit.testing.engine.images import Images

RABBITMQ = "amqp://guest:guest@127.0.0.1:5672"


class Engine:
    """How are networks, volumes, images and containers asked for? As of a ``DockerClient``; nothing outlives it."""

    def __init__(
        self, *, environment: Mapping[str, str], rabbitmq: str = RABBITMQ, python: str = sys.executable
    ) -> None:
        """Make an engine whose processes get ``environment`` and what their container asks for, and nothing else.

        ``rabbitmq`` is the server that stands for each container of it; ``python`` the interpreter of images that name
        none.
        """
        self._folder = Path(tempfile.mkdtemp(prefix="tasksplit-engine-")).resolve()
        self.networks = Networks()
        self.volumes = Volumes(self._folder / "volumes")
        self.images = Images(python, rabbitmq)
        containers = self._folder / "containers"
        self.containers = Containers(self.images, self.volumes, folder=containers, environment=environment)

    def close(self) -> None:
        """Kill what still runs, and remove all files."""
        for container in self.containers.list():
            container.remove(force=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()
