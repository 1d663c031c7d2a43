"""Which chroots, branches and targets does a name in a package config stand for?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

DEFAULT_TARGET = "fedora-stable"
DEFAULT_ARCHITECTURE = "x86_64"
DEFAULT_BRANCH = "master"

ALIASES: dict[str, tuple[str, ...]] = {
    "fedora-development": ("fedora-rawhide",),
    "fedora-stable": ("fedora-31", "fedora-32"),
    "fedora-all": ("fedora-rawhide", "fedora-31", "fedora-32"),
    "epel-all": ("epel-6", "epel-7", "epel-8"),
}
RAWHIDE = ("rawhide", "fedora-rawhide")
VERSION = re.compile(r"(fedora|epel)-([0-9]+)")
LAST_OLD_EPEL = 6  # up to it a branch of EPEL is called el6


def _expanded(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from ALIASES.get(name, (name,))


def chroots(targets: Iterable[str]) -> set[str]:
    """Expand aliases and add the architecture: fedora-stable -> fedora-31-x86_64, fedora-32-x86_64."""
    return {name if name.count("-") >= 2 else f"{name}-{DEFAULT_ARCHITECTURE}" for name in _expanded(targets)}


def git_branches(names: Iterable[str]) -> set[str]:
    """Expand aliases to branches of dist-git: epel-all -> el6, epel7, epel8; other names are branches already."""
    return {_git_branch(name) for name in _expanded(names)}


def _git_branch(name: str) -> str:
    if name in RAWHIDE:
        return "master"
    version = VERSION.fullmatch(name)
    if version is None:
        return name
    if version[1] == "fedora":
        return f"f{version[2]}"
    return f"{'el' if int(version[2]) <= LAST_OLD_EPEL else 'epel'}{version[2]}"


def koji_targets(names: Iterable[str]) -> set[str]:
    """Expand aliases to targets of Koji: fedora-stable -> f31, f32; other names stay as they are."""
    return {_koji_target(name) for name in _expanded(names)}


def _koji_target(name: str) -> str:
    if name in RAWHIDE:
        return "rawhide"
    version = VERSION.fullmatch(name)
    if version is None:
        return name
    return f"{'f' if version[1] == 'fedora' else 'epel'}{version[2]}"
