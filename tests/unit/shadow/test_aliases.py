"""What does a name in a package config stand for? The same as for legacy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legacy import aliases as legacy_aliases
from shadow import aliases

names = st.sets(
    st.sampled_from(
        [
            *aliases.ALIASES,
            *("rawhide", "fedora-rawhide", "fedora-32", "fedora-32-aarch64", "epel-6", "epel-7", "epel-8", "epel-06"),
            *("fedora-", "master", "f31", "stable", "fedora-x", "fedora-٣٢", ""),
        ]
    )
)


@given(names)
def test_both_sides_agree(found: set[str]) -> None:
    assert aliases.chroots(found) == legacy_aliases.chroots(found)
    assert aliases.koji_targets(found) == legacy_aliases.koji_targets(found)
    assert aliases.git_branches(found) == legacy_aliases.git_branches(found)


@pytest.mark.parametrize(
    ("name", "chroots", "targets", "branches"),
    [
        ("fedora-stable", {"fedora-31-x86_64", "fedora-32-x86_64"}, {"f31", "f32"}, {"f31", "f32"}),
        ("fedora-development", {"fedora-rawhide-x86_64"}, {"rawhide"}, {"master"}),
        ("epel-6", {"epel-6-x86_64"}, {"epel6"}, {"el6"}),
        ("epel-8", {"epel-8-x86_64"}, {"epel8"}, {"epel8"}),
    ],
)
def test_names(name: str, chroots: set[str], targets: set[str], branches: set[str]) -> None:
    assert aliases.chroots([name]) == chroots
    assert aliases.koji_targets([name]) == targets
    assert aliases.git_branches([name]) == branches
