"""Which messages of a worker are recorded, which are counted only, and does legacy run whatever happens to us?"""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from celery import signals
from celery.app.trace import build_tracer

from tasksplit.errors import DeclarationError
from tasksplit.live.counters import Count, Counters
from tasksplit.live.folder import of_waits
from tasksplit.live.install import Installed, OnWorker, Options, install
from tasksplit.live.outbox import Outbox
from tasksplit.live.secrets import Secrets
from tasksplit.live.sender import QUEUE
from tasksplit.live.waited import total
from tasksplit.model.migration import Migration
from tasksplit.model.rollout import Flags, Stage
from tasksplit.rollout.snapshot import Local
from tasksplit.stores.flags_protocol import open_flag_store
from tasksplit.testing.flag_store_contract import change
from tasksplit.worlds.sink import ACTIVE
from tests.unit.live import recorded_toy as toy
from tests.unit.live.recorded_toy import hooks, raises
from tests.unit.live.toy import flags_of

KEY = b64encode(bytes(32)).decode()
SHADOW = flags_of(build=Stage.SHADOW)


class Worker:
    """A worker in this process, with tasksplit installed on it."""

    def __init__(self, folder: Path, migration: Migration, flags: Callable[[], Flags], **parts: Any) -> None:
        options = Options(folder=folder)
        own = Installed(toy.app, migration, store="memory:", secrets=Secrets(keys=(KEY,)), options=options)
        whole = own._wired(migration)
        self.replaced = whole.flags
        """Those that the cutover would ask: their thread ends with the test too."""
        wired = replace(whole, flags=Local(flags, migration.name, max_age=1e9), **parts)
        self.counters = wired.counters
        self.installed = OnWorker(toy.app, migration, wired)

    @property
    def sent(self) -> int:
        """Take the batches that wait for a shadow worker; return how many there were."""
        with toy.app.connection_for_read() as connection:
            return int(connection.default_channel.queue_purge(QUEUE) or 0)

    def run(self, ref: str = "r", *, retries: int = 0, redelivered: bool = False, **more: Any) -> Any:
        """Run one delivery by Celery's own tracer; return what the task returned, or the error that it raised."""
        task, kwargs = toy.process, {"event": {"ref": ref, "key": "k"}, **more}
        request = {
            "id": f"m-{ref}", "args": (), "kwargs": kwargs, "is_eager": False, "called_directly": False,
            "retries": retries, "delivery_info": {"redelivered": redelivered}, "hostname": "toy", "ignore_result": True,
        }  # fmt: skip
        value, failed, _, _ = build_tracer(task.name, task, app=toy.app)(f"m-{ref}", (), kwargs, request)
        return value if failed is None else failed.retval

    @property
    def counts(self) -> dict[str, int]:
        """Return what was counted, without zeros."""
        return {count.value: number for count in Count if (number := self.counters.of(count))}


@contextmanager
def working(
    folder: Path, flags: Flags | Callable[[], Flags] = SHADOW, *, migration: Migration = toy.migration, **parts: Any
) -> Iterator[Worker]:
    with toy.recording() as others:
        others.recorder.uninstall()
        worker = Worker(folder, migration, flags if callable(flags) else lambda: flags, **parts)
        worker.installed.install()
        try:
            yield worker
        finally:
            hooks.clear()
            worker.installed.uninstall()
            worker.counters.close()
            worker.replaced.close()
            assert worker.sent >= 0  # others look at all queues of this memory
            others.recorder.install()
            ACTIVE.by_process()


def test_legacy_is_recorded_while_a_handler_is_in_shadow(tmp_path: Path) -> None:
    with working(tmp_path) as worker:
        assert worker.run("a") == "built a"
        assert worker.run("b") == "built b"
        worker.installed.end()
        assert worker.counts == {"received": 2, "handed_over": 2, "written": 2}
        assert worker.sent == 1


