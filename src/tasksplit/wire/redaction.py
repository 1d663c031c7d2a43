"""What of a message may be kept, shown and sent on? Observations hold tokens where a secret stood.

A token is an HMAC of the secret: where two secrets are equal their tokens are, on both sides and in every process that
has the key, so contents compare with tokens as they did without. What was found to be a secret by its name, its form
or its path is then hidden wherever else it stands in the same message (``again``), since exceptions quote.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from tasksplit.errors import TasksplitError
from tasksplit.model.redact import Redact
from tasksplit.wire.canonical import as_bytes, canonical, plain
from tasksplit.wire.paths import Step, parsed
from tasksplit.wire.redaction_names import Names, folded
from tasksplit.wire.redaction_texts import SHORTEST, Texts, never, parts_of
from tasksplit.wire.redaction_tree import Hiding, Known, at_paths, each_text

_COMMON = frozenset(
    {
        "default", "enabled", "disabled", "bearer", "github", "gitlab", "oauth2", "public", "private", "required",
        "optional", "unknown", "string", "redacted", "verified", "unsigned", "password", "secret", "success",
        "failure", "returned",
    }
)  # fmt: skip
"""Words that stand under names of secrets without being any: hidden there, and left where else they stand."""
_MOST_LINES = 50_000
_LONG_LINE = 300  # characters
_OPAQUE = (b'"$bytes"', b'"$bytearray"', b'"$str"')  # what no search in the bytes sees into


class Redactor:
    """What is hidden, by a migration's declaration and a key? One for each process."""

    def __init__(self, declared: Redact | None = None, key: bytes | None = None) -> None:
        """``key``: of the run or the deployment; None: ``(hidden)`` stands for every secret, equal or not.

        Raises:
            DeclarationError: a path cannot be read.
        """
        declared = declared or Redact()
        self.names = Names(declared.names, declared.keep)
        more = [folded(name) for name in declared.names]
        self.texts = Texts(self.names, key, patterns=declared.patterns, more=more)
        self.blanks = Texts(self.names, None, patterns=declared.patterns, more=more)
        """What stands the same in every run: for what is counted by its text."""
        self.known = Known()
        self._lines: set[str] = set()  # of canonical forms, without anything to hide: most come again and again
        paths = [parsed(path) for path in declared.paths]
        self.of_payload = [_below(path, ("payload",)) for path in paths if _is_of(path, ("payload",))]
        self.of_content = [path for path in paths if _is_of(path, ("inputs", "outcome", "effects"))]

    def message(self, payload: Any) -> Veil:
        """Return what is hidden in one message."""
        return Veil(self, payload)

    def text(self, text: str) -> str:
        """Return a text of no message in particular, with a token for each secret that can be told by itself."""
        return self.texts.hidden(text)

    def hinted(self, content: bytes) -> Callable[[str], bool]:
        """Return ``Texts.within`` of a canonical form, in which a line is a member or an item."""
        new = set(map(str.lstrip, content.decode().split("\n"))) - self._lines
        hinted = self.texts.within("\n".join(new))
        if len(self._lines) > _MOST_LINES:
            self._lines.clear()
        self._lines.update(line for line in new if len(line) < _LONG_LINE and (hinted is never or not hinted(line)))
        return hinted

    def blank(self, content: bytes) -> bytes:
        """Return canonical bytes as they are the same in every run: ``(hidden)`` stands for what is hidden."""
        hiding = Hiding(self.names, self.blanks, Known(), found=lambda _secret: None, dropped=Counter())
        return as_bytes(hiding.visit(plain(content)))


