"""What is declared: both entries, the handlers, the world, how each is compared and gated?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasksplit.errors import DeclarationError, sentence
from tasksplit.model.decision import Bar
from tasksplit.model.observation import DISPATCH
from tasksplit.model.redact import Redact
from tasksplit.model.rules import Rule
from tasksplit.model.strata import Feature, Naming, Strata, check

View = Callable[..., Mapping[str, Any]]  # a legacy handler, its bound arguments, or both -> what the split receives
Key = str | Callable[[Any], str | None]  # a JSONPath, or a pure function of the message


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Which task of legacy does a message reach, and which task of the split replaces it?"""

    name: str
    legacy: str
    """Dotted path ``module:attribute`` of the Celery task."""
    split: str
    accepts: Callable[[Any], bool]  # payload -> is it for this entry?
    arguments: Callable[[Any], Mapping[str, Any]]  # payload -> keyword arguments of the task
    payload: Callable[[Mapping[str, Any]], Any] | None = None
    """Keyword arguments of the task -> payload, for messages that a worker received. None: the argument that
    ``arguments`` makes all of them of."""


@dataclass(frozen=True, slots=True)
class Database:
    """Which engine holds rows that the sides read and change? Recorded, rebuilt, compared."""

    engine: str
    """Dotted path of a SQLAlchemy ``Engine``."""
    metadata: str = ""
    """Dotted path of the ``MetaData``, or of a declarative base. Empty: ``Base`` beside the engine."""


@dataclass(frozen=True, slots=True)
class Http:
    """Which HTTP client leaves the process? GET, HEAD and OPTIONS are reads, the rest are effects."""

    client: str
    """Dotted path of an ``httpx.Client`` or ``AsyncClient``, or of a class of them where each call opens one."""
    standin: str = ""
    """Dotted path of a WSGI application that answers in fixture worlds."""
    reads: tuple[str, ...] = ()
    """``METHOD url-prefix`` of requests that only ask although their method writes."""
    ignore_headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """Which call, declared by name, changes the world?"""

    name: str
    at: Sequence[str]
    standin: str = ""
    """Dotted path of what answers in fixture worlds; empty: the function itself runs."""


@dataclass(frozen=True, slots=True)
class Read:
    """Which call, declared by name, only asks the world?"""

    name: str
    at: Sequence[str]
    standin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What do the sides read and change outside the process? Clock, ids and random numbers are always part of it."""

    databases: Sequence[Database] = ()
    services: Sequence[Http] = ()
    calls: Sequence[Effect | Read] = ()
    fixture: str = ""
    """Dotted path of ``prepare(payload) -> None``: fills the empty scratch databases and resets the stand-ins
    for one message. It decides from the payload alone, so that both sides get the same world."""
    harmless: tuple[str, ...] = ()
    """``METHOD url-prefix`` of reads that the split may make although legacy never did (see explanation: misses)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """How is everything outside the handlers' boundaries compared and gated?"""

    outcome: Callable[[Any], Any] | None = None  # what the entry returned -> what both sides must agree on
    rules: Sequence[Rule] = ()
    bar: Bar = field(default_factory=Bar)
    strata: Strata = field(default_factory=dict)
    """As of a handler; ``returned:nothing`` is where legacy starts nothing and returns None."""
    features: Mapping[str, Feature] = field(default_factory=dict)
    """As of a handler."""
    refusal: Naming | None = None
    """Payload -> why nobody wants it, in words: asked about messages of which legacy made nothing."""
    goes_on: Sequence[str] = ()
    """Names of tasks of the split in which the work of an entry goes on: the entry sends one, and how that one ends
    counts as how the entry does. Handlers without a task of their own run inside them."""


