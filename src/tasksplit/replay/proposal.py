"""How is what was found written down, as a declaration that is ready to paste?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from tasksplit.replay.sights import Candidate, Found, Sight, SightKind

_OPEN = "migration = Migration("


def declaration(found: Found) -> str:
    """Return the Python text that declares what was seen and is not declared; empty when there is nothing."""
    world = list(_world(found))
    handlers = [c for c in found.candidates if not c.declared]
    if not world and not handlers:
        return ""
    short = found.task.partition(":")[2]
    names = ["Migration"]
    names += [n for n in ("Database", "Effect", "Http", "World") if any(f"{n}(" in line for line in world)]
    names += ["Handler"] if handlers else []
    lines = [f"from tasksplit import {', '.join(sorted(names))}", ""]
    lines += ["from shadow import views", ""] if handlers else []
    lines += [_OPEN, f"    name={_text(short)},", f"    legacy={_text(found.task)},"]
    lines += [f"    split={_text('shadow.tasks:' + short)},"]
    lines += world
    if handlers:
        lines += ["    handlers=[", *(line for c in named(handlers) for line in _handler(*c)), "    ],"]
    return "\n".join([*lines, ")"]) + "\n"


def named(candidates: Sequence[Candidate]) -> list[tuple[str, Candidate]]:
    """Return each candidate under a short name of its own, by its class or function."""
    taken: set[str] = set()
    named: list[tuple[str, Candidate]] = []
    for candidate in candidates:
        attributes = candidate.path.partition(":")[2].split(".")
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", attributes[-2] if len(attributes) > 1 else attributes[-1]).lower()
        name = name.removesuffix("_handler").strip("_") or attributes[-1]
        if name in taken:
            name = f"{name}_{attributes[-1]}"
        number = 2
        base = name
        while name in taken or name == "dispatch":
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        named.append((name, candidate))
    return named


def services(found: Found) -> dict[str, list[str]]:
    """Return dotted path of a client that is not declared -> what it was asked, in order of first call."""
    asked: dict[str, list[str]] = {}
    for sight in _undeclared(found, SightKind.HTTP):
        if sight.holder and sight.what not in asked.setdefault(sight.holder, []):
            asked[sight.holder].append(sight.what)
    return asked


def calls(found: Found) -> dict[str, list[str]]:
    """Return dotted path of a function that leaves the process by no known client -> what it did there."""
    by_client = {s.function for s in _undeclared(found, SightKind.HTTP) if s.holder}
    done: dict[str, list[str]] = {}
    for sight in _undeclared(found, SightKind.HTTP, SightKind.REFUSED):
        if sight.holder or not sight.function or sight.function in by_client:
            continue
        if sight.what not in done.setdefault(sight.function, []):
            done[sight.function].append(sight.what)
    return done


def _world(found: Found) -> Iterator[str]:
    engines = list(dict.fromkeys(s.holder for s in _undeclared(found, SightKind.DATABASE) if s.holder))
    parts: list[str] = []
    if engines:
        parts += ["        databases=[", *(_database(e, found.metadata.get(e, "")) for e in engines), "        ],"]
    if asked := services(found):
        parts.append("        services=[")
        parts += [f"            Http({_text(path)}),  # {_note(_by_host(whats))}" for path, whats in asked.items()]
        parts.append("        ],")
    if done := calls(found):
        parts.append("        calls=[")
        parts += [f"            Effect({_text(_short(at))}, at=[{_text(at)}]),  # {_note(w)}" for at, w in done.items()]
        parts.append("        ],")
    if parts and found.fixture:
        parts.append(f"        fixture={_text(found.fixture)},")
    if parts:
        yield from ("    world=World(", *parts, "    ),")


def _undeclared(found: Found, *kinds: SightKind) -> list[Sight]:
    return [s for s in found.sights if s.kind in kinds and not s.declared]


def _database(engine: str, metadata: str) -> str:
    default = engine.partition(":")[0] + ":Base"
    more = f", metadata={_text(metadata)}" if metadata and metadata != default else ""
    return f"            Database({_text(engine)}{more}),"


def _handler(name: str, candidate: Candidate) -> list[str]:
    return [
        "        Handler(",
        f"            {_text(name)},",
        f"            legacy={_text(candidate.path)},",
        f"            view=views.{name},",
        f"            split={_text('task.' + name)},",
        f"            implementation={_text(f'shadow.services:{name}')},",
        "        ),",
    ]


def _short(path: str) -> str:
    module, _, name = path.partition(":")
    return f"{module.rpartition('.')[2]}.{name}"


def _note(whats: Sequence[str]) -> str:
    more = f", and {len(whats) - 6} more" if len(whats) > 6 else ""
    return re.sub(r"[^\x20-\x7e]", "?", ", ".join(whats[:6])) + more


def _by_host(asked: Sequence[str]) -> list[str]:
    """Return ``host METHOD METHOD`` for each host."""
    methods: dict[str, list[str]] = {}
    for what in asked:
        method, _, url = what.partition(" ")
        methods.setdefault(url.partition("://")[2], []).append(method)
    return [f"{host} {' '.join(found)}" for host, found in methods.items()]


def _text(value: str) -> str:
    return json.dumps(value)
