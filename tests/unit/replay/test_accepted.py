"""Whatever is accepted comes back from the file as it was written; what is wrong with a file is said in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit import DeclarationError
from tasksplit.model.accepted import Acceptance
from tasksplit.model.verdict import Difference
from tasksplit.replay.accepted import accepted, read, today, write
from tasksplit.replay.declared import find
from tasksplit.replay.versions import versions
from tests.unit.gate.judging import difference

ONE = Acceptance(
    handler="pack", fingerprint="0123456789ab", because="a clock", by="ann", since=date(2026, 11, 1),
    until=date(2026, 12, 1), legacy="1" * 16, split="2" * 16,
)  # fmt: skip
ENTRY = """
[[accepted]]
handler = "pack"
fingerprint = "0123456789ab"
because = "a clock"
by = "ann"
since = 2026-11-01
until = 2026-12-01
legacy = "1111111111111111"
split = "2222222222222222"
ceiling = 0.05
shape = ""
"""

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12) | st.sampled_from(
    [
        '"',
        "'''",
        '"""',
        "a\\b",
        "\\u0041",
        "a\nb\r\n\tc",
        "\x00\x1f\x7f",
        "\x80\x9f\u2028\ufeff",
        "žluť 🦊",
        "#",
        "[[x]]",
    ]
)
said = texts.filter(lambda text: text.strip() != "")
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
acceptances = st.builds(
    lambda since, more, **fields: Acceptance(since=since, until=since + timedelta(more), **fields),
    days,
    st.integers(0, 1000),
    handler=said,
    fingerprint=said,
    because=said,
    by=said,
    legacy=said,
    split=said,
    ceiling=st.floats(0, 1, exclude_min=True) | st.just(1),
    shape=texts | st.just(""),
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accepted") / "accepted.toml"


@given(st.lists(acceptances, max_size=4, unique_by=lambda one: (one.handler, one.fingerprint)))
def test_whatever_text_it_is_it_comes_back(place: Path, entries: list[Acceptance]) -> None:
    write(place, entries)
    assert sorted(read(place), key=repr) == sorted(entries, key=repr)
    before = place.read_bytes()
    write(place, entries[::-1])
    assert place.read_bytes() == before  # a reviewer sees what changed alone


def test_without_a_file_nothing_is_accepted(tmp_path: Path) -> None:
    assert read(tmp_path / "accepted.toml") == ()


def test_it_is_written_as_a_reviewer_reads_it(place: Path) -> None:
    write(place, [ONE])
    assert place.read_text(encoding="utf-8").endswith(ENTRY)


@pytest.mark.parametrize("text", ["\ud800", "caf\udce9"])
def test_what_cannot_be_written_leaves_the_file_as_it_was(place: Path, text: str) -> None:
    """A shell hands over bytes that are no text as lone surrogates."""
    write(place, [ONE])
    with pytest.raises(
        DeclarationError, match=r"^Found .*accepted.toml that cannot be written .*surrogates not allowed"
    ):
        write(place, [ONE, replace(ONE, handler="ship", because=text)])
    assert read(place) == (ONE,)


def test_a_file_that_is_not_ours_to_write_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"^Found .* that cannot be written .* Expected .* To mend it: "):
        write(tmp_path, [ONE])


def without(line: str) -> str:
    return "".join(each for each in ENTRY.splitlines(keepends=True) if not each.startswith(line))


def changed(line: str, value: str) -> str:
    return without(line) + f"{line} = {value}\n"


WRONG = [
    ("[[accepted]\n", "that cannot be read"),
    ('[[accepted]]\nbecause = "\x7f"\n', "that cannot be read"),
    ("accepted = 1\n", "with accepted = ..."),
    ("[accepted]\n", "with accepted = ..."),
    ("version = 2\n" + ENTRY, "with 'version'"),
    ("accepted = [1]\n", "whose entry 1 is 1"),
    (ENTRY + 'who = "bob"\n', "whose entry 1 is {"),
    (ENTRY + ENTRY, "with 0123456789ab of pack twice"),
    (without("since"), "whose entry 1 has no day since"),
    (changed("until", '"2026-12-01"'), "whose entry 1 has no day until"),
    (changed("until", "2026-12-01T10:00:00"), "whose entry 1 has no day until"),
    (changed("until", "2026-10-31"), "accepted on 2026-11-01 until 2026-10-31"),
    (without("because"), "whose entry 1 has no because"),
    (without("legacy"), "whose entry 1 has no legacy"),
    (changed("because", '" "'), "an accepted difference without because"),
    (changed("by", "7"), "an accepted difference with by = 7"),
    (changed("legacy", "[]"), r"an accepted difference with legacy = \[\]"),
    (changed("shape", "{}"), "an accepted difference with shape = {}"),
    (changed("ceiling", "0"), "the ceiling 0 of 0123456789ab"),
    (changed("ceiling", "1.5"), "the ceiling 1.5"),
    (changed("ceiling", "nan"), "the ceiling nan"),
    (changed("ceiling", "true"), "the ceiling True"),
    (changed("ceiling", '"5 %"'), "the ceiling '5 %'"),
]


@pytest.mark.parametrize(("text", "found"), WRONG, ids=[found for _, found in WRONG])
def test_a_file_that_is_wrong_is_a_sentence(tmp_path: Path, text: str, found: str) -> None:
    place = tmp_path / "accepted.toml"
    place.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=f"(?s)^Found .*{found}.* Expected .* To mend it: "):
        read(place)


@pytest.mark.parametrize("spoil", [lambda place: place.mkdir(), lambda place: place.write_bytes(b"\xff\xfe")])
def test_so_is_one_that_is_no_text(tmp_path: Path, spoil: Callable[[Path], Any]) -> None:
    spoil(tmp_path / "accepted.toml")
    with pytest.raises(DeclarationError, match=r"^Found .* that cannot be read "):
        read(tmp_path / "accepted.toml")


# Beside a declaration


MIGRATION = """
from tests.unit.model.test_declaration import handler, migration as declared
migration = declared(handler("pack"), release="7")
"""
PATH = "accepting_toy:migration"


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the accepted differences of a declaration stand."""
    (tmp_path / "accepting_toy.py").write_text(MIGRATION)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "accepting_toy", raising=False)
    return tmp_path / "accepted.toml"


def why(*differences: Difference) -> str:
    return accepted(find(PATH), PATH).of("pack", differences)


def test_what_is_accepted_beside_the_declaration_holds_for_its_code_until_its_day(beside: Path) -> None:
    code = versions(find(PATH), PATH)
    one = replace(ONE, fingerprint="x", since=today(), until=today(), legacy=code["legacy"], split=code["split"])
    assert why(difference("x")) == ""
    write(beside, [one])
    assert why(difference("x")) == f"accepted by ann until {today()}: a clock"
    write(beside, [replace(one, split="6")])
    assert why(difference("x")) == ""
    write(beside, [replace(one, since=today() - timedelta(9), until=today() - timedelta(1))])
    assert why(difference("x")) == ""
    assert today() == datetime.now(UTC).date()


def test_a_handler_that_is_none_is_refused_with_those_that_there_are(beside: Path) -> None:
    write(beside, [replace(ONE, handler="gone")])
    with pytest.raises(DeclarationError, match=r"'gone'.* one of dispatch, pack"):
        accepted(find(PATH), PATH)
