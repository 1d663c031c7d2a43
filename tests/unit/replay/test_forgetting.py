"""Is what one task leaves in the process gone before the next?"""

from __future__ import annotations

import functools
import sys
import types
from collections import Counter
from collections.abc import Iterator

import pytest

from tasksplit.replay.forgetting import Forgetting, around, packages_of


class Settings:
    """An object of the project, held by a module."""

    def __init__(self) -> None:
        self.deployment = "stg"


class Service:
    """A class of the project with a value that is kept for all."""

    config: object = None
    seen: list[int] = [1]  # noqa: RUF012  # shared on purpose: that is what must be put back


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    made = types.ModuleType("shopfloor.state")
    Settings.__module__ = Service.__module__ = made.__name__
    made.number = 1  # type: ignore[attr-defined]  # a module made for this test
    made.registry = {"a": 1}  # type: ignore[attr-defined]
    made.counts = Counter(a=1)  # type: ignore[attr-defined]
    made.settings = Settings()  # type: ignore[attr-defined]
    made.Service = Service  # type: ignore[attr-defined]
    made.cached = functools.lru_cache(lambda key: object())  # type: ignore[attr-defined]
    sys.modules[made.__name__] = made
    yield made
    del sys.modules[made.__name__]
    Service.config, Service.seen = None, [1]


def _leave_traces(module: types.ModuleType) -> object:
    module.number = 2  # type: ignore[attr-defined]
    module.added = "new"  # type: ignore[attr-defined]
    del module.counts
    module.registry["b"] = 2
    module.settings.deployment = "prod"
    module.settings.extra = True
    Service.config = object()
    Service.seen.append(2)
    return module.cached("key")


def test_names_contents_classes_objects_and_caches_are_as_they_were(module: types.ModuleType) -> None:
    forgetting = Forgetting({"shopfloor"})
    forgetting.look()
    registry, counts = module.registry, module.counts
    first = _leave_traces(module)
    forgetting.forget()
    assert "shopfloor.state:number" in forgetting.left
    assert module.number == 1
    assert not hasattr(module, "added")
    assert module.registry is registry
    assert registry == {"a": 1}
    assert module.counts is counts
    assert vars(module.settings) == {"deployment": "stg"}
    assert Service.config is None
    assert Service.seen == [1]
    assert module.cached("key") is not first


def test_doing_it_twice_changes_nothing_more(module: types.ModuleType) -> None:
    forgetting = Forgetting({"shopfloor"})
    forgetting.look()
    _leave_traces(module)
    forgetting.forget()
    before = dict(vars(module))
    forgetting.forget()
    assert vars(module) == before


def test_what_plays_the_world_is_spared(module: types.ModuleType) -> None:
    forgetting = Forgetting({"shopfloor"}, spared={"shopfloor.state"})
    forgetting.look()
    _leave_traces(module)
    forgetting.forget()
    assert module.number == 2


def test_a_module_that_is_imported_later_is_looked_at_then(module: types.ModuleType) -> None:
    forgetting = Forgetting({"shopfloor"})
    del sys.modules[module.__name__]
    forgetting.look()
    sys.modules[module.__name__] = module
    forgetting.forget()
    module.number = 5  # type: ignore[attr-defined]
    forgetting.forget()
    assert module.number == 1


def test_packages_of_dotted_paths_and_what_is_around_them() -> None:
    assert packages_of(["legacy.handlers.copr:A.run", "shadow.tasks:t", ""]) == {"legacy", "shadow"}
    assert around(["legacy.standin.app:app", "doubles:answer", ""]) == {
        "legacy.standin.app",
        "legacy.standin",
        "doubles",
    }


def test_a_value_whose_comparison_raises_does_not_hide_what_was_left(module: types.ModuleType) -> None:
    class Unlike:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError("not to be compared")

        __hash__ = None  # type: ignore[assignment]  # nobody asks for it

    module.odd = Unlike()  # type: ignore[attr-defined]
    forgetting = Forgetting({"shopfloor"})
    forgetting.look()
    module.odd = Unlike()  # type: ignore[attr-defined]
    module.registry["b"] = 2
    forgetting.forget()
    assert forgetting.left >= {"shopfloor.state:odd", "shopfloor.state:registry"}
    assert module.registry == {"a": 1}
