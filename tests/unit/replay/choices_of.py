"""Code of many shapes, whose ways tests go; each way is named by the marks at the ends of its lines."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any


def twice(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def inner(*args: Any) -> Any:
        function(*args)
        return function(*args)

    return inner


def several_lines(n: int) -> int:
    """Its text is no line of it."""
    if (  # long condition
        n > 1 and n < 9
    ):
        return max(  # between
            n,
            2,
        )
    return 0  # outside


def loop(n: int) -> int:
    found = 0
    for i in range(n):  # for
        if i == 2:  # third?
            break  # third
        found += i  # not third
    else:
        found = -1  # all
    while True:
        return found


def caught(n: int) -> str:
    try:
        1 / n
    except ZeroDivisionError:  # zero?
        return "zero"  # zero
    except TypeError:  # type?
        return "type"  # type
    return "fine"


def matched(n: int) -> str:
    match n:
        case 1:  # one?
            return "one"  # one
        case 2:  # two?
            return "two"  # two
        case _:  # rest
            return "more"


def closed(n: int) -> None:
    with memoryview(b""):
        if n:  # closed?
            n += 1  # closed


@twice
def decorated(n: int) -> int:
    if n:  # decorated?
        n += 1  # decorated
    return n  # not decorated


def outer(n: int) -> Callable[[], int]:
    def inner() -> int:
        if n:  # inner?
            return 1  # inner
        return 0  # not inner

    return inner


def counting(n: int) -> Iterator[int]:
    while n:  # counting?
        n -= 1  # counting
        yield n


def left_out(n: int) -> int:  # pragma: no cover
    if n:
        return 1
    return 0


def short(n: int) -> int: return n  # fmt: skip
