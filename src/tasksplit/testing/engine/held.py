"""Which networks and volumes are there?"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar
from uuid import uuid4

from docker.errors import NotFound


class _Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


class Held(Generic[N]):
    """What is there, by id and by name?"""

    def __init__(self) -> None:
        self._held: dict[str, N] = {}

    def get(self, name: str) -> N:
        """Return the one of that id or name. ``NotFound`` if there is none."""
        for one in self.list():
            if name in (one.id, one.name, one.id[:12]):
                return one
        raise NotFound(f"No such thing here: {name}")

    def list(self, **_: Any) -> list[N]:
        """Return all there are, stopped ones too."""
        return [*self._held.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What is a network or a volume, where there is no Docker? A name, and for a volume a folder."""

    name: str
    labels: Mapping[str, str]
    held: dict[str, Any] = field(repr=False)
    folder: Path | None = None

    @property
    def id(self) -> str:
        """Return the name: nothing else tells them apart."""
        return self.name

    @property
    def attrs(self) -> dict[str, Any]:
        """Return what ``inspect`` says."""
        return {"Name": self.name, "Labels": dict(self.labels), "Mountpoint": str(self.folder or "")}

    def remove(self, force: bool = False) -> None:
        """Forget it, with all that is in it."""
        self.held.pop(self.name, None)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


class Networks(Held[Thing]):
    """Which networks are there? All are this machine's loopback."""

    def create(self, name: str, *, labels: Mapping[str, str] | None = None, **_: Any) -> Thing:
        """Make a network. What it is made of does not matter: everybody reaches everybody."""
        self._held[name] = Thing(name=name, labels=labels or {}, held=self._held)
        return self._held[name]


class Volumes(Held[Thing]):
    """Which volumes are there? Each is a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def create(self, name: str | None = None, *, labels: Mapping[str, str] | None = None) -> Thing:
        """Make a volume, or return the one of that name."""
        name = name or uuid4().hex
        if name not in self._held:
            folder = self._folder / f"{len(self._held)}-{uuid4().hex[:12]}"
            folder.mkdir(parents=True)
            self._held[name] = Thing(name=name, labels=labels or {}, held=self._held, folder=folder)
        return self._held[name]
