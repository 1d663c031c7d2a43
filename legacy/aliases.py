"""Which chroots, targets of Koji and branches of dist-git does a name in a package config stand for?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

DEFAULT_TARGET = "fedora-stable"
DEFAULT_ARCHITECTURE = "x86_64"
DEFAULT_BRANCH = "master"
RELEASE = re.compile(r"(?P<system>fedora|epel)-(?P<number>\d+)", re.ASCII)
LAST_OLD_EPEL = 6  # its branches and the older ones are called el6, el5 ...

ALIASES: dict[str, tuple[str, ...]] = {
    "fedora-development": ("fedora-rawhide",),
    "fedora-stable": ("fedora-31", "fedora-32"),
    "fedora-all": ("fedora-rawhide", "fedora-31", "fedora-32"),
    "epel-all": ("epel-6", "epel-7", "epel-8"),
}


def chroots(targets: Iterable[str]) -> set[str]:
    """Expand aliases and add the architecture: fedora-stable -> fedora-31-x86_64, fedora-32-x86_64."""
    return {name if name.count("-") >= 2 else f"{name}-{DEFAULT_ARCHITECTURE}" for name in _expanded(targets)}


def koji_targets(targets: Iterable[str]) -> set[str]:
    """Expand aliases and name them as Koji does: rawhide, f31, epel7; what it does not know stays as it is."""
    return {_short(name, rawhide="rawhide") for name in _expanded(targets)}


def branches(names: Iterable[str]) -> set[str]:
    """Expand aliases and name them as dist-git does: master, f31, epel7, el6; others are branches already."""
    return {_short(name, rawhide=DEFAULT_BRANCH, old_epel="el") for name in _expanded(names)}


def _expanded(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from ALIASES.get(name, (name,))


def _short(name: str, *, rawhide: str, old_epel: str = "epel") -> str:
    if name in ("rawhide", "fedora-rawhide"):
        return rawhide
    release = RELEASE.fullmatch(name)
    if release is None:
        return name
    if release["system"] == "fedora":
        return f"f{release['number']}"
    return f"{old_epel if int(release['number']) <= LAST_OLD_EPEL else 'epel'}{release['number']}"
