"""Was a handler rehearsed with the code as it is, and is what was found accepted by name? Asked before it goes live."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from tasksplit.cli.rollout_ready import Objection
from tasksplit.errors import StoreError
from tasksplit.model.decision import Answer
from tasksplit.model.migration import Migration
from tasksplit.model.rehearsed import UNTOLD, HandlerRehearsed
from tasksplit.replay.versions import changes, versions
from tasksplit.stores import open_store
from tasksplit.stores.rehearsed import latest_rehearsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsals:
    """What do the rehearsals of some handlers say against their going live?"""

    objections: Mapping[str, tuple[Objection, ...]] = field(default_factory=dict)
    accepted: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Handler -> code of a finding that was accepted -> its texts: for the history."""


def rehearsals(
    url: str, migration: Migration, path: str, *, handlers: Iterable[str], accepted: frozenset[str]
) -> Rehearsals:
    """Return what is known of the handlers of the migration declared at ``path``; a store that is away is no pass."""
    now = dict(versions(migration, path))
    objections: dict[str, tuple[Objection, ...]] = {}
    known: dict[str, HandlerRehearsed] = {}
    names = sorted(set(handlers) - set(migration.inside))  # what befalls dispatch befalls those in its tasks
    try:
        with closing(open_store(url)) as store:
            for name in names:
                latest = latest_rehearsed(store, migration.name, name)
                if latest is None:
                    objections[name] = (_wait(f"{name!r} was not rehearsed: {_call(name)}"),)
                elif dict(latest[0].versions) != now:
                    what = ", ".join(changes(latest[0].versions, now)) or "the code"
                    said = f"{name!r} was rehearsed before this changed: {what}; {_call(name)}"
                    objections[name] = (_wait(said),)
                else:
                    known[name] = latest[1]
    except StoreError as error:
        return Rehearsals(objections=dict.fromkeys(names, (_wait(f"no rehearsal can be read: {error}"),)))
    for name, one in known.items():
        objections[name] = tuple(_against(one, accepted))
    return Rehearsals(objections=objections, accepted=_accepted(known, accepted))


def _against(one: HandlerRehearsed, accepted: frozenset[str]) -> Iterator[Objection]:
    if not one.tried:
        yield _wait(f"the rehearsal of {one.handler!r} could try nothing: no message of it, or no result")
    for code, texts in _by_code(one).items():
        if code in accepted:
            continue
        more = f", and {len(texts) - 1} more" if len(texts) > 1 else ""
        said = f"the rehearsal of {one.handler!r} found {code}: {texts[0]}{more}; mend it, or --accept-finding {code}"
        yield Objection(answer=Answer.WAIT if code == UNTOLD else Answer.FAIL, said=said)


def _accepted(
    known: Mapping[str, HandlerRehearsed], accepted: frozenset[str]
) -> dict[str, Mapping[str, tuple[str, ...]]]:
    found = {name: {c: t for c, t in _by_code(one).items() if c in accepted} for name, one in known.items()}
    return {name: codes for name, codes in found.items() if codes}


def _by_code(one: HandlerRehearsed) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for finding in one.findings:
        found[finding.code].append(finding.text)
    return {code: tuple(texts) for code, texts in found.items()}


def _call(name: str) -> str:
    return f"call tasksplit rehearse {name} --messages FOLDER"


def _wait(said: str) -> Objection:
    return Objection(answer=Answer.WAIT, said=said)
