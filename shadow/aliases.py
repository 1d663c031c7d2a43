"""Which chroots does a target of a package config stand for?"""

from __future__ import annotations

from collections.abc import Iterable

DEFAULT_TARGET = "fedora-stable"
ALIASES = {
    "fedora-development": ("fedora-rawhide",),
    "fedora-stable": ("fedora-31", "fedora-32"),
    "fedora-all": ("fedora-rawhide", "fedora-31", "fedora-32"),
    "epel-all": ("epel-6", "epel-7", "epel-8"),
}


def chroots(targets: Iterable[str]) -> frozenset[str]:
    """Expand aliases and add the architecture: fedora-31 -> fedora-31-x86_64."""
    releases = (release for target in targets for release in ALIASES.get(target, (target,)))
    return frozenset(name if name.count("-") >= 2 else f"{name}-x86_64" for name in releases)
