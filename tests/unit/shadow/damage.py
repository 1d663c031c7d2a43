"""In which ways can a message be damaged? What was shipped, and what is changed in it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

from hypothesis import strategies as st

LEGACY = Path(__file__).parents[3] / "legacy"
MESSAGES, PARSERS = LEGACY / "messages", LEGACY / "parser"
GONE = "(gone)"  # stands for a key that is taken away

Where = tuple[str | int, ...]
Change = tuple[Where, Any]

# what the parsers name; a key that none of them reads under any name is not worth a change
READ = frozenset(
    node.value
    for file in PARSERS.glob("*.py")
    for node in ast.walk(ast.parse(file.read_text()))
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value
)
TEXTS = [
    *(
        "",
        " ",
        "/",
        "//",
        "a/",
        "/b",
        "a/b",
        "a/b/c",
        ".",
        "..",
        "a b",
        "a?b#c",
        "%2F",
        "é/ü",
        "𝒳",
        "\u202e",
        "\x00",
        "\n",
    ),
    *("0" * 40, "0" * 64, "f" * 65, "x" * 255, "x" * 256, "1", "true", "null", "NaN", "1970-01-01"),
    *("2020-05-25T12:00:00+05:30", "refs/heads/", "refs/heads/a/b", "refs/tags/v1", "refs/", "refs", "master", "main"),
    *("/packit", "/packit build", "see\n/packit\u2003copr-build now\nplease", "/packit test", "/packit propose-update"),
    *("/packit-build", "packit build", "\u3000/packit build\u3000", "/packit\x00build", "/packit build/packit test"),
    *("https://github.com/a", "https://github.com/a/b.git", "https://gitlab.com/a/b/c", "http://[", "a.example/b/c"),
    *("https://git.centos.org/forks/a/b/c", "https://src.fedoraproject.org/rpms/a", "https://github.com:x/a/b"),
    *("opened", "created", "published", "edited", "reopen", "passed", "running", "OPEN", "CLOSED", "buildArch"),
    *("merge_request", "note", "push", "git.centos.org/git.receive", "git.centos.org/pull-request.tag.added"),
    *("org.fedoraproject.prod.copr.build.end", "org.fedoraproject.prod.git.receive", "srpm-builds", "accepted"),
    *("a/b/git", "service-admin"),
]
NUMBERS = [0, 1, 2, -1, 2**31 - 1, 2**31, 2**63, 10**30, -(10**30), 1.5, -0.5, 1e308, 253402300799, 253402300800.5]
SCALARS = st.one_of(
    st.sampled_from([None, True, False]),
    st.sampled_from(NUMBERS),
    st.sampled_from(TEXTS),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),  # half a surrogate pair is no JSON
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(READ)), inner, max_size=3),
    max_leaves=4,
)


TARGETS = st.sampled_from(
    ["fedora-stable", "fedora-32", "fedora-31-x86_64", "epel-8", "fedora-all", "fedora-30", "odd"]
)
METADATA: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "targets": st.lists(TARGETS, max_size=3) | TARGETS | VALUES,
        "dist_git_branches": st.lists(st.sampled_from(["fedora-all", "f32", "epel-6"]), max_size=2) | VALUES,
        "branch": st.just("master") | VALUES,
        "owner": st.just("somebody") | VALUES,
        "project": st.just("theirs") | VALUES,
        "scratch": VALUES,
    },
)
JOB = st.fixed_dictionaries(
    {
        "job": st.sampled_from(
            ["copr_build", "tests", "production_build", "propose_downstream", "sync_from_downstream"]
        ),
        "trigger": st.sampled_from(["pull_request", "commit", "release"]),
    },
    optional={"metadata": METADATA},
)
CONFIGS = st.fixed_dictionaries(
    {"jobs": st.lists(JOB, max_size=5), "specfile_path": st.just("the.spec")},
    optional={"notifications": VALUES, "downstream_package_name": VALUES, "spec_source_id": VALUES},
).map(json.dumps)


@dataclass(frozen=True, slots=True)
class Damage:
    """A shipped message, what stands where instead, and which package config is found instead of the drawn one."""

    message: str
    changes: tuple[Change, ...] = ()
    package_config: str | None = None

    @classmethod
    def of(cls, read: dict[str, Any]) -> Self:
        """Rebuild what was JSON."""
        changes = tuple((tuple(where), value) for where, value in read["changes"])
        return cls(read["message"], changes, read["package_config"])

    def payload(self) -> Any:
        damaged = deepcopy(shipped()[self.message])
        for where, value in self.changes:
            _put(damaged, where, value)
        return damaged


@cache
def shipped() -> dict[str, Any]:
    """The shipped messages by the names of their files."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(MESSAGES.glob("*.json"))}