@dataclass(frozen=True, slots=True)
class Handler:
    """Which thing does the legacy task do, and which split task replaces it?"""

    name: str
    legacy: str = field(kw_only=True)
    """Dotted path of the boundary: a function or a method, ``module:Class.run``."""
    view: View = field(kw_only=True)
    """Legacy handler (``self``; for a function, its bound arguments) -> named values that the implementation
    must receive. For a method that is handed what it works on a view may take two: ``self`` and the bound arguments.
    It looks, and may cause no effect and no lazy load."""
    split: str = field(default="", kw_only=True)
    """Name of the Celery task. Empty: it has none of its own and runs inside others; then it cannot be routed alone,
    and goes over with dispatch."""
    takes: Callable[[Mapping[str, Any]], bool] | None = field(default=None, kw_only=True)
    """Keyword arguments of the task -> is it for this handler? Needed where several handlers share one task."""
    implementation: str = field(kw_only=True)
    """Dotted path of what the task calls when it has all that it needs; its bound arguments are compared."""
    payload: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = field(default=None, kw_only=True)
    """What the view gave -> keyword arguments of the split task (the route sends it, see Cutover)."""
    instance: Callable[[Mapping[str, Any]], Any] | None = field(default=None, kw_only=True)
    """Inputs -> what tells several runs for one message apart; the same on both sides."""
    skipped: Any = field(default=None, kw_only=True)  # the user's own type
    """What legacy gets back when the handler is routed to the split."""
    doors: tuple[str, ...] = field(default=("session",), kw_only=True)
    """Parameters of the implementation through which it acts (sessions, clients); they are not inputs."""
    context: tuple[str, ...] = field(default=(), kw_only=True)
    """Attributes that the legacy handler reads and that the split finds for itself (``self.config``, ...)."""
    after: tuple[str, ...] = field(default=(), kw_only=True)
    """Handlers of the same message that must have ended before this one starts."""
    passes: str = field(default="", kw_only=True)
    """In which way its data reach it, in a word of yours (``ids``, ``serialized``): ``designs`` holds the ways against
    each other."""
    hands_on: bool = field(default=False, kw_only=True)
    """Whether its task, once the implementation has ended, sends the task of what comes next: in legacy that is the
    loop around the handlers, so whoever started this one started that one as well."""
    rules: Sequence[Rule] = field(default=(), kw_only=True)
    bar: Bar = field(default_factory=Bar, kw_only=True)
    strata: Strata = field(default_factory=dict, kw_only=True)
    """Kind of event -> the ways in which legacy can end on it: ``returned``, ``returned:failure``, ``raised``,
    ``retried``, ``ignored``, ``rejected``, each alone or with a value of each feature, ``returned · option=rare``. The
    report names those that no message has shown, and the handler waits for them."""
    features: Mapping[str, Feature] = field(default_factory=dict, kw_only=True)
    """What else tells paths through the handler apart: name -> a JSONPath into the payload, or a pure function of
    the payload and the inputs. Each value that it takes is a stratum of its own, so there must be few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What is declared: both entries, the handlers, the world, how each is compared and gated?"""

    name: str
    legacy: str = ""
    """Dotted path of the one task; short for a single ``Entry`` that hands the payload on as ``event``."""
    split: str = ""
    entries: Sequence[Entry] = ()
    key: Sequence[Key] = ()
    world: World = field(default_factory=World)
    handlers: Sequence[Handler] = ()
    dispatch: Dispatch = field(default_factory=Dispatch)
    independent: bool = False
    """Whether a handler runs although an earlier one of the same message raised: what legacy then never
    reached is an accepted difference."""
    failure: Callable[[Any], bool] | None = None
    """Returned value -> does it say that the handler failed? For the table of what was exercised."""
    event: Naming | None = None
    """Payload -> the kind of its event, ``github pull request``: a pure function, called once per message."""
    messages: str = ""
    """Dotted path of ``generate(seed, per_kind) -> iterator of (name, payload)``: further test messages, as many
    as the bars ask for. ``per_kind``: at least so many distinct keys of each kind, of messages that mostly come
    as far as their handlers."""
    plumbing: Sequence[str] = ()
    """Names of tasks that are neither handler nor entry; they run, and what they do belongs to their sender."""
    release: str | Callable[[], str] = ""
    """The release of the user's code, or what returns it: takes the place of digests of the sources and of the
    dependencies in the versions of evidence. Empty: digests."""
    queues: Sequence[str] = ()
    """Those that the deployment's workers consume: every task of the split must be routed to one of them. Empty:
    not checked."""
    redact: Redact = field(default_factory=Redact)
    """What is hidden in observations and reports, beside what is hidden always."""

    def __post_init__(self) -> None:
        if not self.entries:
            single = Entry(
                name=self.name,
                legacy=self.legacy,
                split=self.split,
                accepts=lambda payload: True,  # noqa: ARG005
                arguments=lambda payload: {"event": payload},
            )
            object.__setattr__(self, "entries", (single,))  # a default that depends on other fields
        _unique("handler", [h.name for h in self.handlers])
        self._check_tasks()
        _unique("legacy boundary", [h.legacy for h in self.handlers])
        _unique("entry", [e.name for e in self.entries])
        _unique("database", [d.engine for d in self.world.databases])
        _unique("service", [s.client for s in self.world.services])
        _unique("call", [c.name for c in self.world.calls])
        _unique("call address", [at for c in self.world.calls for at in c.at])
        self._check_names()
        for name in self.names:
            check(
                name, self.strata_of(name), event=self.event is not None, failure=self.failure is not None,
                features=tuple(self.features_of(name)),
            )  # fmt: skip
        if isinstance(self.queues, str):
            raise DeclarationError(
                sentence(
                    found=f"queues={self.queues!r}",
                    expected="a sequence of names of queues",
                    do=f"write queues=[{self.queues!r}]",
                )
            )

    @property
    def tasks(self) -> frozenset[str]:
        """Return the names of the split tasks that handlers have of their own, or share."""
        return frozenset(h.split for h in self.handlers if h.split)

    @property
    def inside(self) -> tuple[str, ...]:
        """Return the handlers without a task of their own: they go over with dispatch."""
        return tuple(h.name for h in self.handlers if not h.split)

    def taken_by(self, task: str, arguments: Mapping[str, Any]) -> str:
        """Return whose task it is that is sent with these keyword arguments; "" where it is no handler's.

        Raises what ``takes`` raises: it is the user's function.
        """
        mine = (h for h in self.handlers if h.split == task and task)
        return next((h.name for h in mine if h.takes is None or h.takes(arguments)), "")

    def handler(self, name: str) -> Handler:
        """Return the handler of that name; raise DeclarationError when there is none."""
        for handler in self.handlers:
            if handler.name == name:
                return handler
        raise DeclarationError(
            sentence(
                found=f"the handler name {name!r}",
                expected="one of " + ", ".join(self.names),
                do="use a name that the migration declares",
            )
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Return ``dispatch`` and the handlers' names, in the order of the declaration."""
        return (DISPATCH, *(h.name for h in self.handlers))

    def rules_of(self, name: str) -> Sequence[Rule]:
        """Return the rules of a handler or of dispatch."""
        return self.dispatch.rules if name == DISPATCH else self.handler(name).rules

    def bar_of(self, name: str) -> Bar:
        """Return the bar of a handler or of dispatch."""
        return self.dispatch.bar if name == DISPATCH else self.handler(name).bar

    def strata_of(self, name: str) -> Strata:
        """Return the strata of a handler or of dispatch."""
        return self.dispatch.strata if name == DISPATCH else self.handler(name).strata

    def features_of(self, name: str) -> Mapping[str, Feature]:
        """Return the features of a handler or of dispatch."""
        return self.dispatch.features if name == DISPATCH else self.handler(name).features

    def _check_tasks(self) -> None:
        sharing = Counter(h.split for h in self.handlers)
        for handler in self.handlers:
            if handler.split and handler.takes is None and sharing[handler.split] > 1:
                raise DeclarationError(
                    sentence(
                        found=f"the split task {handler.split!r} declared {sharing[handler.split]} times",
                        expected="each one once, or takes= on each handler that shares it",
                        do=f"say takes=, which keyword arguments are for {handler.name!r}, or name another task",
                    )
                )
            if not handler.split and handler.payload is not None:
                raise DeclarationError(
                    sentence(
                        found=f"payload= on handler {handler.name!r}, which names no split task",
                        expected="a payload for a task that takes it",
                        do="leave it out, or say split=",
                    )
                )

    def _check_names(self) -> None:
        known = {h.name for h in self.handlers}
        for handler in self.handlers:
            if handler.name == DISPATCH:
                raise DeclarationError(
                    sentence(
                        found="a handler named 'dispatch'",
                        expected="another name, since that one means all that lies outside the handlers",
                        do="rename the handler",
                    )
                )
            for other in handler.after:
                if other not in known:
                    raise DeclarationError(
                        sentence(
                            found=f"after={other!r} on handler {handler.name!r}",
                            expected="the name of a declared handler: " + ", ".join(sorted(known)),
                            do="correct the name or declare that handler",
                        )
                    )


def _unique(what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(
                sentence(
                    found=f"the {what} {name!r} declared {names.count(name)} times",
                    expected="each one once",
                    do="remove or rename the others",
                )
            )
