"""Where does a dotted path lead, and how is every reference to it reached?"""

from __future__ import annotations

import gc
import importlib
import inspect
import traceback
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import wrapt

from tasksplit.errors import DeclarationError, TasksplitError, sentence
from tasksplit.worlds.sink import Undo

# (original, positional arguments with self or cls, keyword arguments) -> what the caller gets: the user's own values
Around = Callable[[Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]

_PLACE = 987654321  # a constant of the template that is replaced by the hook itself


@dataclass(frozen=True, slots=True)
class Target:
    """What did a dotted path lead to?"""

    path: str
    holder: Any  # a module or a class of the user
    name: str
    raw: Any  # as it stands in the holder's __dict__, descriptors included
    cls: type | None
    """The class named in the path, where there is one: an inherited method is hooked for it alone."""

    @property
    def value(self) -> Any:
        """Return what attribute access gives."""
        return getattr(self.holder, self.name)


def resolve(path: str) -> Target:
    """Return what ``module:attribute.attribute`` leads to; raise DeclarationError when it leads nowhere."""
    module_name, _, attributes = path.partition(":")
    if not module_name or not attributes:
        raise DeclarationError(
            sentence(
                found=f"the dotted path {path!r}", expected="'package.module:name'", do="put a colon before the name"
            )
        )
    try:
        holder: Any = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise DeclarationError(
            sentence(
                found=f"{path!r}, of which {error.name!r} cannot be imported",
                expected="a module on the Python path",
                do="correct the name, or run from the folder that holds it",
            )
        ) from error
    except TasksplitError:
        raise  # a declaration that is wrong says so itself
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<frozen")]
        where = "" if isinstance(error, SyntaxError) else f", at {frames[-1].filename}:{frames[-1].lineno}"
        why = f"{type(error).__name__}: {error}{where}"
        raise DeclarationError(
            sentence(
                found=f"that {module_name!r} cannot be imported: {why}",
                expected="a module that can be imported here",
                do="mend that line, or set what it needs",
            )
        ) from error
    *way, name = attributes.split(".")
    for step in way:
        holder = _step(holder, step, path)
    _step(holder, name, path)
    return Target(
        path=path,
        holder=holder,
        name=name,
        raw=inspect.getattr_static(holder, name),
        cls=holder if isinstance(holder, type) else None,
    )


def _step(holder: Any, name: str, path: str) -> Any:
    try:
        return getattr(holder, name)
    except AttributeError as error:
        what = getattr(holder, "__qualname__", None) or getattr(holder, "__name__", repr(holder))
        names = (
            ", ".join(sorted(n for n in vars(holder) if not n.startswith("__"))[:12])
            if hasattr(holder, "__dict__")
            else ""
        )
        raise DeclarationError(
            sentence(
                found=f"{path!r}, but {what!r} has no {name!r}",
                expected=f"a name that it has ({names})",
                do="correct the path",
            )
        ) from error


def hook(path: str, around: Around, awaiting: Around | None = None) -> Undo:
    """Run ``around`` in place of what ``path`` names, for every reference to it; return what undoes it.

    A Python function, method, class- or static method keeps its identity: its code is exchanged, which reaches early
    bindings, partials, closures and registries alike. Anything else is replaced in each holder, or refused by name.
    ``awaiting``: what runs in place of an ``async def``, and returns what is awaited; None: such a one is refused.
    """
    target = resolve(path)
    function = target.raw.__func__ if isinstance(target.raw, staticmethod | classmethod) else target.raw
    if isinstance(function, types.FunctionType):
        flags = function.__code__.co_flags
        if flags & inspect.CO_COROUTINE and awaiting is not None:
            around, flags = awaiting, 0
        if flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_GENERATOR):
            raise DeclarationError(
                sentence(
                    found=f"{path!r}, a generator or coroutine function",
                    expected="a plain function, whose call ends when it returns",
                    do="name the plain function around it",
                )
            )
        cls = None if isinstance(target.raw, staticmethod) else target.cls
        return _swap(function, cls, around)
    if isinstance(target.raw, type) or not callable(target.raw):
        raise DeclarationError(
            sentence(
                found=f"{path!r}, which is {type(target.raw).__name__}",
                expected="a function or a method",
                do="name what is called, for a class one of its methods",
            )
        )
    return _replace(target, around)


