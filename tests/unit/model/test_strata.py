"""A stratum that no message could ever be of is refused; what the declared ones lack is named."""

from __future__ import annotations

from typing import Any

import pytest

from tasksplit import DeclarationError, Dispatch, Migration
from tasksplit.model.observation import DISPATCH
from tasksplit.model.strata import FAILURE, NOTHING, WAYS, bare, check
from tests.unit.model.test_declaration import handler, migration


def declared(strata: Any, **changes: Any) -> Migration:
    return migration(handler("a", strata=strata), **{"event": str, "failure": bool, **changes})


@pytest.mark.parametrize(
    ("strata", "changes", "found"),
    [
        ({"push": ("went well",)}, {}, "the way 'went well' in the stratum 'push' of 'a'"),
        ({"push": (NOTHING,)}, {}, "the way 'returned:nothing' in the stratum 'push' of 'a'"),
        ({"push": (FAILURE,)}, {"failure": None}, "'returned:failure' .* without failure="),
        ({"push": ("raised",)}, {"event": None}, "strata of 'a' in a migration without event="),
        ({"push": "raised"}, {}, "the stratum 'push': 'raised' of 'a'"),
        ({"push": {"raised": 1}}, {}, "the stratum 'push'"),
        ({None: ("raised",)}, {}, "the stratum None"),
    ],
)
def test_what_could_never_be_seen_is_refused(strata: Any, changes: Any, found: str) -> None:
    with pytest.raises(DeclarationError, match=f"^Found .*{found}.* Expected .* To mend it: "):
        declared(strata, **changes)


def test_a_wrong_word_comes_back_with_the_right_ones() -> None:
    with pytest.raises(
        DeclarationError, match=r"one of returned, returned:failure, raised, retried, ignored, rejected"
    ):
        declared({"push": ("failed",)})


def test_dispatch_may_also_start_nothing() -> None:
    strata = {"push": WAYS}
    whole = migration(dispatch=Dispatch(strata=strata), event=str, failure=bool)
    assert whole.strata_of(DISPATCH) == strata
    with pytest.raises(DeclarationError, match="of 'dispatch'"):
        migration(dispatch=Dispatch(strata={"push": ["nothing"]}), event=str)


def test_without_strata_nothing_is_asked() -> None:
    assert migration(handler("a")).strata_of("a") == {}
    assert declared({"push": []}).strata_of("a") == {"push": []}


def test_queues_are_several_names() -> None:
    with pytest.raises(DeclarationError, match=r"^Found queues='celery'.*write queues=\['celery'\]"):
        migration(queues="celery")
    assert migration(queues=["celery"]).queues == ["celery"]


def test_a_stratum_may_name_values_of_all_features_in_their_order() -> None:
    check("x", {"push": ("returned · option=rare, size=big",)}, event=True, failure=True, features=("option", "size"))
    assert bare({"push": ("returned · a=1", "returned · a=2", "raised")}) == {"push": ("returned", "raised")}


@pytest.mark.parametrize(
    ("way", "features"),
    [
        ("returned · option=rare", ()),
        ("returned · option=rare", ("option", "size")),
        ("returned · size=big, option=rare", ("option", "size")),
        ("returned · option", ("option",)),
    ],
)
def test_what_features_could_never_say_is_refused(way: str, features: tuple[str, ...]) -> None:
    with pytest.raises(DeclarationError, match="a value of each of them, in their order"):
        check("x", {"push": (way,)}, event=True, failure=True, features=features)
