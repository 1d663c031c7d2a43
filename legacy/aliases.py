"""Which chroots does a target of a package config stand for?"""

from __future__ import annotations

from collections.abc import Iterable

DEFAULT_TARGET = "fedora-stable"
DEFAULT_ARCHITECTURE = "x86_64"

ALIASES: dict[str, tuple[str, ...]] = {
    "fedora-development": ("fedora-rawhide",),
    "fedora-stable": ("fedora-31", "fedora-32"),
    "fedora-all": ("fedora-rawhide", "fedora-31", "fedora-32"),
    "epel-all": ("epel-6", "epel-7", "epel-8"),
}


def chroots(targets: Iterable[str]) -> set[str]:
    """Expand aliases and add the architecture: fedora-stable -> fedora-31-x86_64, fedora-32-x86_64."""
    found = set()
    for target in targets:
        for name in ALIASES.get(target, (target,)):
            found.add(name if name.count("-") >= 2 else f"{name}-{DEFAULT_ARCHITECTURE}")
    return found
