"""Does a container see its own files, and is the user's code left as it is?"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasksplit.testing.child import ProcessError
from tasksplit.testing.engine.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "root").mkdir()
    return Places(tmp_path / "root")


@pytest.fixture
def code(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("code")
    return tmp_path / "code"


def packed(**files: str) -> bytes:
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz") as archive:
        for name, text in files.items():
            about = tarfile.TarInfo(name.replace("__", "/"))
            about.size = len(text)
            archive.addfile(about, io.BytesIO(text.encode()))
    return into.getvalue()


def test_code_is_linked_and_a_volume_hides_it(places: Places, code: Path, tmp_path: Path) -> None:
    places.link("/app", code)
    places.link("/app", code)  # the same again is the same
    assert (places.host("/app/app.py")).read_text() == "code"
    (tmp_path / "volume").mkdir()
    places.link("/app", tmp_path / "volume", hide=True)
    places.put("/app", packed(tasks="volume"))
    assert (tmp_path / "volume" / "tasks").read_text() == "volume"
    assert [file.name for file in code.iterdir()] == ["app.py"]


def test_a_volume_hides_files_and_folders(places: Places, code: Path, tmp_path: Path) -> None:
    places.link("/app/app.py", code / "app.py")
    (tmp_path / "volume").mkdir()
    places.link("/app", tmp_path / "volume", hide=True)
    assert [*places.host("/app").iterdir()] == []
    assert (code / "app.py").read_text() == "code"


@pytest.mark.parametrize("path", ["/app/extra", "/app"])
@pytest.mark.parametrize("hide", [True, False])
def test_nothing_is_put_into_the_users_code(places: Places, code: Path, path: str, hide: bool, tmp_path: Path) -> None:
    if hide and path == "/app":
        return  # a volume in the place of all the code
    (tmp_path / "other").mkdir()
    places.link("/app", code)
    with pytest.raises(ProcessError, match=f"Found two things at {path} "):
        places.link(path, tmp_path / "other", hide=hide)
    assert [file.name for file in code.iterdir()] == ["app.py"]


def test_words_that_are_its_paths(places: Places, code: Path) -> None:
    places.link("/app", code)
    places.link("/srv/it.py", code / "app.py")
    app, srv = places.host("/app"), places.host("/srv")
    shown = {
        "/app": f"{app}",
        "/app:/usr/lib:/srv": f"{app}:/usr/lib:{srv}",
        "--config=/app/x.py": f"--config={app}/x.py",
        "cat '/app/x'; ls /app": f"cat '{app}/x'; ls {app}",
        "/application": "/application",
        "redis://host:1/app": "redis://host:1/app",
        "x/app": "x/app",
    }
    assert {word: places.translated(word) for word in shown} == shown


@given(st.text())
def test_other_words_stay_as_they_are(word: str) -> None:
    assert Places(Path("/nowhere")).translated(word) == word


def test_what_is_put_is_got(places: Places) -> None:
    places.put("/data", io.BytesIO(packed(one="1", deep__two="2")))
    stream, about = places.get("/data")
    assert about["name"] == "data"
    with tarfile.open(fileobj=io.BytesIO(b"".join(stream))) as archive:
        files = {m.name: f.read() for m in archive.getmembers() if (f := archive.extractfile(m))}
    assert files == {"data/one": b"1", "data/deep/two": b"2"}


def test_an_archive_cannot_leave_its_folder(places: Places, tmp_path: Path) -> None:
    with pytest.raises(tarfile.FilterError):
        places.put("/data", packed(**{"..__..__..__out": "x"}))
    assert not [*tmp_path.rglob("out")]
