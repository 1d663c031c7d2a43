"""Do messages about one repository have one key, whatever change they are about?"""

from __future__ import annotations

import pytest

from shadow import views


@pytest.mark.parametrize(
    ("copr", "key"),
    [
        ("packit-service-hello-world-24-stg", "copr packit/packit-service-hello-world"),
        ("packit-service-hello-world-25-stg", "copr packit/packit-service-hello-world"),
        ("packit-service-hello-world-7", "copr packit/packit-service-hello-world"),
        ("packit-service-hello-world-main", "copr packit/packit-service-hello-world"),
        ("nightly", "copr packit/nightly"),
    ],
)
def test_changes_of_one_repository_share_a_key(copr: str, key: str) -> None:
    assert views.copr_project({"owner": "packit", "copr": copr}) == key


@pytest.mark.parametrize("payload", [None, [], "text", {}, {"copr": 7}])
def test_a_payload_without_a_copr_project_has_no_such_key(payload: object) -> None:
    assert views.copr_project(payload) is None
