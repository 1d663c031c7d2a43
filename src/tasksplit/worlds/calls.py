"""How is a call that is declared by name recorded, and answered in a replay?"""

from __future__ import annotations

import inspect
import pickle
import types
from collections.abc import Callable, Sequence
from typing import Any

from tasksplit.errors import TasksplitError
from tasksplit.model.migration import Effect, Read
from tasksplit.wire.canonical import canonical
from tasksplit.worlds.answers import Answers, Exchange
from tasksplit.worlds.arguments import by_name
from tasksplit.worlds.asked import ASKED
from tasksplit.worlds.guard import refuse
from tasksplit.worlds.references import hook, resolve
from tasksplit.worlds.sink import ACTIVE, Undo
from tasksplit.worlds.steps import step

PICKLED = "pickled"  #: of an answer: what was returned, as it was then


class Calls:
    """How are declared calls answered in a replay: by the stand-in, by a recording, or by the function itself?"""

    def __init__(self, declared: Sequence[Effect | Read]) -> None:
        self._declared = declared
        self._undo: list[Undo] = []
        self.answers: Answers | None = None
        """Set while a message is replayed from a recording."""
        self.exchanges: list[Exchange] | None = None
        """Set while a message is recorded."""
        self.seen: dict[str, int] = {d.name: 0 for d in declared}

    def install(self) -> None:
        """Stand before every declared call."""
        for call in self._declared:
            for at in call.at:
                self._undo.append(hook(at, self._around(call, at)))

    def uninstall(self) -> None:
        """Let the calls through again."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def _around(self, call: Effect | Read, at: str) -> Callable[..., Any]:
        named = by_name(signature_of(at))
        standin = resolve(call.standin).value if call.standin else None
        effect = isinstance(call, Effect)

        def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            sink = ACTIVE.sink
            if sink is None or sink.frame() < 0:
                return (standin or original)(*args, **kwargs)
            if sink.viewing:
                raise refuse("view", f"a view may only look, and it called {call.name}")
            self.seen[call.name] += 1
            if ASKED.listener is not None:
                ASKED.listener.called()
            asked = named(args, kwargs)

            def run() -> Any:
                if effect:
                    sink.call({"call": call.name, "arguments": asked})
                if self.answers is not None:
                    return self._answer(call.name, asked, effect)
                return self._run(call.name, asked, effect, lambda: (standin or original)(*args, **kwargs))

            return step(call.name, run) if effect else run()

        return around

    def _answer(self, name: str, asked: dict[str, Any], effect: bool) -> Any:
        assert self.answers is not None
        assert ACTIVE.sink is not None
        try:
            found = self.answers.to(name, canonical(asked), effect=effect)
        except TasksplitError as error:
            ACTIVE.sink.miss(f"call {name}: {error}")
        if found is None:
            ACTIVE.sink.miss(f"call {name} with arguments that the recording does not have")
        kind, value = found.answer
        if kind == "raised":
            raise value
        return pickle.loads(value)  # noqa: S301  # made below; a new one each time, as the user may change it

    def _run(self, name: str, asked: dict[str, Any], effect: bool, run: Callable[[], Any]) -> Any:
        if self.exchanges is None:
            return run()
        try:
            written = canonical(asked)  # before the call, which may change it
        except TasksplitError as error:
            _unwritable(name, error)
            return run()
        try:
            value = run()
        except Exception as error:
            self.exchanges.append(Exchange(name, written, effect, ("raised", error)))
            raise
        try:  # as it is now: the user may change it
            self.exchanges.append(Exchange(name, written, effect, (PICKLED, pickle.dumps(value, 5))))
        except Exception as error:  # noqa: BLE001  # ours, never the user's: what nobody can write down
            _unwritable(name, error)
        return value


def _unwritable(name: str, error: Exception) -> None:
    assert ACTIVE.sink is not None
    ACTIVE.sink.failed(f"recording call {name}", error)


def signature_of(at: str) -> inspect.Signature | None:
    """Return the signature of what a path names; None: a C function that tells none."""
    target = resolve(at)
    try:
        signature = inspect.signature(target.value)
    except (TypeError, ValueError):  # some C functions tell none
        return None
    bound_to = target.cls is not None and isinstance(target.raw, types.FunctionType | classmethod)
    if bound_to and isinstance(target.raw, classmethod):
        first = inspect.Parameter("cls", inspect.Parameter.POSITIONAL_ONLY)
        signature = signature.replace(parameters=[first, *signature.parameters.values()])
    return signature
