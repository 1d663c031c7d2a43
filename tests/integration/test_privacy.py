"""Does any secret get out of a run: into a file, a store or the terminal?"""

import html
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.hostile import BASIC_PASSWORD, SECRETS
from tests.integration import secret_toy
from tests.integration.secret_toy import HERE, OTHER

ROOT = Path(__file__).resolve().parents[2]
HIDDEN = {**SECRETS, "password in base64": BASIC_PASSWORD, "of one side": OTHER, "only legacy's": "only legacy's, 0815"}


def ways(secret: str) -> set[bytes]:
    """The ways in which a secret may stand in a file."""
    as_json, as_html = json.dumps(secret)[1:-1], html.escape(secret)
    texts = {secret, as_json, json.dumps(secret, ensure_ascii=False)[1:-1], as_html, html.escape(as_json)}
    texts |= {repr(secret)[1:-1], quote(secret, safe=""), json.dumps(as_json)[1:-1], html.escape(secret, quote=False)}
    return {text.encode() for text in texts}


def shown_in(content: bytes) -> set[str]:
    """Which secrets stand in it."""
    return {name for name, secret in HIDDEN.items() if any(way in content for way in ways(secret))}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run leaves behind."""
    base = tmp_path_factory.mktemp("privacy")
    found = secret_toy.written(base / "messages")
    left = base / "left"
    left.mkdir()
    command = [
        sys.executable, "-m", "tasksplit", "run", "--migration", f"{HERE}:migration", "--messages", str(found),
        "--reports", str(left / "reports"), "--store", f"sqlite:///{left / 'evidence.db'}",
    ]  # fmt: skip
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "TOY_DEFECT": "other argument", "COLUMNS": "4000", "NO_COLOR": "1",
    }  # fmt: skip
    done = subprocess.run(command, cwd=left, env=environment, capture_output=True, timeout=300, check=False)
    (left / "terminal.txt").write_bytes(done.stdout + done.stderr)
    assert (left / "reports" / "report.json").exists(), done.stderr.decode()[-2000:]
    assert done.returncode == 1
    return left


def test_no_secret_is_in_any_file_store_or_line(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"evidence.db", "report.json", "report.md", "terminal.txt"} <= {path.name for path in files}
    found = {path.name: shown_in(path.read_bytes()) for path in files}
    assert {name: secrets for name, secrets in found.items() if secrets} == {}


def test_the_sides_are_compared_all_the_same(folder: Path) -> None:
    """They differ where the secrets do, and agree about the rest; nothing was too odd to be looked into."""
    review = json.loads((folder / "reports" / "report.json").read_bytes())
    assert "token#" in json.dumps(review)
    assert review["dropped"] == {}
    assert not review["harness_errors"]
    build = next(one for one in review["handlers"] if one["name"] == "build")
    assert build["evidence"]["mismatch"] == len(list(secret_toy.messages()))
    assert build["evidence"]["undecided"] == 0
    shapes = {one["path"] for one in build["differences"]}
    assert {"$.inputs.db_password", "$.effects.calls[*].url"} <= shapes
    assert any(shape.startswith("$.inputs.acts") for shape in shapes)
    assert not any(shape.startswith(("$.effects.rows", "$.outcome")) for shape in shapes)


def test_the_secrets_were_there(folder: Path) -> None:
    """What the first test looks for stands in the messages, in one of the ways in which it looks."""
    given = b"".join(path.read_bytes() for path in (folder.parent / "messages").iterdir())
    assert shown_in(given) >= set(SECRETS)
