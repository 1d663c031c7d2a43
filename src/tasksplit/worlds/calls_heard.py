"""How is a call that is declared by name heard on a worker, where the function itself runs?

On the message's path each microsecond is the user's: what is asked and answered becomes bytes at once, and nothing else
is worked out.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

from tasksplit.model.migration import Effect, Read
from tasksplit.worlds.answers import Exchange
from tasksplit.worlds.arguments import by_name
from tasksplit.worlds.calls import PICKLED, signature_of
from tasksplit.worlds.guard import refuse
from tasksplit.worlds.references import hook
from tasksplit.worlds.sink import ACTIVE, Sink, Undo


class CallsHeard:
    """What do the declared calls of this process get, and what do they return?"""

    def __init__(self, declared: Sequence[Effect | Read], *, write: Callable[[Any], bytes]) -> None:
        """``write``: how what was asked becomes bytes that stay as they are."""
        self._declared = declared
        self._write = write
        self._undo: list[Undo] = []

    def install(self) -> None:
        """Listen at every declared call."""
        for call in self._declared:
            for at in call.at:
                self._undo.append(hook(at, self._around(call, at)))

    def uninstall(self) -> None:
        """Listen no more."""
        for undo in reversed(self._undo):
            undo()
        self._undo = []

    def _around(self, call: Effect | Read, at: str) -> Callable[..., Any]:
        name, effect, named, write = call.name, isinstance(call, Effect), by_name(signature_of(at)), self._write

        def around(original: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            sink = ACTIVE.get()
            if sink is None or sink.frame() < 0:
                return original(*args, **kwargs)
            if sink.viewing:
                raise refuse("view", f"a view may only look, and it called {name}")
            asked = named(args, kwargs)
            if effect:
                sink.call({"call": name, "arguments": asked})
            exchanges = sink.exchanges
            if exchanges is None:
                return original(*args, **kwargs)
            frozen = write(asked)  # before the call, which may change it
            try:
                value = original(*args, **kwargs)
            except Exception as error:
                exchanges.append(Exchange(name, frozen, effect, ("raised", error)))
                raise
            try:
                exchanges.append(Exchange(name, frozen, effect, (PICKLED, pickle.dumps(value, 5))))
            except Exception as error:  # noqa: BLE001  # ours, never the user's: what nobody can write down
                _unwritable(sink, name, error)
            return value

        return around


def _unwritable(sink: Sink, name: str, error: Exception) -> None:
    sink.failed(f"recording call {name}", error)
