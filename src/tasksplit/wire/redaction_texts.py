"""What inside a text is a secret, told by its form or by the name before it?

Every expression here is linear in the length of a text: quantifiers before something that must follow are bounded, or
cannot begin in the middle of what they match.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from base64 import b64decode
from collections.abc import Callable, Sequence

from tasksplit.wire.redaction_names import NOTHING, NUMBERS_STAY, TOKEN, Names

SHORTEST = 6  #: characters of a secret that is looked for elsewhere
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_DRAWN = re.compile(r"new id [^\"]*?#\d+|[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}")

# told by their form: what is kept of it stands in the groups
_FORMS = (
    re.compile(r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}"),
    re.compile(r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w-]{16,}"),
    re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    re.compile(r"xox[a-z]-[\w-]{10,}|(?<=hooks\.slack\.com/services/)(?!token#)[\w/]+"),
    re.compile(r"AIza[\w-]{35}|(?<!\w)[srp]k_(?:live|test)_\w{16,}|(?<!\w)sk-[\w-]{32,}"),
    re.compile(r"(?<!\w)npm_[A-Za-z0-9]{30,}|(?<!\w)pypi-[\w-]{32,}"),
    re.compile(r"(?:(?<![\w-])|(?<=%[0-9A-Fa-f]{2}))eyJ[\w-]{6,}\.[\w-]{6,}\.[\w-]*"),
)
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY.*?(?:-----END [^-]{0,60}-----|\Z)", re.DOTALL)
_USERINFO = re.compile(r"(?<=://)[^/\s'\"<>?#]{1,2000}(?=@)")
_SCHEME = re.compile(r"\b(basic|bearer|token)(\s{1,4})([\w.~+/=-]{8,})", re.IGNORECASE)
_OPENING = re.compile(r"(?:[bBuUrRfF]{1,2}(?=\\{0,8}[\"']))?(\\{0,8}[\"']|&(?:quot|#3[49]);)?")
_FLAG = re.compile(r"(?<=--)([\w-]{1,60})(\s{1,4})([^\s-]\S*)")  # of a command line
_ELEMENT = re.compile(r"<([\w:.-]{1,60})(?:\s[^<>]{0,200})?>([^<>]+)(?=</)")  # of XML
_BARE = re.compile(r"[^\s&\"'<>|]+")
_LINE = re.compile(r"[^\r\n\"']+")
_PROSE = re.compile(r"[a-z]+|[A-Z]?[a-z]+\Z")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?\Z")
_NONE = frozenset({"null", "none", "nil", "true", "false", "undefined"})
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.]*\Z")
_CORES = (
    r"passw|passphrase|secret|token|cookie|credential|authori[sz]|oauth|signature|webauthn|auth|pwd|otp|mfa|[cx]srf|jwt"
    r"|hmac|salt|sid|pass|bearer|connection[-_ ]?string|recovery[-_ ]?code|session[-_ ]?id|key"
)
_WHOLE_LINES = ("authori", "cookie")
_NAME_BEFORE = 60  #: characters before a word that may belong to the name

_KEYS = (
    "api", "access", "private", "signing", "signature", "encryption", "ssh", "gpg", "pgp", "deploy", "master",
    "account", "service", "license", "hmac",
)  # fmt: skip
_KEY = re.compile("key(?:" + "|".join(f"(?<={word}key)|(?<={word}[-_ ]key)" for word in _KEYS) + ")")
# each begins with letters that are searched for quickly; no case is folded, since a capital letter ends a word
_WORDS = tuple(
    re.compile(rf"{word}(?![a-z])")
    for name in ("auth", "auths", "pass", "sid")
    for word in (name, name.capitalize(), name.upper())
)
_PREFIXES = (re.compile(r"gh[opusr]_"), re.compile(r"gl[a-z]{2,5}-"))
# one of these, or what ``within`` asks for, stands in small letters in every text with something to hide
_HINTS = (
    "passw", "passphrase", "secret", "token", "cookie", "credential", "authori", "oauth", "signature", "webauthn",
    "pwd", "otp", "mfa", "srf", "jwt", "hmac", "salt", "bearer", "connection", "recovery", "session", "github_pat_",
    "xox", "hooks.slack.com", "aiza", "k_live_", "k_test_", "sk-", "npm_", "pypi-", "eyj", "private key", "basic ",
    "akia", "asia", "abia", "acca",
)  # fmt: skip


class Texts:
    """What is hidden in a text, by form, by the name before it and by declared patterns?"""

    def __init__(
        self, names: Names, key: bytes | None, *, patterns: Sequence[str] = (), more: Sequence[str] = ()
    ) -> None:
        """``key``: that tokens are made with; None: ``(hidden)`` stands for all. ``more``: declared names, folded."""
        self._names, self._key = names, key
        self._patterns = [re.compile(pattern) for pattern in patterns]
        declared = [r"[-_ ]?".join(map(re.escape, name.split("_"))) for name in more]
        cores = "|".join([_CORES, rf"(?:{'|'.join(_KEYS)}) key", *declared])
        self._head = re.compile(
            rf"(?:{cores})[\w-]{{0,40}}(?:\\{{0,8}}[\"']|&(?:quot|#3[49]);|%2[27])?\s{{0,4}}(?:=>|[:=]|%3[AD])\s{{0,4}}",
            re.IGNORECASE,
        )
        self._hints = (*_HINTS, *(name.rsplit("_", 1)[-1] for name in more))
        self.always = bool(patterns)
        """Whether every text is to be looked at: what is declared may match anything."""

    def hinted(self, text: str) -> bool:
        """Return whether a text, or a canonical form, may have something to hide: quick, and never wrongly False."""
        return self.within(text)(text)

    def within(self, text: str) -> Callable[[str], bool]:
        """Return ``hinted`` for parts of a text: what it does not have none of them has."""
        lowered = text.lower()
        hints = [hint for hint in self._hints if hint in lowered]
        urls, keys = "@" in lowered and "://" in lowered, "key" in lowered and _KEY.search(lowered) is not None
        words = [word for word in (*_WORDS, *_PREFIXES) if word.search(text) is not None]
        if not (hints or urls or keys or words):
            return never

        def hinted(part: str) -> bool:
            low = part.lower()
            return (
                any(hint in low for hint in hints)
                or (urls and "://" in low)
                or (keys and "key" in low)
                or any(word.search(part) is not None for word in words)
            )

        return hinted

    def token(self, secret: str) -> str:
        """Return what stands for a secret: the same for the same secret and key, and nothing else can be told."""
        if not secret or TOKEN.fullmatch(secret):
            return secret
        if self._key is None:
            return "(hidden)"
        digest = hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()
        label = " (moment)" if MOMENT.fullmatch(secret) else " (id)" if _DRAWN.fullmatch(secret) else ""
        return f"token#{digest[:16]}{label}"

    def hidden(
        self, text: str, found: Callable[[str], None] = lambda _: None, hinted: Callable[[str], bool] | None = None
    ) -> str:
        """Return a text with a token for each secret in it; ``found`` is told those that may show up elsewhere.

        ``hinted``: of a longer text that this is a part of, see ``within``.
        """
        if (hinted or self.hinted)(text):
            text = self._by_form(text, found)
            text = self._by_name(text, found)
        for pattern in self._patterns:
            text = pattern.sub(lambda match: self._declared(match, found), text)
        return text

    def _declared(self, match: re.Match[str], found: Callable[[str], None]) -> str:
        group = 1 if match.re.groups and match[1] is not None else 0
        begin, end = match.start(group) - match.start(), match.end(group) - match.start()
        found(match[group])
        return match[0][:begin] + self.token(match[group]) + match[0][end:]

    # --- by form ------------------------------------------------------------------------------------------------------

    def _by_form(self, text: str, found: Callable[[str], None]) -> str:
        def whole(match: re.Match[str]) -> str:
            found(match[0])
            return self.token(match[0])

        if "PRIVATE KEY" in text:
            text = _PEM.sub(whole, text)
        if "@" in text:
            text = _USERINFO.sub(lambda match: self._userinfo(match[0], found), text)
        for form in _FORMS:
            text = form.sub(whole, text)
        return _SCHEME.sub(lambda match: self._scheme(match, found), text)

    def _userinfo(self, userinfo: str, found: Callable[[str], None]) -> str:
        if TOKEN.fullmatch(userinfo):
            return userinfo
        user, colon, password = userinfo.partition(":")
        found(password if colon else user)
        return f"{user}:{self.token(password)}" if colon else self.token(user)

    def _scheme(self, match: re.Match[str], found: Callable[[str], None]) -> str:
        scheme, value = match[1].lower(), match[3]
        if scheme == "basic":
            password = password_of(value)
            if not password:
                return match[0]
            found(password)
        elif _PROSE.fullmatch(value) or (scheme == "token" and not any(map(str.isdigit, value))):
            return match[0]
        found(value)
        return match[1] + match[2] + self.token(value)

    # --- by the name before it ----------------------------------------------------------------------------------------

    def _by_name(self, text: str, found: Callable[[str], None]) -> str:
        if "--" in text:
            text = _FLAG.sub(lambda match: self._named(match, match[1], match[3], found), text)
        if "</" in text:
            text = _ELEMENT.sub(lambda match: self._named(match, match[1].rpartition(":")[2], match[2], found), text)
        pieces: list[str] = []
        done = look = 0
        while (head := self._head.search(text, look)) is not None:
            value = self._value(text, head, look)
            if value is None:
                look = head.end()
                continue
            begin, end = value
            pieces += [text[done:begin], self.token(text[begin:end])]
            quoted = text[begin - 1 : begin] in ("'", '"')
            if quoted or any(map(str.isdigit, text[begin:end])):  # else it may be a word of the prose
                found(text[begin:end])
            done = look = end
        return "".join([*pieces, text[done:]]) if pieces else text

    def _named(self, match: re.Match[str], name: str, value: str, found: Callable[[str], None]) -> str:
        kind = self._names.of(name)
        known = value.strip().lower() in _NONE or TOKEN.fullmatch(value.strip()) is not None
        if kind == NOTHING or known or not value.strip() or (kind == NUMBERS_STAY and _is_harmless(value)):
            return match[0]
        found(value)
        return match[0][: len(match[0]) - len(value)] + self.token(value)

    def _value(self, text: str, head: re.Match[str], since: int) -> tuple[int, int] | None:
        """Return from where to where the value stands that a name announces; None where there is nothing to hide."""
        before = text[max(since, head.start() - _NAME_BEFORE) : head.start()]
        name = before[len(before.rstrip(_IN_NAMES)) :] + _named_by(head[0])
        kind = self._names.of(name)
        if kind == NOTHING:
            return None
        opening = _OPENING.match(text, head.end())
        assert opening is not None  # it matches the empty text
        begin, quote = opening.end(), opening[1]
        if TOKEN.match(text, begin) is not None:
            return None
        end = _closed(text, begin, quote) if quote else self._bare(text, head, name)
        value = text[begin:end]
        if not value or value.lower() in _NONE or (kind == NUMBERS_STAY and _is_harmless(value)):
            return None
        return begin, end

    def _bare(self, text: str, head: re.Match[str], name: str) -> int:
        drawn = _DRAWN.match(text, head.end())
        if drawn is not None:
            return drawn.end()
        bare = _BARE.match(text, head.end())
        if bare is None or bare[0][0] in "{[(" or bare[0].startswith("//"):
            return head.end()
        if any(word in name.lower() for word in _WHOLE_LINES) and (line := _LINE.match(text, head.end())):
            bare = line
        value = bare[0].rstrip(".,;:)]}\\ \t")
        if "." in name and head[0].endswith(":") and _IDENTIFIER.match(value):  # a dotted path of Python
            return head.end()
        return head.end() + len(value)


def never(_text: str) -> bool:
    """Return that there is nothing to hide: ``within`` gives it where no part needs to be looked at."""
    return False


_IN_NAMES = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
_NAME = re.compile(r"[\w. -]*")


def _named_by(head: str) -> str:
    """Return the name in what announces a value, without quotes and signs."""
    match = _NAME.match(head)
    return match[0].strip() if match else ""


def _is_harmless(value: str) -> bool:
    return MOMENT.fullmatch(value) is not None or _NUMBER.match(value) is not None or value.endswith(" (number)")


def _closed(text: str, begin: int, quote: str) -> int:
    """Return where a quoted text ends: at the same quote, escaped as often as the opening one is; else with all."""
    if quote[0] == "&":
        end = text.find(quote, begin)
        return end if end >= 0 else len(text)
    sign, escapes = quote[-1], len(quote) - 1
    look = begin
    while (end := text.find(sign, look)) >= 0:
        before = end - begin - len(text[begin:end].rstrip("\\"))
        if before == escapes or (not escapes and before % 2 == 0):
            return end - escapes
        look = end + 1
    return len(text)


def password_of(encoded: str) -> str:
    """Return the password of ``user:password`` in base64; empty where it is none."""
    try:
        _user, colon, password = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).partition(b":")
        return password.decode() if colon else ""
    except (binascii.Error, ValueError):
        return ""


def parts_of(secret: str) -> list[str]:
    """Return a value under a secret's name, and what of it may show up alone: after a scheme, of each cookie."""
    parts = [secret]
    scheme, space, rest = secret.partition(" ")
    if space and scheme.lower() in ("basic", "bearer", "token", "digest", "apikey", "negotiate"):
        parts += [rest, password_of(rest)] if scheme.lower() == "basic" else [rest]
    for piece in secret.split(";") if "=" in secret and "\n" not in secret else ():
        name, equals, value = piece.strip().partition("=")
        if equals and name.isascii() and name.replace("-", "").replace("_", "").isalnum():
            parts.append(value)
    return parts
