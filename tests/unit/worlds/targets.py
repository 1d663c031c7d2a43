"""What a user's modules may look like: functions, methods and C callables that a declaration names."""

import functools
import math
from collections.abc import Callable, Iterator
from typing import Any


def plain(a: int, b: int = 2, *rest: int, c: int = 3, **more: int) -> tuple[Any, ...]:
    """Add up."""
    return (a, b, rest, c, more)


def closing() -> Callable[[int], int]:
    offset = 10

    def inner(x: int) -> int:
        return x + offset

    return inner


closed = closing()


def generator() -> Iterator[int]:
    yield 1


async def coroutine() -> int:
    return 1


async def asyncgenerator() -> Any:
    yield 1


def _noisy(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return ("noisy", function(*args, **kwargs))

    return wrapper


@_noisy
def decorated(x: int) -> int:
    return x


@functools.cache
def cached(x: int) -> int:
    return x * 2


class Base:
    kind = "base"

    def __init__(self, start: int = 0) -> None:
        self.start = start

    def run(self, x: int) -> tuple[str, int]:
        return ("base", self.start + x)

    @classmethod
    def make(cls, x: int) -> tuple[str, int]:
        return (cls.kind, x)

    @staticmethod
    def loose(x: int) -> int:
        return x + 1

    @property
    def size(self) -> int:
        return 5


class Child(Base):
    kind = "child"


class Sibling(Base):
    kind = "sibling"


class Overriding(Base):
    def run(self, x: int) -> tuple[str, Any]:
        return ("over", super().run(x))

    @classmethod
    def make(cls, x: int) -> tuple[str, Any]:
        return ("over", super().make(x))


class Callee:
    def __call__(self, x: int) -> int:
        return x - 1


callee = Callee()
number = 5
root: Callable[[float], float] = math.sqrt  # a C callable that this module and others hold
hypotenuse = math.hypot
REGISTRY = {"plain": plain, "root": math.sqrt}
LISTED = [math.sqrt]