class _Swapped:
    """Which hooks stand before one function, and what did it run before?"""

    def __init__(self, function: types.FunctionType) -> None:
        self.code = function.__code__
        self.original = types.FunctionType(
            function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        self.original.__kwdefaults__ = function.__kwdefaults__
        self.original.__qualname__ = function.__qualname__
        self.original.__module__ = function.__module__
        self.arounds: list[tuple[type | None, Around]] = []

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if len(self.arounds) == 1:  # the usual case, at every call of the user's
            cls, around = self.arounds[0]
            if cls is None or (args and _belongs(args[0], cls)):
                return around(self.original, args, kwargs)
            return self.original(*args, **kwargs)
        call: Callable[..., Any] = self.original
        for cls, around in self.arounds:
            if cls is None or (args and _belongs(args[0], cls)):
                call = _Bound(around, call)
        return call(*args, **kwargs)


class _Bound:
    __slots__ = ("around", "inner")

    def __init__(self, around: Around, inner: Callable[..., Any]) -> None:
        self.around = around
        self.inner = inner

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.around(self.inner, args, kwargs)


def _belongs(first: Any, cls: type) -> bool:
    return issubclass(first, cls) if isinstance(first, type) else isinstance(first, cls)


_SWAPPED: dict[types.FunctionType, _Swapped] = {}


def _swap(function: types.FunctionType, cls: type | None, around: Around) -> Undo:
    swapped = _SWAPPED.get(function)
    if swapped is None:
        swapped = _SWAPPED[function] = _Swapped(function)
        signature = inspect.signature(function)
        template = _template("async def" if function.__code__.co_flags & inspect.CO_COROUTINE else "def")
        function.__code__ = template.replace(
            co_consts=tuple(swapped if const == _PLACE else const for const in template.co_consts),
            co_freevars=function.__code__.co_freevars,  # the closure must keep its size
            co_name=function.__code__.co_name,
            co_filename=function.__code__.co_filename,
            co_firstlineno=function.__code__.co_firstlineno,
        )
        function.__signature__ = signature  # type: ignore[attr-defined]  # callers that inspect it see the old one
    entry = (cls, around)
    swapped.arounds.append(entry)

    def undo() -> None:
        swapped.arounds.remove(entry)
        if not swapped.arounds and _SWAPPED.get(function) is swapped:
            function.__code__ = swapped.code
            del function.__signature__  # type: ignore[attr-defined]  # set above
            del _SWAPPED[function]

    return undo


def _template(kind: str) -> types.CodeType:
    """Return the code that takes a function's place; one that is awaited stays one that is awaited."""
    awaits = "await " if kind == "async def" else ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # "int is not callable": it is replaced before it runs
        scope: dict[str, Any] = {}
        exec(f"{kind} template(*args, **kwargs): return {awaits}({_PLACE})(args, kwargs)", scope)  # noqa: S102  # our own text
    code: types.CodeType = scope["template"].__code__
    return code


def _replace(target: Target, around: Around) -> Undo:
    old = target.raw
    holders = [h for h in gc.get_referrers(old) if not isinstance(h, types.FrameType | Target)]
    for holder in holders:  # all are looked at before the first is touched: refused means unchanged
        if not isinstance(holder, dict | list | types.CellType):
            raise DeclarationError(
                sentence(
                    found=f"{target.path!r} also held by a {type(holder).__name__}, where it cannot be replaced",
                    expected="only modules, classes, dictionaries, lists and closures to hold it",
                    do="name a plain Python function that calls it",
                )
            )
    new = wrapt.FunctionWrapper(old, lambda wrapped, _instance, args, kwargs: around(wrapped, args, kwargs))
    undos: list[Undo] = []
    for holder in holders:  # no comprehension: its closure would itself hold what is replaced
        undos.extend(_exchange(holder, old, new))

    def undo_all() -> None:
        for undo in reversed(undos):
            undo()

    return undo_all


def _exchange(holder: Any, old: Any, new: Any) -> list[Undo]:
    undos: list[Undo] = []
    if isinstance(holder, dict):
        for key, value in list(holder.items()):
            if value is old:
                owner = _class_of(holder)
                if owner is not None:
                    setattr(owner, key, new)
                    undos.append(lambda owner=owner, key=key: setattr(owner, key, old))  # type: ignore[misc]  # late
                else:
                    holder[key] = new
                    undos.append(lambda key=key: holder.__setitem__(key, old))  # type: ignore[misc]  # late binding
    elif isinstance(holder, list):
        for index, value in enumerate(holder):
            if value is old:
                holder[index] = new
                undos.append(lambda index=index: holder.__setitem__(index, old))  # type: ignore[misc]  # late binding
    elif isinstance(holder, types.CellType):
        holder.cell_contents = new
        undos.append(lambda: setattr(holder, "cell_contents", old))
    return undos


def _class_of(namespace: dict[str, Any]) -> type | None:
    for owner in gc.get_referrers(namespace):
        if isinstance(owner, type) and vars(owner).get("__module__") == namespace.get("__module__"):
            return owner
    return None
