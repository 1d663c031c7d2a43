"""Who holds what ``targets`` defines: bound early, in every way that Python knows."""

import functools
import math

from tests.unit.worlds import targets
from tests.unit.worlds.targets import Base, Child, closed, decorated, plain

early = plain
partial = functools.partial(plain, 1)
registry = {"p": plain}
listed = [plain]
in_tuple = (plain,)
default = lambda f=plain: f(1)  # noqa: E731  # held by a default
bound = Base(100).run
child_bound = Child(200).run
made = Child.make
loose = Base.loose


@functools.wraps(plain)
def wrapped(*args, **kwargs):
    return plain(*args, **kwargs)


root = math.sqrt
roots = {"r": math.sqrt}


class Table:
    squared = math.sqrt
    calls = [math.sqrt]  # noqa: RUF012  # as users write it


def through_closure():
    held = math.sqrt
    return lambda x: held(x)  # noqa: PLW0108  # the closure is the point


from_closure = through_closure()
__all__ = ["closed", "decorated", "targets"]
