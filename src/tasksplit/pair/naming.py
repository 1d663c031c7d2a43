"""What does one of the user's functions call a message, and what if it cannot tell?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tasksplit.model.evidence import Finding
from tasksplit.model.message import Message
from tasksplit.model.strata import UNKNOWN, Naming

MOST_NAMES = 100  #: different ones of kinds or reasons: more are no kinds, and no table that anybody reads


class Names:
    """What does one of the user's functions call a message? What it cannot name is ``?``, counted and said."""

    def __init__(self, title: str, word: str, function: Naming | None) -> None:
        self._title = title
        self._word = word
        self._function = function
        self._names: set[str] = set()
        self._failed: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def of(self, message: Message) -> str:
        """Return the name of a message; empty where there is none."""
        if self._function is None:
            return ""
        try:
            name = self._function(message.payload)
        except Exception as error:  # noqa: BLE001  # the user's function may raise anything: a word in the report
            return self._unknown(message, f"raised {type(error).__name__}", str(error))
        if name is None:
            return ""
        if not isinstance(name, str):
            return self._unknown(message, f"returned {type(name).__name__}, where a str or None is expected,")
        if name not in self._names and len(self._names) >= MOST_NAMES:
            return self._unknown(message, f"gave more than {MOST_NAMES} different names")
        self._names.add(name)
        return str.__str__(name)  # of an enum its value

    def findings(self) -> Iterator[Finding]:
        """Yield one finding for each way in which the function failed."""
        for how, count in sorted(self._failed.items()):
            text = f"{self._title} {how} on {count} message{'s' * (count != 1)}, first on {self._first[how]}"
            text += f"; what it cannot name counts as {UNKNOWN!r}"
            yield Finding(code=f"{self._word}-unnamed", text=text)

    def _unknown(self, message: Message, how: str, said: str = "") -> str:
        self._failed[how] += 1
        self._first.setdefault(how, f"{message.id} ({said})" if said else message.id)
        return UNKNOWN
