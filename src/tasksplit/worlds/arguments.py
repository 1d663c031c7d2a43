"""How are the arguments of a call known by name, whichever way they were passed?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from typing import Any

Named = Callable[[tuple[Any, ...], dict[str, Any]], dict[str, Any]]


def by_name(signature: inspect.Signature | None, *, without: Collection[str] = ("self", "cls")) -> Named:
    """Return what gives positional and keyword arguments as one mapping, defaults included.

    Arguments that do not fit come back as ``args`` and ``kwargs``: the call itself will say so. None: a C function that
    tells no signature. ``without``: names that are left out. What only ``**rest`` takes is named as it was passed, and
    so is there only when it came.
    """
    if signature is None:
        return _as_passed
    slowly = _slowly(signature, frozenset(without))
    parameters = list(signature.parameters.values())
    if any(p.kind not in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in parameters):
        return slowly
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    names = signature.parameters.keys()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    dropped = [name for name in names if name in without]

    def quickly(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:  # a fifth of what binding takes
        given = defaults | dict(zip(positional, args, strict=False)) | kwargs
        # nothing too many, unknown or missing, and nothing twice: else there is more to say
        fits = len(args) <= len(positional) and given.keys() == names
        if not fits or not kwargs.keys().isdisjoint(positional[: len(args)]):
            return slowly(args, kwargs)
        for name in dropped:
            del given[name]
        return given

    return quickly


def _slowly(signature: inspect.Signature, without: frozenset[str]) -> Named:
    rest = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), "")

    def named(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:
            return _as_passed(args, kwargs)
        bound.apply_defaults()
        more = bound.arguments.pop(rest, {}) if rest else {}
        return {name: value for name, value in {**more, **bound.arguments}.items() if name not in without}

    return named


def _as_passed(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {"args": list(args), "kwargs": kwargs}