@pytest.mark.parametrize("flags", [Flags(), flags_of(build=Stage.OFF), flags_of()], ids=["unknown", "off", "none"])
def test_while_all_are_off_nothing_is_recorded_and_nothing_counted(tmp_path: Path, flags: Flags) -> None:
    with working(tmp_path, flags) as worker:
        assert worker.run() == "built r"
        assert worker.counts == {}


def test_what_came_before_may_be_half_done_and_is_counted_only(tmp_path: Path) -> None:
    with working(tmp_path) as worker:
        assert worker.run("a", retries=1) == "built a"
        assert worker.run("b", redelivered=True) == "built b"
        assert worker.counts == {"received": 2, "sampled_out": 2}


def test_a_task_that_is_called_as_a_function_is_no_message(tmp_path: Path) -> None:
    with working(tmp_path) as worker:
        assert toy.process({"ref": "r"}) == "built r"
        assert worker.counts == {}


def test_what_legacy_raises_is_what_celery_sees(tmp_path: Path) -> None:
    error = ValueError("no")
    with working(tmp_path) as worker:
        hooks["build"] = raises(error)
        assert worker.run() is error
        worker.installed.end()
        assert worker.counts == {"received": 1, "handed_over": 1, "written": 1}


def entry(**changes: Any) -> Migration:
    """Return the migration with another entry."""
    first = toy.migration.entries[0]
    return replace(toy.migration, entries=[replace(first, **changes)], legacy="", split="")


UNCLEAR: dict[str, dict[str, Any]] = {
    "not among them": {"arguments": lambda payload: {"event": payload["inner"]}},
    "payload raises": {"payload": lambda given: given["away"]},
}


