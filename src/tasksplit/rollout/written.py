"""How is a flag or a change written, for a store or a file? As one JSON text with its version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tasksplit.errors import DeclarationError, StoreError, sentence
from tasksplit.model.rollout import Change, Flag, Stage, Terms

VERSION = 1  #: of the texts below; another one is refused, never converted in passing

_UNREADABLE = (KeyError, TypeError, ValueError, DeclarationError)


def write_flag(flag: Flag) -> str:
    """Return a flag as a text."""
    return _dumped({"version": VERSION, **_flag(flag)})


def read_flag(text: str | bytes) -> Flag:
    """Return the flag of a text; raise ``StoreError`` where it is none of ours."""
    found = _loaded(text)
    try:
        return _flag_of(found)
    except _UNREADABLE as error:
        raise _not_ours(text, error) from error


def write_change(change: Change) -> str:
    """Return a change as a text."""
    told = {
        "version": VERSION,
        "handler": change.handler,
        "before": _flag(change.before),
        "after": _flag(change.after),
        "who": change.who,
        "why": change.why,
        "when": change.when.isoformat(),
        "evidence": change.evidence,
        "forced": change.forced,
    }
    return _dumped(told)


def read_change(text: str | bytes) -> Change:
    """Return the change of a text; raise ``StoreError`` where it is none of ours."""
    found = _loaded(text)
    try:
        return Change(
            handler=found["handler"],
            before=_flag_of(found["before"]),
            after=_flag_of(found["after"]),
            who=found["who"],
            why=found["why"],
            when=datetime.fromisoformat(found["when"]),
            evidence=found["evidence"],
            forced=found["forced"],
        )
    except _UNREADABLE as error:
        raise _not_ours(text, error) from error


def _flag(flag: Flag) -> dict[str, Any]:
    terms = flag.terms
    return {
        "handler": flag.handler,
        "stage": flag.stage.value,
        "share": terms.share,
        "allow": sorted(terms.allow),
        "deny": sorted(terms.deny),
        "salt": terms.salt,
        "hashed_as": terms.hashed_as,
        "revision": flag.revision,
        "changed_at": flag.changed_at.isoformat() if flag.changed_at else None,
    }


def _flag_of(found: Mapping[str, Any]) -> Flag:
    terms = Terms(
        share=found["share"],
        allow=frozenset(found["allow"]),
        deny=frozenset(found["deny"]),
        salt=found["salt"],
        hashed_as=found["hashed_as"],
    )
    return Flag(
        handler=found["handler"],
        stage=Stage(found["stage"]),
        terms=terms,
        revision=int(found["revision"]),
        changed_at=datetime.fromisoformat(found["changed_at"]) if found["changed_at"] else None,
    )


def _dumped(document: Mapping[str, Any]) -> str:
    # ASCII: a key with a lone surrogate must be storable too
    return json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _loaded(text: str | bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(text)
        told = found["version"]
    except (ValueError, KeyError, TypeError) as error:  # no JSON, no version, or not even an object
        raise _not_ours(text, error) from error
    if told != VERSION:
        raise StoreError(
            sentence(
                found=f"flags of version {told}",
                expected=f"version {VERSION}",
                do="use the tasksplit that wrote them; they were left as they are",
            )
        )
    return found


def _not_ours(text: str | bytes, error: Exception) -> StoreError:
    return StoreError(
        sentence(
            found=f"no flag and no change ({type(error).__name__}: {str(error)[:80]}) in {text[:80]!r}",
            expected="what tasksplit wrote",
            do="name another store or prefix; it was left as it is",
        )
    )
