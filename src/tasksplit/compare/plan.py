"""Which rules hold at which path? A handler's rules, compiled once into a path trie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tasksplit.compare.cut import Cut, cut_of
from tasksplit.errors import DeclarationError, ReplayError, sentence
from tasksplit.model.rules import Rule, RuleKind
from tasksplit.wire.paths import Segment, Step, parsed

_ROWS = parsed("$.effects.rows.*")  # row changes have no order between rows: aligned by operation and key


class RuleFailed(ReplayError):  # noqa: N818 - it says what happened
    """A rule whose function raised: the pair is undecided, never a mismatch."""

    def __init__(self, rule: Rule, error: Exception | SystemExit) -> None:
        super().__init__(
            sentence(
                found=f"{type(error).__name__} ({error}) in the rule {rule.name!r}",
                expected=f"its function to accept every value at {rule.path}",
                do="correct the function, or narrow the rule's path",
            )
        )
        self.rule = rule


class _Node:
    """One place in the trie: where may a path go on, and which rules end here?"""

    __slots__ = ("any", "deep", "loops", "named", "renames", "rows", "rules")

    def __init__(self, *, loops: bool = False) -> None:
        self.named: dict[str | int, _Node] = {}
        self.any: _Node | None = None
        self.deep: _Node | None = None  # reached without a step: ``..``
        self.loops = loops
        self.rules: list[Rule] = []
        self.renames: list[tuple[str, Rule]] = []
        self.rows = False

    def below(self, step: Step) -> _Node:
        start = self._descended() if step.deep else self
        if step.on is None:
            start.any = start.any or _Node()
            return start.any
        return start.named.setdefault(step.on, _Node())

    def _descended(self) -> _Node:
        self.deep = self.deep or _Node(loops=True)
        return self.deep

    def parent_of(self, step: Step) -> _Node:
        return self._descended() if step.deep else self


class State:
    """Which rules hold at one place of a pair? Followed segment by segment, worked out once and remembered."""

    __slots__ = (
        "_memo",
        "_named",
        "_nodes",
        "ignore",
        "normalise",
        "renames",
        "rows",
        "tells_indices",
        "tolerance",
        "unordered",
    )

    def __init__(self, nodes: frozenset[_Node]) -> None:
        self._nodes = nodes
        self._named = {name for node in nodes for name in node.named}
        self.tells_indices = any(isinstance(name, int) for name in self._named)
        self._memo: dict[str | int | None, State | None] = {}
        self.ignore = self._first(RuleKind.IGNORE)
        self.unordered = self._first(RuleKind.UNORDERED)
        self.tolerance = tuple(self._rules(RuleKind.TOLERANCE))
        self.normalise = tuple(self._rules(RuleKind.NORMALISE))
        self.renames = tuple(rename for node in nodes for rename in node.renames)
        self.rows = any(node.rows for node in nodes)

    def step(self, segment: Segment) -> State | None:
        """Return what holds one segment further down; None: no rule, here or below."""
        if isinstance(segment, bytes):
            label = segment.decode()
            segment = int(label) if label.isdigit() else label
        key = segment if segment in self._named else None
        try:
            return self._memo[key]
        except KeyError:
            self._memo[key] = state = _state(self._targets(key))
            return state

    def _targets(self, key: str | int | None) -> Iterator[_Node]:
        for node in self._nodes:
            if node.loops:
                yield node
            if node.any is not None:
                yield node.any
            if key is not None and key in node.named:
                yield node.named[key]

    def _rules(self, kind: RuleKind) -> Iterator[Rule]:
        return (rule for node in self._nodes for rule in node.rules if rule.kind is kind)

    def _first(self, kind: RuleKind) -> Rule | None:
        return min(self._rules(kind), key=lambda rule: rule.name, default=None)


def _state(nodes: Iterable[_Node]) -> State | None:
    closed = set(nodes)
    for node in list(closed):
        if node.deep is not None:
            closed.add(node.deep)
    return State(frozenset(closed)) if closed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How are the pairs of one handler compared? Made by ``compile_rules``."""

    rules: tuple[Rule, ...]
    root: State = field(repr=False)
    cut: Cut | None = field(repr=False)
    """The plain ignored paths, for the tier that never decodes; None when there are none."""


def compile_rules(rules: Sequence[Rule]) -> Plan:
    """Return the plan of a handler's rules; raise DeclarationError for a path that cannot be."""
    top = _Node()
    steps = {id(rule): parsed(rule.path) for rule in rules}
    for rule in rules:
        _plant(top, rule, steps[id(rule)])
    _end(top, _ROWS).rows = True
    state = _state([top])
    assert state is not None
    normalised = [steps[id(rule)] for rule in rules if rule.kind is RuleKind.NORMALISE]
    ignored = [(steps[id(rule)], rule) for rule in rules if rule.kind is RuleKind.IGNORE]
    return Plan(rules=tuple(rules), root=state, cut=cut_of(ignored, above=normalised))


def _plant(top: _Node, rule: Rule, steps: tuple[Step, ...]) -> None:
    if rule.kind is RuleKind.RENAME:
        if not steps or not isinstance(steps[-1].on, str) or not rule.to:
            raise DeclarationError(
                sentence(
                    found=f"the rename rule {rule.name!r} for {rule.path!r} to {rule.to!r}",
                    expected="a path that ends with a member's name, and the name that the split has for it",
                    do="write for example rename('$.inputs.pr', to='pull_request', because=...)",
                )
            )
        _end(top, steps[:-1]).parent_of(steps[-1]).renames.append((steps[-1].on, rule))
        return
    _end(top, steps).rules.append(rule)


def _end(node: _Node, steps: Iterable[Step]) -> _Node:
    for step in steps:
        node = node.below(step)
    return node
