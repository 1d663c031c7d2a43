"""What does a name in a package config stand for: which chroots, targets in Koji, branches of the distribution?"""

from __future__ import annotations

import re
from collections.abc import Iterable

DEFAULT_TARGET = "fedora-stable"
DEFAULT_BRANCH = "master"
ALIASES = {
    "fedora-development": ("fedora-rawhide",),
    "fedora-stable": ("fedora-31", "fedora-32"),
    "fedora-all": ("fedora-rawhide", "fedora-31", "fedora-32"),
    "epel-all": ("epel-6", "epel-7", "epel-8"),
}
RAWHIDE = ("fedora-rawhide", "rawhide")
RELEASE = re.compile(r"(fedora|epel)-([0-9]+)")
OLD_EPEL = 6
"""Up to this one, branches for Enterprise Linux are called el, not epel."""


def chroots(targets: Iterable[str]) -> frozenset[str]:
    """Expand aliases and add the architecture: fedora-31 -> fedora-31-x86_64."""
    return frozenset(name if name.count("-") >= 2 else f"{name}-x86_64" for name in _expand(targets))


def koji_targets(targets: Iterable[str]) -> frozenset[str]:
    """Expand aliases and name targets as Koji does: fedora-31 -> f31, epel-8 -> epel8; others stay as they are."""
    return frozenset(_named(name, rawhide="rawhide", old_epel="epel") for name in _expand(targets))


def git_branches(names: Iterable[str]) -> frozenset[str]:
    """Expand aliases and name branches: fedora-rawhide -> master, fedora-31 -> f31, epel-6 -> el6; others stay."""
    return frozenset(_named(name, rawhide=DEFAULT_BRANCH, old_epel="el") for name in _expand(names))


def _expand(names: Iterable[str]) -> list[str]:
    return [found for name in names for found in ALIASES.get(name, (name,))]


def _named(name: str, *, rawhide: str, old_epel: str) -> str:
    if name in RAWHIDE:
        return rawhide
    found = RELEASE.fullmatch(name)
    if found is None:
        return name
    system, number = found.groups()
    if system == "fedora":
        return f"f{number}"
    return f"{old_epel if int(number) <= OLD_EPEL else 'epel'}{number}"
