"""What of a replay leaves its process, and what do both sides know together?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tasksplit.capture.redacted import redacted, spread
from tasksplit.model.message import Message
from tasksplit.model.observation import Observation
from tasksplit.replay.done import Done
from tasksplit.replay.payloads import Payload
from tasksplit.wire.canonical import as_bytes, plain, restore
from tasksplit.wire.redaction import Redactor, Veil

if TYPE_CHECKING:
    from tasksplit.replay.side import Replayed


def hidden(replayed: Replayed, redactor: Redactor, payload: Any) -> Replayed:
    """Return what a side did on a message without its secrets; only the recording, which is replayed, keeps them."""
    veil = redactor.message(payload)
    done = None if replayed.done is None else _done(replayed.done, redactor, frozenset(veil.secrets))
    observations, failed = redacted(replayed.observations, veil)
    looked = {number: _payload(one, veil) for number, one in replayed.payloads.items()}
    text = veil.text
    return replace(
        replayed,
        observations=observations,
        harness_errors=(*map(text, replayed.harness_errors), *failed),
        alarms=tuple(replace(a, target=text(a.target), site=text(a.site)) for a in replayed.alarms),
        left=tuple(map(text, replayed.left)),
        runs=tuple(replace(run, instance=text(run.instance)) if run.instance else run for run in replayed.runs),
        payloads={number: _known(one, veil) for number, one in looked.items()},
        done=done,
        secrets=frozenset(veil.secrets),
        dropped=dict(veil.dropped),
    )


def alike(redactor: Redactor, *replayed: Replayed) -> tuple[Replayed, ...]:
    """Return replays of one message in which each has hidden what was found to be a secret in any of them.

    Else the same text could be hidden on one side and stand on the other, which would look like a difference.
    """
    secrets = frozenset().union(*(one.secrets for one in replayed))
    return tuple(one if one.secrets == secrets else _with(one, redactor, secrets) for one in replayed)


def _with(replayed: Replayed, redactor: Redactor, secrets: frozenset[str]) -> Replayed:
    veil = knowing(redactor, secrets)
    return replace(
        replayed,
        observations=spread(replayed.observations, veil),
        runs=tuple(replace(run, instance=veil.known(run.instance)) for run in replayed.runs),
        payloads={number: _known(one, veil) for number, one in replayed.payloads.items()},
        secrets=secrets,
    )


def knowing(redactor: Redactor, secrets: frozenset[str]) -> Veil:
    """Return what is hidden in a message of which these secrets are known."""
    veil = redactor.message(None)
    veil.spread(secrets)
    return veil


def shown(message: Message, redactor: Redactor) -> Message:
    """Return a message as it is counted and shown: its key and its payload without secrets."""
    veil = redactor.message(message.payload)
    payload = message.payload if veil.is_clean() else restore(veil.payload_content())
    return replace(message, payload=payload, key=None if message.key is None else veil.blanked(message.key))


def of_recording(observations: Sequence[Observation], redactor: Redactor, payload: Any) -> tuple[Any, frozenset[str]]:
    """Return what a worker recorded of a message without its secrets, and these."""
    veil = redactor.message(payload)
    return redacted(observations, veil)[0], frozenset(veil.secrets)


def _payload(payload: Payload, veil: Veil) -> Payload:
    content = veil.value(payload.content) if payload.content else b""
    return _with_content(payload, content, veil.text(payload.error) if payload.error else "")


def _known(payload: Payload, veil: Veil) -> Payload:
    content = veil.again(payload.content, observed=False) if payload.content else b""
    return _with_content(payload, content, veil.known(payload.error))


def _with_content(payload: Payload, content: bytes, error: str) -> Payload:
    same = content is payload.content and error == payload.error
    return payload if same else replace(payload, content=content, error=error)


def _done(done: Done, redactor: Redactor, known: frozenset[str]) -> Done:
    """Hide what the message itself shows to be secret: another run of it, held against this one, may see less."""

    def tree(value: Any) -> Any:
        veil = knowing(redactor, known)
        return plain(veil.again(veil.value(as_bytes(value)), observed=False))

    def text(said: str) -> str:
        return knowing(redactor, known).text(said)

    return replace(
        done,
        rows={text(place): [row[0], *map(tree, row[1:])] for place, row in done.rows.items()},
        calls=tuple((handler, text(said), tree(entry)) for handler, said, entry in done.calls),
        effects={handler: tuple(map(text, effects)) for handler, effects in done.effects.items()},
        struck=text(done.struck),
        undecided=text(done.undecided),
    )