class Veil:
    """What is hidden in one message? It learns while it hides: first ``content`` of all there is, then ``again``."""

    def __init__(self, redactor: Redactor, payload: Any) -> None:
        self._redactor = redactor
        self.dropped: Counter[str] = Counter()
        """What could not be looked into, by kind."""
        self.secrets: set[str] = set()
        """What was found, as it was: it leaves memory nowhere."""
        self._forms: dict[int, tuple[tuple[str, str, bytes], ...]] = {}
        redactor.known.bound()
        self._hiding = Hiding(redactor.names, redactor.texts, redactor.known, found=self.found, dropped=self.dropped)
        try:
            self._raw = canonical(payload)
            self._payload = self._hidden(self._raw, redactor.of_payload, self._hiding.visit)
        except TasksplitError:  # no JSON: then nothing of it is known, nor can it be shown
            self._raw = self._payload = b"null"
            self.dropped["payloads without a canonical form"] += 1

    def found(self, secret: str) -> None:
        """Hide a secret wherever else it stands, unless it is too short or too common to be told from other texts."""
        if _is_rare(secret):
            self.secrets.update(filter(_is_rare, parts_of(secret)))

    def payload(self) -> Any:
        """Return the message's payload as it may be shown: a tagged tree, which for most JSON is the value itself."""
        return plain(self.payload_content())

    def payload_content(self) -> bytes:
        """Return the message's payload as it may be shown, in canonical form."""
        return self.again(self._payload, observed=False)

    def is_clean(self) -> bool:
        """Return whether the payload itself may be shown."""
        return self.payload_content() == self._raw

    def content(self, content: bytes) -> bytes:
        """Return an observation's content with tokens for what is told by names, forms and paths."""
        return self._hidden(content, self._redactor.of_content, self._hiding.observed)

    def value(self, content: bytes) -> bytes:
        """Return any other canonical bytes with tokens for what is told by names and forms."""
        return self._hidden(content, (), self._hiding.visit)

    def text(self, text: str) -> str:
        """Return a text without what can be told by itself, or is known of this message."""
        return self.known(self._redactor.texts.hidden(text, self.found))

    def known(self, text: str) -> str:
        """Return a text without what is known of this message."""
        return self._without(text, self._redactor.texts)

    def blanked(self, text: str) -> str:
        """Return a text as ``text`` does, but the same in every run: ``(hidden)`` stands for what is hidden."""
        return self._without(self._redactor.blanks.hidden(text, self.found), self._redactor.blanks)

    def spread(self, secrets: Iterable[str]) -> None:
        """Hide also what was found elsewhere in the message: on the other side, for example."""
        self.secrets.update(secrets)

    def again(self, content: bytes, *, observed: bool = True) -> bytes:
        """Return what ``content`` gave, with tokens also where a secret stands that was found anywhere else.

        ``observed``: it is an observation's; else what ``value`` gave.
        """
        if not self._stands_in(content):
            return content
        return as_bytes(each_text(plain(content), self.known, observed=observed))

    def _hidden(self, content: bytes, paths: Sequence[tuple[Step, ...]], hide: Callable[[Any], Any]) -> bytes:
        texts = self._redactor.texts
        self._hiding.hinted = self._redactor.hinted(content)
        if not (paths or texts.always or self._hiding.hinted is not never or any(tag in content for tag in _OPAQUE)):
            return content
        return as_bytes(hide(at_paths(plain(content), paths, self._hiding.whole)))

    def _stands_in(self, content: bytes) -> bool:
        if any(tag in content for tag in _OPAQUE):
            return bool(self.secrets)
        return any(escaped in content for _form, _secret, escaped in self._known())

    def _without(self, text: str, texts: Texts) -> str:
        for form, secret, _escaped in self._known():
            if form in text:
                text = text.replace(form, texts.token(secret))
        return text

    def _known(self) -> tuple[tuple[str, str, bytes], ...]:
        """Return each way in which a secret may be written, with the secret and with its bytes; the longest first."""
        known = self._forms.get(len(self.secrets))
        if known is None:
            pairs = {form: secret for secret in sorted(self.secrets) for form in _written(secret)}
            ordered = sorted(pairs.items(), key=lambda pair: (-len(pair[0]), pair))
            known = tuple((form, secret, _in_bytes(form)) for form, secret in ordered)
            self._forms = {len(self.secrets): known}
        return known


def _is_rare(secret: str) -> bool:
    return len(secret) >= SHORTEST and len(set(secret)) > 3 and secret.lower() not in _COMMON


def _written(secret: str) -> set[str]:
    """Return the ways in which a secret is written in JSON, in Python and in URLs."""
    try:
        ways = {secret, orjson.dumps(secret).decode()[1:-1], quote(secret, safe=""), quote(secret), quote_plus(secret)}
    except (UnicodeEncodeError, TypeError):  # a lone surrogate
        ways = {secret}
    return ways | {repr(secret)[1:-1], ascii(secret)[1:-1]}


def _in_bytes(form: str) -> bytes:
    try:
        return orjson.dumps(form)[1:-1]
    except TypeError:  # a lone surrogate, which stands nowhere but under a tag
        return b'"$str"'


def _is_of(path: tuple[Step, ...], roots: tuple[str, ...]) -> bool:
    return path[0].deep or path[0].on in roots


def _below(path: tuple[Step, ...], roots: tuple[str, ...]) -> tuple[Step, ...]:
    return path[1:] if not path[0].deep and path[0].on in roots else path
