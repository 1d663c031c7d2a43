"""A payload that cannot be used is named with its reason, and the others go on."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tasksplit import Entry, Migration
from tasksplit.capture.arrival import MOST_LEVELS, message
from tasksplit.errors import DeclarationError, MessageError
from tasksplit.model.message import Refused
from tasksplit.replay.messages import MOST_BYTES, generated, of_folder, once

HERE = "tests.unit.replay.test_messages"


def _entry(name: str, accepts: Any) -> Entry:
    return Entry(name=name, legacy="a:b", split="a:c", accepts=accepts, arguments=lambda payload: {"event": payload})


def _raises(payload: Any) -> bool:
    return bool(payload["kind"] == "a")


def _key(payload: Any) -> Any:
    return payload["deep"]["key"]


MIGRATION = Migration(
    name="m",
    entries=[_entry("one", _raises), _entry("two", lambda payload: payload["kind"] == "b")],
    key=["$.repo.name", "$.id", _key],
    messages=f"{HERE}:generate",
)


def generate(seed: int, per_kind: int) -> Any:
    for n in range(per_kind):
        yield f"g{n}", {"kind": "a", "id": n % 3, "seed": seed}
    yield "bad", {"kind": "z"}


def _refused(folder: Path) -> dict[str, str]:
    _taken, refused = of_folder(MIGRATION, folder)
    return {r.name: r.said for r in refused}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("text", b"hello", "it is not JSON"),
        ("empty", b"", "it is empty"),
        ("blank", b" \n\t", "it is empty"),
        ("binary", b"\xff\xfe{}", "it is not JSON"),
        ("cut", b'{"kind": "a"', "it is not JSON"),
        ("nan", b'{"kind": NaN}', "it is not JSON"),
        ("large", b'{"kind": "a", "x": "' + b"x" * 5_000_000 + b'"}', f"more than {MOST_BYTES:,} bytes"),
        ("deep", b"[" * 200 + b"]" * 200, f"more than {MOST_LEVELS} levels"),
        ("very-deep", b"[" * 100_000 + b"]" * 100_000, ""),
        ("typed", b'{"kind": "a", "x": [{"__type__": "datetime", "__value__": "x"}]}', "__type__ and __value__"),
        ("unknown", b'{"kind": "c"}', "no entry of the migration accepts it"),
        ("list", b"[1, 2]", "accepts() raised TypeError"),
        ("null", b"null", "accepts() raised TypeError"),
        ("missing", b"{}", "accepts() raised KeyError"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / f"{name}.json").write_bytes(content)
    (tmp_path / "good.json").write_text('{"kind": "a"}')
    taken, refused = of_folder(MIGRATION, tmp_path)
    assert [m.id for m in taken] == ["good.json"]
    assert [r.name for r in refused] == [f"{name}.json"]
    assert reason in refused[0].reason
    assert "\n" not in refused[0].reason


def test_the_same_cause_is_counted_under_the_same_reason(tmp_path: Path) -> None:
    for name, content in (("a", "{"), ("b", '{"kind": '), ("c", "[1,,2]")):
        (tmp_path / f"{name}.json").write_text(content)
    _taken, refused = of_folder(MIGRATION, tmp_path)
    assert {r.reason for r in refused} == {"it is not JSON"}
    assert len({r.detail for r in refused}) == 3


def test_type_alone_is_a_payload_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"kind": "a", "x": {"__type__": "t"}}')
    assert _refused(tmp_path) == {}


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "dangling.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.json").mkdir()
    refused = _refused(tmp_path)
    assert refused["dangling.json"].startswith("it cannot be read: ")
    assert refused["folder.json"].startswith("it cannot be read: ")


def test_the_same_content_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"kind": "a", "n": 1}')
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.json").write_text('{"n":1,"kind":"a"}')
    (tmp_path / "c.json").write_text('{"kind": "a", "n": 1.0}')
    (tmp_path / "notes.txt").write_text("not a payload")
    taken, refused = of_folder(MIGRATION, tmp_path)
    assert [m.id for m in taken] == ["a.json", "c.json"]
    assert refused == [Refused(name="sub/b.json", reason="the same content as a message before it")]


def test_no_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="correct --messages"):
        of_folder(MIGRATION, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        ({"kind": "a", "repo": {"name": "r"}, "id": 3}, "r"),
        ({"kind": "a", "repo": {"name": ""}, "id": 3}, "3"),
        ({"kind": "a", "repo": {"name": None}, "id": 0}, "0"),
        ({"kind": "a", "repo": "text", "deep": {"key": "k"}}, "k"),
        ({"kind": "a", "repo": {"name": ["x"]}, "deep": {"key": True}}, None),
        ({"kind": "a"}, None),
    ],
)
def test_the_first_key_that_is_there_is_taken(payload: Any, key: str | None) -> None:
    assert message(MIGRATION, "m", payload).key == key


def test_a_message_goes_to_the_first_entry_that_accepts_it() -> None:
    assert message(MIGRATION, "m", {"kind": "b"}).entry == "two"
    assert message(MIGRATION, "m", {"kind": "a"}).digest != message(MIGRATION, "m", {"kind": "b"}).digest
    with pytest.raises(MessageError):
        message(MIGRATION, "m", {"kind": "c"})


def test_a_generator_is_asked_and_its_payloads_are_checked() -> None:
    taken, refused = generated(MIGRATION, per_kind=5, seed=7)
    assert [m.id for m in taken] == ["generated/g0", "generated/g1", "generated/g2"]
    assert {r.name: r.reason for r in refused}["generated/bad"] == "no entry of the migration accepts it"
    assert len(refused) == 3
    assert json.dumps(taken[0].payload) == '{"kind": "a", "id": 0, "seed": 7}'


def test_the_order_of_files_is_the_order_of_names(tmp_path: Path) -> None:
    for n in (3, 1, 2):
        (tmp_path / f"{n}.json").write_text(json.dumps({"kind": "a", "n": n}))
    assert [m.id for m in of_folder(MIGRATION, tmp_path)[0]] == ["1.json", "2.json", "3.json"]
    assert os.sep == "/"


def test_a_name_stands_for_one_message() -> None:
    first, second = (message(MIGRATION, "same", {"kind": "a", "n": n}) for n in (1, 2))
    taken, refused = once([first, second])
    assert taken == [first]
    assert refused[0].reason == "the same name as a message before it"
