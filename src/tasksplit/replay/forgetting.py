"""What does one worker not know of another? Before each task the state of the project's modules is put back.

In production the tasks of a split run in many processes. A value that one of them leaves in a module, on a class or in
a cache is not there in the next; here all of them share a process, so it is taken away.
"""

from __future__ import annotations

import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_CONTAINERS = (dict, list, set, deque, Counter, OrderedDict, defaultdict)
_LARGEST = 10_000  #: items of a container that is put back; a larger one is a table of data
_ABSENT = object()

Holder = Any  # a module, a class or an object of the user's


@dataclass(frozen=True, slots=True)
class _Kept:
    """What did one name hold, and if that is a container, what was in it?"""

    value: Any
    content: Any


class Forgetting:
    """Which state is put back before each task?"""

    def __init__(self, packages: Iterable[str], spared: Iterable[str] = ()) -> None:
        self._packages = tuple(packages)
        self._spared = tuple(spared)
        self._known: dict[str, list[_State]] = {}
        self._modules = 0
        self._spaces: list[Any] = []  # what all the states hold, and what they held
        self._before: list[Any] = []
        self._caches: list[Any] = []
        self.left: set[str] = set()
        """What tasks left in the process, as ``module:name``: on a worker it would stay, and be there for the next."""

    def look(self) -> None:
        """Remember the state of modules that were not there before."""
        if len(sys.modules) == self._modules:  # before each task: thousands of names are not gone through for nothing
            return
        self._modules = len(sys.modules)
        for name, module in list(sys.modules.items()):
            if name not in self._known and isinstance(module, types.ModuleType) and self._is_ours(name):
                states = self._known[name] = [_State(holder) for holder in self._holders(module)]
                for state in states:
                    self._spaces += state.now
                    self._before += state.before

    def forget(self) -> None:
        """Put everything back as it was when its module was first seen; ``left`` keeps the names of what was not."""
        if not self._is_all_as_it_was():
            for module, holders in self._known.items():
                for state in holders:
                    if not state.is_as_it_was():
                        self.left.update(f"{module}:{name}" for name in _put_back(state.holder, state.names))
        for cache in self._caches:
            cache.cache_clear()
        self.look()

    def _is_all_as_it_was(self) -> bool:
        """Compare all holders at once: before each task this is the answer for hundreds of modules and classes."""
        try:
            return self._spaces == self._before
        except Exception:  # noqa: BLE001  # a value whose own comparison raises: each holder is looked at by itself
            return False

    def drop(self) -> None:
        """Let go of all that was remembered."""
        self._known.clear()
        self._spaces.clear()
        self._before.clear()
        self._caches.clear()

    def _is_ours(self, name: str) -> bool:
        return _under(name, self._packages) and not _under(name, self._spared)

    def _holders(self, module: types.ModuleType) -> Iterable[Holder]:
        yield module
        for value in list(vars(module).values()):
            if isinstance(value, type):
                if value.__module__ == module.__name__ and not hasattr(value, "__table__"):
                    yield value
            elif callable(getattr(type(value), "cache_clear", None)):
                self._caches.append(value)
            elif self._is_ours(type(value).__module__) and not hasattr(type(value), "apply_async"):
                yield value


def _under(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def _names(holder: Holder) -> dict[str, Any]:
    return dict(vars(holder)) if hasattr(holder, "__dict__") else {}


class _State:
    """What did one holder hold? The common answer, that nothing changed, is a comparison of identities."""

    __slots__ = ("before", "holder", "names", "now")

    def __init__(self, holder: Holder) -> None:
        self.holder = holder
        self.names = {
            name: _Kept(value, _copy(value))
            for name, value in _names(holder).items()
            if not (name.startswith("__") or (isinstance(holder, type) and hasattr(type(value), "__get__")))
        }
        space = vars(holder) if hasattr(holder, "__dict__") else {}
        containers = [kept for kept in self.names.values() if kept.content is not _ABSENT]
        self.now: list[Any] = [space, *(kept.value for kept in containers)]
        self.before: list[Any] = [dict(space), *(kept.content for kept in containers)]

    def is_as_it_was(self) -> bool:
        """Return whether every name holds what it held, and every container what was in it."""
        try:
            return self.now == self.before  # by identity first: nothing of the user's is called for what is the same
        except Exception:  # noqa: BLE001  # another value, whose own comparison raises
            return False


def _copy(value: Any) -> Any:
    if type(value) in _CONTAINERS and len(value) <= _LARGEST:
        return value.copy()
    return _ABSENT


def _put_back(holder: Holder, state: dict[str, _Kept]) -> list[str]:
    """Put one holder's names back; return those that were not as they had been."""
    changed = []
    for name, value in _names(holder).items():
        if name.startswith("__"):
            continue
        kept = state.get(name)
        if kept is None:
            if not (isinstance(value, types.ModuleType) or hasattr(type(value), "__get__")):
                _remove(holder, name)  # a module that was imported since stays: it is looked at by itself
                changed.append(name)
        elif value is not kept.value:
            _set(holder, name, kept.value)
            changed.append(name)
    for name, kept in state.items():
        if name not in vars(holder):
            _set(holder, name, kept.value)
            changed.append(name)
        if kept.content is not _ABSENT and kept.value != kept.content:
            _refill(kept.value, kept.content)
            changed.append(name)
    return changed


def _set(holder: Holder, name: str, value: Any) -> None:
    if isinstance(holder, type):
        type.__setattr__(holder, name, value)
    else:
        holder.__dict__[name] = value  # past a frozen dataclass's own setattr


def _remove(holder: Holder, name: str) -> None:
    if isinstance(holder, type):
        type.__delattr__(holder, name)
    else:
        holder.__dict__.pop(name, None)


def _refill(container: Any, content: Any) -> None:
    container.clear()
    (container.extend if isinstance(container, list | deque) else container.update)(content)


def packages_of(paths: Iterable[str]) -> set[str]:
    """Return the top-level packages of dotted paths."""
    return {path.split(":", 1)[0].split(".", 1)[0] for path in paths if path}


def around(paths: Iterable[str]) -> set[str]:
    """Return the modules of dotted paths, and the packages around them but for the top-level ones."""
    modules = {path.split(":", 1)[0] for path in paths if path}
    return modules | {m.rpartition(".")[0] for m in modules if m.count(".") > 1}
