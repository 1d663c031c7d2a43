"""Where on this machine is what a container sees at a path?"""

from __future__ import annotations

import io
import posixpath
import re
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tasksplit.errors import sentence
from tasksplit.testing.child import ProcessError

_BETWEEN = re.compile(r"""([:=,;()\s'"])""")  # paths in a word: PYTHONPATH=/app:/lib, sh -c "cat /app/it"


class Places:
    """Which folder stands for the container's root? Code and volumes are links in it: nothing is copied."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: set[str] = set()

    def host(self, path: str) -> Path:
        """Return where a path of the container is on this machine; it need not exist."""
        return self._root / posixpath.normpath(posixpath.join("/", path)).lstrip("/")

    def make(self, path: str) -> Path:
        """Make a folder of the container, and return where it is."""
        folder = self.host(path)
        folder.mkdir(parents=True, exist_ok=True)
        self._seen.add(posixpath.normpath(path))
        return folder

    def link(self, path: str, to: Path, *, hide: bool = False) -> None:
        """Let the container see ``to`` at that path, instead of what it saw there if ``hide``.

        ``ProcessError`` if the path lies in a folder that is a link itself: it would be written into the user's code.
        """
        place = self.host(path)
        linked = [above for above in place.parents if above.is_relative_to(self._root) and above.is_symlink()]
        if place.exists() and place.samefile(to):
            return
        if hide and not linked and (place.is_symlink() or place.exists()):
            place.unlink() if place.is_symlink() or place.is_file() else shutil.rmtree(place)
        if linked or place.is_symlink() or place.exists():
            found = f"two things at {path} of a container, {to} and {(linked or [place])[0].resolve()}"
            raise ProcessError(
                sentence(found=found, expected="one: nothing is copied", do="give each a path of its own")
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(to)
        self._seen.add(posixpath.normpath(path if to.is_dir() else posixpath.dirname(path)))

    def translated(self, word: str) -> str:
        """Return a word of a command or of the environment, with the container's paths in it as they are here."""
        return "".join(self._translated(part) for part in _BETWEEN.split(word))

    def _translated(self, part: str) -> str:
        ours = any(part == seen or part.startswith(f"{seen}/") for seen in self._seen if seen != "/")
        return str(self.host(part)) if ours else part

    def put(self, path: str, archive: bytes | IO[bytes]) -> None:
        """Unpack a tar archive, compressed or not, into a folder of the container."""
        data = io.BytesIO(archive) if isinstance(archive, bytes) else archive
        with tarfile.open(fileobj=data, mode="r:*") as members:
            members.extractall(self.make(path), filter="data")

    def get(self, path: str) -> tuple[Iterator[bytes], dict[str, object]]:
        """Return a tar archive of a file or folder of the container, and what is known of it."""
        place, packed = self.host(path), io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(place.resolve(strict=True), arcname=posixpath.basename(path.rstrip("/")) or ".")
        about: dict[str, object] = {"name": place.name, "size": place.stat().st_size}
        return iter([packed.getvalue()]), about
