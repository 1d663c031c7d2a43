"""Which structures and closed flags do the tests of the rollout share?"""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from tasksplit.model.decision import Answer, Decision
from tasksplit.model.observation import DISPATCH
from tasksplit.model.rollout import Flags, Stage
from tasksplit.rollout import Grounds, Request, Structure, applied, plan

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PASSES = Decision(answer=Answer.PASS, reason="0 of 400 keys differ", upper_bound=0.009)
HANDLERS = ("a", "b", "c", "d", "e")
KEYS = [f"owner/project-{n}" for n in range(60)]


def clean(structure: Structure) -> Grounds:
    """Return grounds on which everything may advance."""
    names = structure.names
    return Grounds(decisions=dict.fromkeys(names, PASSES), rehearsals=dict.fromkeys(structure.handlers, ""))


def asked(handler: str, stage: Stage, **more: object) -> Request:
    return Request(handler=handler, stage=stage, **{"who": "ann", "when": NOW, **more})  # type: ignore[arg-type]


structures = st.builds(
    Structure,
    handlers=st.just(HANDLERS),
    groups=st.lists(st.frozensets(st.sampled_from(HANDLERS), min_size=2, max_size=3), max_size=2).map(tuple),
    children=st.lists(st.tuples(st.sampled_from(HANDLERS), st.sampled_from(HANDLERS)), max_size=4).map(tuple),
    taskless=st.just(frozenset[str]()) | st.frozensets(st.sampled_from(HANDLERS), max_size=5),
)
_keys = st.none() | st.frozensets(st.sampled_from(KEYS[:6]), max_size=3)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    """Draw any request, also ones that will be refused."""
    stage = draw(st.sampled_from(Stage))
    share = draw(st.none() | st.sampled_from([0.0, 0.1, 0.5, 1.0])) if stage is Stage.CANARY else None
    return asked(
        draw(st.sampled_from((DISPATCH, *HANDLERS))),
        stage,
        share=share,
        allow=draw(_keys),
        deny=draw(_keys),
        salt=draw(st.sampled_from([None, None, None, "other"])),
        force=draw(st.booleans()),
        because=draw(st.sampled_from(["", "CHG-112"])),
    )


def told(flags: Flags, structure: Structure, wanted: list[Request]) -> Flags:
    """Return the flags after what was asked for; what is refused changes nothing."""
    for request in wanted:
        made = plan(flags, request, structure=structure, grounds=clean(structure))
        flags = applied(flags, made.changes)
    return flags


@st.composite
def situations(draw: st.DrawFn) -> tuple[Structure, Flags]:
    """Draw a structure, and flags to which requests lead from nothing."""
    structure = draw(structures)
    names = (*HANDLERS, DISPATCH)
    forward = [asked(h, stage, share=_entry(stage)) for stage in list(Stage)[1:4] for h in names]
    forward += [asked(DISPATCH, stage, share=_entry(stage)) for stage in (Stage.CANARY, Stage.LIVE)]
    steps = draw(st.lists(st.sampled_from(forward) | requests(), max_size=10))
    far = draw(st.sampled_from(range(len(forward) + 1)))  # mere chance seldom comes far
    return structure, told(Flags(), structure, [*forward[:far], *steps])


def _entry(stage: Stage) -> float | None:
    return 0.2 if stage is Stage.CANARY else None
