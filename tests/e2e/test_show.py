"""A difference is planted, shown, and made into a test: which fails, and passes when the split is mended."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.planting import Edit, change, copy_of_the_example, plant, run

DEFECT = change(
    "building.py", '"list_on_homepage": bool(job and job.list_on_homepage),', '"list_on_homepage": False,'
)  # fmt: skip
MENDED = Edit(file=DEFECT.file, old=DEFECT.new, new=DEFECT.old)
MESSAGE = "pull_request-044-built-owned.json"
PATH = "$.effects.calls[2].body.list_on_homepage"
SECRET = "ghp" + "_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"  # never valid


def tasksplit(folder: Path, *arguments: str, module: str = "tasksplit") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=folder, env={**os.environ, "COLUMNS": "200"},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def pytest_of(folder: Path, file: str) -> tuple[int, str]:
    """Run that test as its team would: in a process of its own."""
    return tasksplit(folder, "-q", "-p", "no:cacheprovider", file, module="pytest")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A run over one message that differs, with a secret in its user's name; and the fingerprint."""
    folder = copy_of_the_example(tmp_path_factory.mktemp("show"), MESSAGE)
    plant(folder, (DEFECT,))
    message = folder / "messages" / MESSAGE
    payload = json.loads(message.read_text())
    payload["pull_request"]["user"]["login"] = payload["pull_request"]["head"]["repo"]["owner"]["login"] = SECRET
    message.write_text(json.dumps({**payload, "access_token": SECRET}))
    code, report, printed = run(folder, "--no-generate", "--form", "fixtures")
    assert report, printed
    assert code == 1, printed
    (found,) = [one["fingerprint"] for handler in report["handlers"] for one in handler["differences"]]
    return folder, found


def test_a_pair_is_shown_in_full_by_the_first_digits_and_marked_without_colour(planted: tuple[Path, str]) -> None:
    folder, fingerprint = planted
    code, printed = tasksplit(folder, "show", fingerprint[:4])
    assert code == 0, printed
    assert f"pr_copr_build $.effects.calls[*].body.list_on_homepage (value), 1 × {fingerprint}" in printed
    assert f"message {MESSAGE}, instance job 0, github pull request" in printed
    marked = [line.split() for line in printed.splitlines() if line[:1] in "-+~>" and "<-" in line]
    assert marked == [
        ["-", "body.list_on_homepage:", "true", "<-", fingerprint],
        ["+", "body.list_on_homepage:", "false", "<-", fingerprint],
    ]
    assert "\x1b" not in printed
    assert SECRET not in printed


def test_for_programs_it_is_one_document(planted: tuple[Path, str]) -> None:
    folder, fingerprint = planted
    code, printed = tasksplit(folder, "show", fingerprint, "--json")
    document = json.loads(printed)
    assert code == 0
    assert document["differences"][0]["path"] == PATH
    assert document["legacy"]["effects"]["calls"][2]["body"]["list_on_homepage"] is True
    assert document["split"]["effects"]["calls"][2]["body"]["list_on_homepage"] is False
    assert (document["handler"], document["messages"]) == ("pr_copr_build", [MESSAGE])


def test_it_becomes_a_small_test_that_fails_until_the_split_is_mended(planted: tuple[Path, str]) -> None:
    folder, fingerprint = planted
    code, printed = tasksplit(folder, "show", fingerprint, "--pytest", "tests/test_homepage.py")
    assert code == 0, printed
    assert f"fails as it should: value {PATH}: legacy True, split False" in printed
    assert "nothing more can be left out" in printed
    source = (folder / "tests" / "test_homepage.py").read_text()
    assert SECRET not in source + printed
    assert '"login": "X0xX0xX0x' in source  # half of its stand-in: some login is needed
    assert len(source) < 2_000 < (folder / "messages" / MESSAGE).stat().st_size / 3
    assert [name for name in os.listdir(folder / "tests") if name != "__pycache__"] == ["test_homepage.py"]

    code, said = pytest_of(folder, "tests/test_homepage.py")
    assert code == 1
    assert f"AssertionError: value {PATH}: legacy True, split False" in said

    code, refused = tasksplit(folder, "show", fingerprint, "--pytest", "tests/test_homepage.py")
    assert (code, "give --force" in " ".join(refused.split())) == (2, True)

    plant(folder, (MENDED,))
    try:
        code, said = pytest_of(folder, "tests/test_homepage.py")
        assert code == 0, said
        code, refused = tasksplit(folder, "show", fingerprint, "--pytest", "tests/test_gone.py")
        assert code == 2
        assert "pr_copr_build shows no difference; the code of split has changed since that run" in refused
        assert not (folder / "tests" / "test_gone.py").exists()
    finally:
        plant(folder, (DEFECT,))