@pytest.mark.parametrize("changes", UNCLEAR.values(), ids=UNCLEAR)
def test_where_the_payload_cannot_be_told_legacy_runs_and_it_is_counted(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with working(tmp_path, migration=entry(**changes)) as worker:
        assert worker.run() == "built r"
        assert worker.counts == {"received": 1, "failed": 1}


def test_a_task_that_is_called_wrongly_fails_as_ever(tmp_path: Path) -> None:
    with working(tmp_path) as worker:
        assert "unexpected keyword argument 'more'" in str(worker.run(more=1))


def numbered(payload: Any) -> Migration:
    """Return the migration with an entry whose payload is this one, whatever came."""
    return entry(payload=lambda given: payload)


def test_beyond_shadow_a_payload_that_can_be_no_message_is_legacys(tmp_path: Path) -> None:
    declared = numbered({"number": 2**70})
    store = f"sqlite:///{tmp_path}/store.db"
    with closing(open_flag_store(store, declared.name)) as flags:
        known = flags.read()
        flags.apply([change(known, "build", Stage.LIVE)], known.revision)
    own = Installed(toy.app, declared, store=store, secrets=Secrets(keys=(KEY,)), options=Options(folder=tmp_path))
    wired = own._wired(declared)
    with working(tmp_path, migration=declared, cutover=wired.cutover) as worker:
        assert wired.flags.start(60.0)
        try:
            assert worker.run() == "built r"
        finally:
            wired.flags.close()
            wired.cutover.parts.claims.close()


class NoThreads(Outbox):
    """What is there where the system gives no more threads."""

    def start(self) -> None:
        raise RuntimeError("can't start new thread")


def test_where_our_threads_cannot_start_legacy_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    counters = Counters(tmp_path / "other")
    outbox = NoThreads(lambda sealed: None, b"".join, counters)
    with working(tmp_path, outbox=outbox) as worker:
        assert (worker.run("a"), worker.run("b")) == ("built a", "built b")
        assert worker.counts["received"] == 2
    assert caplog.text.count("tasksplit has not started") == 1
    counters.close()


def test_no_message_of_a_pool_of_threads_goes_past_before_the_flags_are_known(tmp_path: Path) -> None:
    asked, answer = threading.Event(), threading.Event()
    came: list[Any] = []

    def read() -> Flags:
        asked.set()
        assert answer.wait(60)
        return SHADOW

    with working(tmp_path, read) as worker:
        threads = [threading.Thread(target=lambda ref=ref: came.append(worker.run(ref))) for ref in "ab"]
        threads[0].start()
        assert asked.wait(60)
        threads[1].start()
        threads[1].join(0.2)  # time enough to go past, if it could
        assert came == []
        answer.set()
        for thread in threads:
            thread.join(60)
        assert sorted(came) == ["built a", "built b"]
        assert worker.counts["received"] == 2


def test_uninstalled_the_task_is_the_users_own(tmp_path: Path) -> None:
    before = toy.process.run
    with working(tmp_path) as worker:
        assert toy.process.run is not before
        worker.run()
        worker.installed.uninstall()
        assert toy.process.run is before
        assert worker.run("a") == "built a"
        assert worker.counts["received"] == 1


# --- the one line -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", [], ["", KEY], "no base64!", b64encode(bytes(16)).decode()])
def test_without_a_key_nothing_is_installed(key: Any) -> None:
    with pytest.raises(DeclarationError, match="Found "):
        install(toy.app, toy.migration, store="memory:", key=key)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    """Yield what is installed; nothing of it stays connected."""
    watched = (
        signals.worker_init, signals.worker_ready, signals.worker_process_init, signals.worker_process_shutdown,
        signals.worker_shutdown,
    )  # fmt: skip
    before = [list(signal.receivers or ()) for signal in watched]
    yield install(toy.app, toy.migration, store="memory:", key=KEY, options=Options(folder=tmp_path))
    for signal, receivers in zip(watched, before, strict=True):
        signal.receivers = receivers


class Starting:
    """A worker of Celery that starts."""

    def __init__(self, app: Any) -> None:
        self.app = app


def test_in_a_process_that_is_no_worker_nothing_is_wrapped(installed: Installed) -> None:
    run = toy.process.run
    signals.worker_init.send(sender=Starting(object()))  # of another application
    signals.worker_process_init.send(sender=None)
    assert toy.process.run == run


def test_a_worker_that_starts_is_prepared_and_ends(installed: Installed) -> None:
    run = toy.process.run
    with toy.recording() as others:
        others.recorder.uninstall()
        signals.worker_init.send(sender=Starting(toy.app))
        worker = installed.prepare()
        try:
            assert worker is installed.prepare()
            assert toy.process.run != run
            signals.worker_process_init.send(sender=None)
            assert worker._begun_in == os.getpid()
            signals.worker_process_shutdown.send(sender=None, pid=1, exitcode=0)
            assert worker._begun_in == 0
        finally:
            worker.uninstall()
            others.recorder.install()
    assert toy.process.run == run


def test_how_long_the_splits_tasks_waited_is_counted_in_the_folder(tmp_path: Path) -> None:
    with working(tmp_path) as worker:
        worker.installed.begin()
        assert [path.suffix for path in of_waits(tmp_path, toy.migration.name).iterdir()] == [".waits"]
        worker.installed._parts.cutover.claiming.waited("build", 1.0)
        assert total(of_waits(tmp_path, toy.migration.name))["build"].seconds.count == 1


@pytest.mark.parametrize("declared", [f"{toy.HERE}:app", f"{toy.HERE}:nothing", "no.such:migration"])
def test_where_the_declaration_is_none_a_worker_starts_without_us(
    declared: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = toy.process.run
    broken = Installed(
        toy.app, declared, store="memory:", secrets=Secrets(keys=(KEY,)), options=Options(folder=tmp_path)
    )
    with pytest.raises(DeclarationError, match="Found "):
        broken.prepare()
    broken._worker_starts(Starting(toy.app))
    assert "legacy runs unrecorded" in caplog.text
    assert toy.process.run == run
