"""Which chroots, branches and targets does a name stand for?"""

from __future__ import annotations

import pytest

from legacy.aliases import chroots, git_branches, koji_targets


def test_chroots():
    assert chroots(["fedora-stable", "epel-8"]) == {"fedora-31-x86_64", "fedora-32-x86_64", "epel-8-x86_64"}
    assert chroots(["fedora-32-aarch64"]) == {"fedora-32-aarch64"}
    assert len(chroots(["fedora-all", "epel-all"])) == 6


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["fedora-all"], {"master", "f31", "f32"}),
        (["fedora-development", "rawhide", "fedora-rawhide", "master"], {"master"}),
        (["epel-all"], {"el6", "epel7", "epel8"}),
        (["f31", "c8", "fedora-next"], {"f31", "c8", "fedora-next"}),
    ],
)
def test_branches(names, expected):
    assert git_branches(names) == expected


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["fedora-all"], {"rawhide", "f31", "f32"}),
        (["epel-all"], {"epel6", "epel7", "epel8"}),
        (["fedora-30", "fedora-31-x86_64"], {"f30", "fedora-31-x86_64"}),
    ],
)
def test_targets_of_koji(names, expected):
    assert koji_targets(names) == expected
