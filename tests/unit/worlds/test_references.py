"""A dotted path leads somewhere or says why not; a hook reaches every reference and leaves nothing behind."""

import functools
import gc
import inspect
import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasksplit.errors import DeclarationError
from tasksplit.worlds.references import hook, resolve
from tests.unit.worlds import holders, targets

HERE = "tests.unit.worlds.targets"


class Hooks:
    """Hooks that note their calls, and are undone whatever happens."""

    def __init__(self) -> None:
        self.undos: list[Callable[[], None]] = []
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def on(self, path: str, name: str = "", mark: Callable[[Any], Any] = lambda v: ("seen", v)) -> Callable[[], None]:
        def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            self.calls.append((name, args, kwargs))
            return mark(original(*args, **kwargs))

        undo = hook(path if ":" in path else f"{HERE}:{path}", around)
        self.undos.append(undo)
        return undo

    def undo(self) -> None:
        while self.undos:
            self.undos.pop()()


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    found = Hooks()
    try:
        yield found
    finally:
        found.undo()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nocolon", "put a colon before the name"),
        (":name", "put a colon"),
        ("tests.unit.worlds.targets:", "put a colon"),
        ("no_such_module_here:x", "'no_such_module_here' cannot be imported"),
        (f"{HERE}.deeper:x", "cannot be imported"),
        (f"{HERE}:nothing", "has no 'nothing'"),
        (f"{HERE}:Base.nothing", "'Base' has no 'nothing'"),
        (f"{HERE}:Base.run.deep", "has no 'deep'"),
        (f"{HERE}:Nope.run", "has no 'Nope'"),
    ],
)
def test_a_path_that_leads_nowhere_is_a_sentence(path: str, says: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        resolve(path)
    assert says in str(caught.value)
    assert str(caught.value).startswith("Found ")
    assert "To mend it: " in str(caught.value)


def test_a_path_leads_to_functions_methods_and_instances() -> None:
    assert resolve(f"{HERE}:plain").value is targets.plain
    assert resolve(f"{HERE}:Base.run").cls is targets.Base
    assert resolve(f"{HERE}:Child.run").cls is targets.Child
    assert isinstance(resolve(f"{HERE}:Child.make").raw, classmethod)
    assert resolve(f"{HERE}:callee").value is targets.callee


@pytest.mark.parametrize(
    "reach",
    [
        pytest.param(lambda: targets.plain(1), id="module"),
        pytest.param(lambda: holders.early(1), id="early binding"),
        pytest.param(holders.partial, id="partial"),
        pytest.param(lambda: holders.registry["p"](1), id="registry"),
        pytest.param(lambda: holders.listed[0](1), id="list"),
        pytest.param(lambda: holders.in_tuple[0](1), id="tuple"),
        pytest.param(holders.default, id="default argument"),
        pytest.param(lambda: holders.wrapped(1), id="wrapped"),
        pytest.param(lambda: targets.REGISTRY["plain"](1), id="own registry"),
    ],
)
def test_a_hook_on_a_function_reaches_every_reference(hooks: Hooks, reach: Callable[[], Any]) -> None:
    before = reach()
    hooks.on("plain")
    assert reach() == ("seen", before)
    hooks.undo()
    assert reach() == before


def test_arguments_arrive_as_they_were_passed(hooks: Hooks) -> None:
    hooks.on("plain")
    assert targets.plain(1, 5, 6, c=7, d=8) == ("seen", (1, 5, (6,), 7, {"d": 8}))
    assert targets.plain(b=4, a=1) == ("seen", (1, 4, (), 3, {}))
    assert [(args, kwargs) for _, args, kwargs in hooks.calls] == [
        ((1, 5, 6), {"c": 7, "d": 8}),
        ((), {"b": 4, "a": 1}),
    ]


def test_wrong_arguments_raise_as_before(hooks: Hooks) -> None:
    hooks.on("plain")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'a'"):
        targets.plain()


def test_a_closure_keeps_its_variables(hooks: Hooks) -> None:
    hooks.on("closed")
    assert targets.closed(1) == ("seen", 11)
    assert holders.closed(1) == ("seen", 11)
    hooks.undo()
    assert targets.closed(1) == 11


def test_undo_leaves_nothing_behind(hooks: Hooks) -> None:
    function = targets.plain
    before = (
        function.__code__, function.__defaults__, function.__kwdefaults__, function.__doc__, dict(vars(function)),
        inspect.signature(function),
    )  # fmt: skip
    hooks.on("plain")
    assert inspect.signature(function) == before[-1]
    assert function.__name__ == "plain"
    assert function.__doc__ == "Add up."
    hooks.undo()
    after = (
        function.__code__, function.__defaults__, function.__kwdefaults__, function.__doc__, dict(vars(function)),
        inspect.signature(function),
    )  # fmt: skip
    assert after == before


def test_several_hooks_on_one_function_nest_and_are_undone_in_any_order(hooks: Hooks) -> None:
    first = hooks.on("plain", "first", lambda v: ("1", v))
    second = hooks.on("plain", "second", lambda v: ("2", v))
    bare = (1, 2, (), 3, {})
    assert targets.plain(1) == ("2", ("1", bare))
    first()
    assert targets.plain(1) == ("2", bare)
    second()
    hooks.undos.clear()
    assert targets.plain(1) == bare
    assert "__signature__" not in vars(targets.plain)


def test_a_hook_that_raises_is_undone_all_the_same(hooks: Hooks) -> None:
    def around(original: Any, args: Any, kwargs: Any) -> Any:
        raise KeyError("ours")

    hooks.undos.append(hook(f"{HERE}:plain", around))
    with pytest.raises(KeyError):
        targets.plain(1)
    hooks.undo()
    assert targets.plain(1) == (1, 2, (), 3, {})


def test_a_method_is_hooked_for_instances_made_before_and_bound_before(hooks: Hooks) -> None:
    hooks.on("Base.run")
    assert holders.bound(1) == ("seen", ("base", 101))
    assert targets.Base(1).run(x=1) == ("seen", ("base", 2))
    assert targets.Child(1).run(1) == ("seen", ("base", 2))


def test_an_inherited_method_is_hooked_for_the_named_class_alone(hooks: Hooks) -> None:
    hooks.on("Child.run")
    assert targets.Child(1).run(1) == ("seen", ("base", 2))
    assert holders.child_bound(1) == ("seen", ("base", 201))
    assert targets.Base(1).run(1) == ("base", 2)
    assert targets.Sibling(1).run(1) == ("base", 2)


def test_two_children_of_one_base_have_a_hook_each(hooks: Hooks) -> None:
    hooks.on("Child.run", "child", lambda v: ("C", v))
    hooks.on("Sibling.run", "sibling", lambda v: ("S", v))
    assert targets.Child().run(1) == ("C", ("base", 1))
    assert targets.Sibling().run(1) == ("S", ("base", 1))
    assert targets.Base().run(1) == ("base", 1)


def test_super_reaches_the_hook_of_the_base(hooks: Hooks) -> None:
    hooks.on("Base.run", "base", lambda v: ("B", v))
    hooks.on("Overriding.run", "over", lambda v: ("O", v))
    assert targets.Overriding(1).run(1) == ("O", ("over", ("B", ("base", 2))))
    assert [name for name, _, _ in hooks.calls] == ["over", "base"]


def test_class_and_static_methods(hooks: Hooks) -> None:
    hooks.on("Base.make", "make")
    hooks.on("Base.loose", "loose")
    assert targets.Base.make(1) == ("seen", ("base", 1))
    assert targets.Child.make(1) == ("seen", ("child", 1))
    assert holders.made(2) == ("seen", ("child", 2))
    assert targets.Overriding.make(3) == ("over", ("seen", ("base", 3)))
    assert targets.Base.loose(1) == ("seen", 2)
    assert targets.Base().loose(1) == ("seen", 2)
    assert holders.loose(1) == ("seen", 2)
    assert isinstance(vars(targets.Base)["make"], classmethod)
    assert isinstance(vars(targets.Base)["loose"], staticmethod)


def test_an_inherited_classmethod_is_hooked_for_the_named_class_alone(hooks: Hooks) -> None:
    hooks.on("Child.make")
    assert targets.Child.make(1) == ("seen", ("child", 1))
    assert targets.Base.make(1) == ("base", 1)


def test_a_decorated_function_is_hooked_outside_its_decorator(hooks: Hooks) -> None:
    hooks.on("decorated")
    assert targets.decorated(1) == ("seen", ("noisy", 1))
    assert holders.decorated(1) == ("seen", ("noisy", 1))


def test_two_functions_of_one_decorator_are_told_apart(hooks: Hooks) -> None:
    other = targets._noisy(lambda x: -x)
    hooks.on("decorated")
    assert other(1) == ("noisy", -1)
    assert targets.decorated(1) == ("seen", ("noisy", 1))


def test_a_cached_function_is_replaced_where_it_is_held(hooks: Hooks) -> None:
    hooks.on("cached")
    assert targets.cached(3) == ("seen", 6)
    assert targets.cached(3) == ("seen", 6)
    assert len(hooks.calls) == 2
    hooks.undo()
    assert isinstance(targets.cached, functools._lru_cache_wrapper)


@pytest.mark.parametrize("name", ["generator", "coroutine", "asyncgenerator"])
def test_generators_and_coroutines_are_refused(name: str) -> None:
    with pytest.raises(DeclarationError, match="generator or coroutine"):
        hook(f"{HERE}:{name}", lambda o, a, k: None)


@pytest.mark.parametrize("name", ["Base", "number", "Base.size"])
def test_what_is_not_called_is_refused(name: str) -> None:
    with pytest.raises(DeclarationError, match="Expected a function or a method"):
        hook(f"{HERE}:{name}", lambda o, a, k: None)


def test_a_callable_object_is_replaced(hooks: Hooks) -> None:
    hooks.on("callee")
    assert targets.callee(3) == ("seen", 2)
    hooks.undo()
    assert type(targets.callee) is targets.Callee


# What is written in C has no code to exchange: each holder is given another. Run in a process of its own, because
# other libraries of this one may hold the function where it cannot be replaced.
IN_C = """
import math
from tests.unit.worlds import holders, targets
from tasksplit.worlds.references import hook

def around(original, args, kwargs):
    return ("seen", original(*args, **kwargs))

before = math.sqrt
undo = hook("math:sqrt", around)
looks = {
    "module": math.sqrt(4.0), "own name": targets.root(4.0), "early": holders.root(4.0),
    "dictionary": holders.roots["r"](4.0), "registry": targets.REGISTRY["root"](4.0), "list": targets.LISTED[0](4.0),
    "class": holders.Table.squared(4.0), "list on a class": holders.Table.calls[0](4.0),
    "closure": holders.from_closure(4.0),
}
assert all(v == ("seen", 2.0) for v in looks.values()), looks
undo()
assert math.sqrt is before and targets.root is before and holders.root is before
assert holders.roots["r"] is before and targets.LISTED[0] is before and holders.Table.squared is before
assert holders.from_closure(4.0) == 2.0
print("ok")
"""

REFUSED = """
import math
from tests.unit.worlds import targets
from tasksplit.errors import DeclarationError
from tasksplit.worlds.references import hook

HELD = {holder}
before = math.hypot
try:
    hook("math:hypot", lambda o, a, k: None)
except DeclarationError as error:
    assert {named!r} in str(error), error
    assert math.hypot is before and targets.hypotenuse is before, "half of it was replaced"
    print("ok")
"""


def _python(text: str) -> str:
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_c_callable_is_replaced_in_each_holder_and_given_back() -> None:
    assert _python(IN_C) == "ok"


@pytest.mark.parametrize(
    ("holder", "named"),
    [
        ("(math.hypot, 1)", "tuple"),
        ("__import__('functools').partial(math.hypot, 1)", "partial"),
        ("{math.hypot}", "set"),
    ],
)
def test_a_c_callable_held_where_nothing_can_be_replaced_names_the_holder(holder: str, named: str) -> None:
    assert _python(REFUSED.format(holder=holder, named=named)) == "ok"


def test_nothing_of_the_hook_keeps_the_function_alive(hooks: Hooks) -> None:
    hooks.on("plain")
    hooks.undo()
    gc.collect()
    assert math.sqrt(4) == 2
    held = [r for r in gc.get_referrers(targets.plain) if type(r).__module__.startswith("tasksplit")]
    assert held == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("from json import no_such_name\n", "ImportError: cannot import name 'no_such_name'"),
        ("value = 1\nother = value / 0\n", "ZeroDivisionError: division by zero, at .*broken_here.py:2"),
        ("def f(:\n", "SyntaxError"),
    ],
)
def test_a_module_that_cannot_be_imported_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, said: str
) -> None:
    (tmp_path / "broken_here.py").write_text(content)
    sys.modules.pop("broken_here", None)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DeclarationError, match=said):
        resolve("broken_here:value")