@cache
def kinds() -> dict[str, list[str]]:
    """The names of the messages of each kind; what asks to look after a build comes from the service itself."""
    found: dict[str, list[str]] = {}
    for name in shipped():
        if name.startswith("babysit"):
            continue
        found.setdefault(name.partition("-")[0], []).append(name)
    return found


def shipped_as(kind: str, way: str) -> str:
    """The name of the first message of a kind that goes a way."""
    return next(name for name in kinds()[kind] if name.removeprefix(kind).lstrip("-0123456789") == way)


def _places(value: Any, where: Where = ()) -> Iterator[Where]:
    """Where something stands that somebody may read."""
    if isinstance(value, dict):
        inner: list[tuple[str | int, Any]] = [(key, value[key]) for key in value if key in READ]
    else:
        inner = list(enumerate(value)) if isinstance(value, list) else []
    for key, found in inner:
        yield (*where, key)
        yield from _places(found, (*where, key))


@cache
def places(message: str) -> list[Where]:
    return list(_places(shipped()[message]))


def _at(value: Any, where: Where) -> Any:
    for key in where:
        value = value[key]
    return value


def _put(value: Any, where: Where, what: Any) -> None:
    """Change one place, if it is still there."""
    *outer, last = where
    try:
        parent = _at(value, tuple(outer))
        if what == GONE:
            del parent[last]
        else:
            parent[last] = deepcopy(what)
    except (KeyError, IndexError, TypeError):
        return


@st.composite
def _borrowed(draw: st.DrawFn, message: str, where: Where) -> list[Change]:
    """What another message says under the same name, or under any other."""
    lender = draw(st.sampled_from(draw(st.sampled_from(list(kinds().values())))))
    same = [place for place in places(lender) if place[-1] == where[-1]] or places(lender) or [()]
    return [(where, _at(shipped()[lender], draw(st.sampled_from(same))))]


@st.composite
def _swapped(draw: st.DrawFn, message: str, where: Where) -> list[Change]:
    other = draw(st.sampled_from(places(message)))
    return [(where, _at(shipped()[message], other)), (other, _at(shipped()[message], where))]


@st.composite
def _respelled(draw: st.DrawFn, message: str, where: Where) -> list[Change]:
    """The same value wherever the message has it."""
    value, found = draw(SCALARS), _at(shipped()[message], where)
    return [(place, value) for place in places(message) if _at(shipped()[message], place) == found]


@st.composite
def _grafted(draw: st.DrawFn, message: str) -> list[Change]:
    """What another message has, too: as a whole, or where this one has nothing."""
    other = shipped()[draw(st.sampled_from(draw(st.sampled_from(list(kinds().values())))))]
    both = draw(st.booleans())
    return [((key,), value) for key, value in other.items() if both or key not in shipped()[message]]


def _changes(message: str) -> st.SearchStrategy[list[Change]]:
    key = st.sampled_from(sorted(READ))
    if not places(message):
        return st.tuples(st.tuples(key), VALUES).map(lambda change: [change])
    where = st.sampled_from(places(message))
    beside = st.tuples(where, key).map(lambda found: (*found[0][:-1], found[1]))
    return st.one_of(
        st.tuples(where, st.just(GONE)).map(lambda change: [change]),
        st.tuples(where, VALUES).map(lambda change: [change]),
        st.tuples(beside, VALUES).map(lambda change: [change]),
        where.flatmap(lambda place: _swapped(message, place)),
        where.flatmap(lambda place: _borrowed(message, place)),
        where.flatmap(lambda place: _respelled(message, place)),
        _grafted(message),
    )


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    """Some message of some kind, changed in up to three ways; at times with a package config that nobody drew."""
    message = draw(st.sampled_from(draw(st.sampled_from(list(kinds().values())))))
    changes = draw(st.lists(_changes(message), max_size=3))
    config = draw(st.none() | CONFIGS)
    return Damage(message, tuple(change for some in changes for change in some), config)
