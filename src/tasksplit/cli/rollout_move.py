"""How is a handler moved while others may move it too? Read, planned and applied again, until nobody came between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from tasksplit.cli.evidence import Known
from tasksplit.cli.rollout_ready import Objection
from tasksplit.errors import DeclarationError, FlagConflict, StoreError, sentence
from tasksplit.model.decision import Answer, Decision
from tasksplit.model.rehearsed import CODES
from tasksplit.model.rollout import Change, Flag, Flags, Stage, Terms
from tasksplit.rollout import Grounds, Plan, Request, Structure, plan
from tasksplit.rollout.forward import terms_at_entry
from tasksplit.rollout.laws import behind, gains

TRIES = 5  #: before a person has to look why others change flags without end


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants which handler where, and why? As it is said on the command line."""

    handler: str
    stage: Stage
    who: str
    because: str
    share: float | None = None
    """Share of keys, 0-1; None: as it is."""
    allow: frozenset[str] = frozenset()
    """Keys to add to those that there are."""
    deny: frozenset[str] = frozenset()
    forget: frozenset[str] = frozenset()
    """Keys to take out of both lists."""
    salt: str | None = None
    accept: frozenset[str] = frozenset()
    """Codes of findings of the rehearsal that go live with it."""
    force: bool = False

    def __post_init__(self) -> None:
        if not self.because.strip():
            raise DeclarationError(
                sentence(
                    found="no --because",
                    expected="a reason, since it stays in the history",
                    do="say for example --because CHG-112",
                )
            )
        lists = {"--allow": self.allow, "--deny": self.deny, "--forget": self.forget, "--salt": self.salt}
        given = [name for name, value in lists.items() if value]
        if given and self.stage is not Stage.CANARY:
            raise DeclarationError(
                sentence(
                    found=f"{', '.join(given)} with the stage {self.stage}",
                    expected="keys to be chosen in the stage canary only",
                    do=f"leave out {', '.join(given)}, or ask for canary",
                )
            )
        self._check_accepted()

    def _check_accepted(self) -> None:
        if self.accept and self.stage is not Stage.LIVE:
            raise DeclarationError(
                sentence(
                    found=f"--accept-finding with the stage {self.stage}",
                    expected="findings of a rehearsal to be accepted where a handler goes live",
                    do="leave it out, or ask for live",
                )
            )
        unknown = sorted(self.accept - set(CODES))
        if unknown:
            raise DeclarationError(
                sentence(
                    found=f"--accept-finding {unknown[0]}",
                    expected="one of " + ", ".join(CODES),
                    do="name a finding as tasksplit rehearse does",
                )
            )

    def request(self, flags: Flags, structure: Structure, when: datetime) -> Request:
        """Return what is asked of these flags."""
        structure.check(self.handler)
        terms = self._terms(flags, structure)
        listed = self.allow | self.deny | self.forget
        return Request(
            handler=self.handler,
            stage=self.stage,
            who=self.who,
            when=when,
            because=self.because,
            share=self.share,
            allow=(terms.allow | self.allow) - self.forget if listed else None,
            deny=(terms.deny | self.deny) - self.forget if listed else None,
            salt=self.salt,
            force=self.force,
        )

    def _terms(self, flags: Flags, structure: Structure) -> Terms:
        """Return the lists that are added to: where a canary is entered, those of whom it joins."""
        if self.stage is Stage.CANARY and behind(flags.of(self.handler), Stage.CANARY):
            return terms_at_entry({name: flags.of(name) for name in structure.names}, self.handler, structure)
        return flags.of(self.handler).terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is known for and against an advance of some handlers?"""

    known: Known = field(default_factory=Known)
    objections: Mapping[str, Sequence[Objection]] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)  # any JSON value
    """As of ``Grounds``."""

    def grounds(self) -> Grounds:
        """Return them as they are."""
        against = {name: tuple(each.said for each in found) for name, found in self.objections.items()}
        known = self.known
        return Grounds(decisions=known.decisions, rehearsals=known.rehearsals, against=against, told=self.told)

    def at_best(self, structure: Structure) -> Grounds:
        """Return them as if all that is still to come had come, and well: what then is refused has failed."""
        failed = {name: each for name, each in self.known.decisions.items() if each.answer is Answer.FAIL}
        against = {
            name: tuple(each.said for each in found if each.answer is Answer.FAIL)
            for name, found in self.objections.items()
        }
        return Grounds(
            decisions=dict.fromkeys(structure.names, Decision(answer=Answer.PASS, reason="")) | failed,
            rehearsals=dict.fromkeys(structure.handlers, "") | dict(self.known.rehearsals),
            against=against,
        )


class Flagged(Protocol):
    """Where are flags read and changed? What of a ``FlagStore`` is needed to move one."""

    def read(self) -> Flags:
        """Return all flags of one moment."""

    def apply(self, changes: Sequence[Change], expected: int) -> None:
        """Apply the changes of one plan; raise ``FlagConflict`` where the revision is another by now."""

    def history(self, handler: str | None = None, limit: int = 20) -> tuple[Change, ...]:
        """Return the latest changes, newest first."""


Show = Callable[[frozenset[str]], Shown]  # of which handlers: those that would go beyond shadow, or further there


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What was done, or why not?"""

    plan: Plan
    answer: Answer | None = Answer.PASS
    """pass: done, or nothing was to be done; fail and wait: refused on the evidence; None: whatever the evidence."""


def move(
    store: Flagged,
    wish: Wish,
    *,
    structure: Structure,
    show: Show,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Moved:
    """Move a handler, and who goes with it; ``show`` is asked only where an advance needs evidence.

    Raises ``FlagConflict`` where somebody moved the same handler during an advance of it, ``StoreError`` where others
    change flags each time, or where the store is away.
    """
    first: Flag | None = None
    for _ in range(TRIES):
        flags = store.read()
        request = wish.request(flags, structure, now())
        moved, advance = _planned(flags, request, structure, show)
        here = flags.of(wish.handler)
        if advance and first not in (None, here):
            last = store.history(wish.handler, limit=1)
            who = last[0].who if last else "somebody"
            raise FlagConflict(f"{wish.handler!r} moved by {who} meanwhile", who=who, when=here.changed_at)
        first = first or here
        try:
            store.apply(moved.plan.changes, flags.revision)
        except FlagConflict as error:
            between = error
        else:
            return moved
    raise StoreError(
        sentence(
            found=f"flags that others change each time ({between.who} the last of them), {TRIES} times in a row",
            expected="a moment in which nobody does",
            do="see who changes them without end, and ask again; nothing was changed",
        )
    )


def _planned(flags: Flags, request: Request, structure: Structure, show: Show) -> tuple[Moved, bool]:
    """Return what is to be done, and whether it is an advance; evidence is looked for only where it is needed."""
    made = plan(flags, replace(request, force=False), structure=structure, grounds=Grounds())
    if not made.refused:
        return Moved(plan=made), any(c.handler == request.handler and gains(c.before, c.after) for c in made.changes)
    anyhow = plan(flags, replace(request, force=True), structure=structure, grounds=Grounds())
    if anyhow.refused:
        return Moved(plan=anyhow, answer=None), True
    shown = show(frozenset(c.handler for c in anyhow.changes if not behind(c.after, Stage.CANARY)))
    made = plan(flags, request, structure=structure, grounds=shown.grounds())
    if not made.refused:
        return Moved(plan=made), True
    at_best = plan(flags, request, structure=structure, grounds=shown.at_best(structure))
    return Moved(plan=made, answer=Answer.FAIL if at_best.refused else Answer.WAIT), True
