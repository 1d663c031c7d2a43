"""Does the engine answer what is asked of Docker's client, in its shapes?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker.errors import ImageNotFound, NotFound

from tasksplit.testing.child import ProcessError, free_port
from tasksplit.testing.engine import Engine
from tasksplit.testing.engine.container import Contained
from tests.unit.testing.processes import gone, until

SAY = "python -c \"import os; print(os.getcwd(), os.environ['WHERE'], flush=True)\""
STAY = 'python -c "import time; print(1, flush=True); time.sleep(300)"'


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("OF_THE_TESTS", "1")
    with Engine(environment={"PATH": "/usr/bin:/bin"}, rabbitmq=f"amqp://127.0.0.1:{free_port()}") as engine:
        yield engine


@pytest.fixture
def image(engine: Engine, tmp_path: Path) -> str:
    (tmp_path / "code.py").write_text("one = 1")
    image, log = engine.images.build(path=str(tmp_path), tag="toy:latest", rm=True)
    assert [*log] == []
    return image.id


def ended(container: Contained) -> tuple[int, str]:
    return container.wait(30)["StatusCode"], container.logs().decode().strip()


def test_a_container_runs_its_images_code(engine: Engine, image: str) -> None:
    made = engine.containers.run(
        image, "python -c \"import code, os; print(set(os.environ) - {'LC_CTYPE'})\"", detach=True
    )
    assert ended(made) == (0, "{'PATH'}")  # the other is set by Python itself
    environment = {"WHERE": "/app/x"}
    made = engine.containers.run("toy", SAY, environment=environment)
    code, said = ended(made)
    assert code == 0
    assert said.split()[1].endswith("/root/app/x")
    assert made.attrs["Config"]["Env"] == ["WHERE=/app/x"]


def test_its_life(engine: Engine, image: str) -> None:
    made = engine.containers.create(image, STAY, name="mine", labels={"a": "b"})
    assert (made.status, made.name, made.labels) == ("created", "mine", {"a": "b"})
    assert engine.containers.get("mine") is engine.containers.get(made.id) is made
    for act in (made.kill, lambda: made.exec_run("true")):
        with pytest.raises(ProcessError, match="the container mine, created, to be"):
            act()
    made.start()
    first = made.attrs["State"]["Pid"]
    made.start()  # it runs already
    assert (made.status, made.attrs["State"]["Pid"]) == ("running", first)
    assert made.exec_run("python -c 'import sys; print(5); sys.exit(7)'") == (7, b"5\n")
    code, said = made.exec_run(["sh", "-c", "echo $X; ls"], environment={"X": "/app"}, workdir="/app")
    assert (code, said.decode().splitlines()[0].endswith("/root/app"), b"code.py" in said) == (0, True, True)
    made.restart(timeout=5)
    assert gone(first)
    until(lambda: made.logs() == b"1\n1\n")
    made.kill("TERM")
    assert made.wait(30)["StatusCode"] == 143
    made.start()
    with pytest.raises(ProcessError, match="mine running"):
        made.remove()
    made.kill()
    assert (made.wait()["StatusCode"], made.status) == (137, "exited")
    made.remove(v=True)
    with pytest.raises(NotFound):
        made.reload()
    assert made.logs()
    again = engine.containers.create(image, STAY, name="mine")
    assert engine.containers.get("mine") is again
    assert engine.containers.list() == [again]


def test_one_that_cannot_start_is_not_waited_for(engine: Engine, image: str) -> None:
    made = engine.containers.run(image, "celery -A nothing worker --loglevel INFO")
    assert (made.status, made.wait()["StatusCode"]) == ("exited", 2)
    assert b"nothing" in made.logs()


def test_nothing_runs_after_it_is_closed(tmp_path: Path) -> None:
    with Engine(environment={}) as engine:
        image, _ = engine.images.build(path=str(tmp_path))
        made = engine.containers.run(image, STAY)
        pid = made.attrs["State"]["Pid"]
        said = made.exec_run("python -c 'import sys; print(sys.argv[1])' /app")[1].decode().strip()
        root = next(above for above in Path(said).parents if above.name.startswith("tasksplit-engine-"))
        assert root.is_dir()
    assert gone(pid)
    assert not root.exists()
    assert tmp_path.is_dir()  # the user's code was a link


def test_volumes_are_shared_by_name(engine: Engine, image: str) -> None:
    volume = engine.volumes.create("data", labels={"x": "1"})
    assert (engine.volumes.get("data"), engine.volumes.create("data")) == (volume, volume)
    assert volume.attrs["Labels"] == {"x": "1"}
    volumes = {"data": {"bind": "/data", "mode": "rw"}}
    assert ended(engine.containers.run(image, "sh -c 'echo 5 > /data/it'", volumes=volumes)) == (0, "")
    read = engine.containers.run(image, ["cat", "/data/it"], volumes=volumes)
    assert ended(read) == (0, "5")
    assert read.attrs["Mounts"][0]["Name"] == "data"
    read.remove()
    assert [file.name for file in Path(volume.attrs["Mountpoint"]).iterdir()] == ["it"]
    volume.remove(True)
    with pytest.raises(NotFound):
        engine.volumes.get("data")


def test_networks_are_names(engine: Engine, image: str) -> None:
    network = engine.networks.create("net", labels={"x": "1"})
    made = engine.containers.create(image, STAY, network=network.name)
    assert made.attrs["NetworkSettings"]["Networks"] == {"net": {"IPAddress": "127.0.0.1"}}
    assert engine.networks.list() == [network]
    network.remove()
    with pytest.raises(NotFound):
        engine.networks.get("net")


def test_files_that_are_not_there(engine: Engine, image: str) -> None:
    with pytest.raises(NotFound, match="No /nowhere"):
        engine.containers.create(image).get_archive("/nowhere")


def test_an_image_that_nobody_knows(engine: Engine) -> None:
    with pytest.raises(ImageNotFound, match=r"Found the image postgres:16\. Expected .*redis or rabbitmq"):
        engine.images.pull("postgres", "16")


def test_the_celery_that_an_image_asks_for_must_be_there(engine: Engine, tmp_path: Path) -> None:
    arguments = {"CELERY_VERSION": "4.4.7", "PYTHON": sys.executable}
    with pytest.raises(ProcessError, match=r"Found Celery \d.*Expected Celery 4\.4\.7"):
        engine.images.build(path=str(tmp_path), buildargs=arguments)


def test_what_a_process_cannot_follow_is_refused(engine: Engine, image: str) -> None:
    options: dict[str, Any] = {"mem_limit": "1g", "user": "nobody"}
    with pytest.raises(ProcessError, match="made with mem_limit, user"):
        engine.containers.run(image, STAY, **options)


def test_a_server_that_is_not_ours_is_asked_and_never_touched(engine: Engine) -> None:
    made = engine.containers.create("rabbitmq:latest")
    assert made.status == "exited"
    assert made.exec_run("cat /proc/net/tcp /proc/net/tcp6") == (0, b"")
    with pytest.raises(ProcessError, match=r"Found nobody at 127\.0\.0\.1:\d+, where rabbitmq:latest should be"):
        made.start()
    for act in (made.kill, made.restart, lambda: made.exec_run("ls"), lambda: made.put_archive("/", b"")):
        with pytest.raises(ProcessError, match="a server that was there before"):
            act()
    made.remove(force=True)
