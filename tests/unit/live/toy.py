"""Which team's Celery do the tests act on? Its tasks are published to kombu's memory and run by Celery's own tracer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery
from celery.app.trace import build_tracer
from kombu.transport.memory import Channel

from tasksplit.live.claiming import guard
from tasksplit.live.cutover import Cutover, Settings
from tasksplit.live.noted import Noted, Tally
from tasksplit.live.waiting import Waiting
from tasksplit.model.message import Message
from tasksplit.model.migration import Entry, Handler, Migration
from tasksplit.model.rollout import Flag, Flags, Source, Stage, Terms
from tasksplit.rollout.snapshot import Local
from tasksplit.stores.claims_memory import MemoryClaimRecords
from tasksplit.stores.claims_protocol import ClaimRecords
from tasksplit.stores.claims_store import ClaimStore
from tasksplit.wire.header import Headers

SECRET = b"a secret of the tests, long enough"
HERE = "tests.unit.live.toy"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

app = Celery("toy", broker="memory://", backend=None)
app.conf.update(
    task_routes=(lambda name, *_rest, **_more: hooks.get(f"publish {name}", lambda: None)(),),
    task_acks_late=True, task_ignore_result=True, task_publish_retry=False, task_default_queue="toy",
    broker_connection_retry=False,
)  # fmt: skip

acted: list[tuple[str, str, str]] = []  # side, handler, message
now_at: list[Any] = []  # the one that answers at the boundaries of the message at work
hooks: dict[str, Callable[[], None]] = {}  # what a task does besides, by its name


@app.task(name="legacy.process", bind=True, max_retries=5)
def process(self: Any, event: dict[str, Any]) -> str:
    """Handle build, then test for each chroot."""
    if now_at[-1] is not None and now_at[-1].handed_over:
        return ""
    boundary("build", {"number": event["id"]})
    for chroot in event.get("chroots", ["x"]):
        boundary("test", {"number": event["id"], "chroot": chroot})
    hooks.get("legacy", lambda: None)()
    return "done"


def boundary(name: str, inputs: dict[str, Any]) -> None:
    """Stand where the boundary of a handler is installed in a worker."""
    handler = migration.handler(name)
    instance = str(inputs["chroot"]) if name == "test" else ""
    seen = None if hooks.get(f"view {name}") else inputs
    if now_at[-1] is None or not now_at[-1](handler, seen, instance if seen else ""):
        acted.append(("legacy", name + (f" {instance}" if instance else ""), str(inputs["number"])))
        hooks.get(name, lambda: None)()


@app.task(name="split.process")
def split_process(event: dict[str, Any]) -> None:
    """The split's dispatcher."""
    build.apply_async(kwargs={"number": event["id"]})


@app.task(name="split.build", bind=True, max_retries=5)
def build(self: Any, number: str) -> None:
    """Act for the split."""
    acted.append(("split", "build", str(number)))
    hooks.get("split.build", lambda: None)()


@app.task(name="split.test", bind=True)
def test_(self: Any, number: str, chroot: str) -> None:
    """Act for the split."""
    acted.append(("split", f"test {chroot}", str(number)))
    hooks.get("split.test", lambda: None)()


@app.task(name="plumbing", bind=True)
def plumbing(self: Any) -> None:
    """Be neither entry nor handler."""
    hooks.get("plumbing", lambda: None)()


migration = Migration(
    name="toy",
    entries=[
        Entry(
            name="message",
            legacy=f"{HERE}:process",
            split=f"{HERE}:split_process",
            accepts=lambda payload: True,
            arguments=lambda payload: {"event": payload},
        )
    ],
    handlers=[
        Handler(
            "build",
            legacy=f"{HERE}:boundary",
            view=lambda bound: bound,
            payload=lambda inputs: inputs,
            split="split.build",
            implementation=f"{HERE}:build",
        ),
        Handler(
            "test",
            legacy=f"{HERE}:process",
            view=lambda bound: bound,
            payload=lambda inputs: inputs,
            instance=lambda inputs: inputs["chroot"],
            split="split.test",
            implementation=f"{HERE}:test_",
        ),
    ],
)


def flags_of(*, changed_at: datetime = LONG_AGO, revision: int = 1, **stages: Stage) -> Flags:
    """Return flags that were set long ago; in canary all keys are the split's."""
    flags = {
        name: Flag(
            handler=name,
            stage=stage,
            changed_at=changed_at,
            terms=Terms(share=1.0 if stage is Stage.CANARY else 0.0, hashed_as=name),
        )
        for name, stage in stages.items()
    }
    return Flags(flags=flags, revision=revision, source=Source.STORE)


@dataclass(slots=True)
class Delivered:
    """What is in the queue?"""

    task: str
    headers: dict[str, Any]
    args: Any
    kwargs: Any
    redelivered: bool = False


@dataclass
class Worker:
    """A worker in this process: its snapshot of the flags, its claims, and what waits in the queue."""

    records: ClaimRecords = field(default_factory=MemoryClaimRecords)
    flags: Flags = field(default_factory=Flags)
    settings: dict[str, Any] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[], None] = lambda: None
    secret: bytes = SECRET

    def __post_init__(self) -> None:
        self.clock = 0.0
        self.claims = ClaimStore(self.records, redelivery=timedelta(hours=1))
        self.headers = Headers(self.secret, migration.name, migration.names)
        local = Local(lambda: self.flags, migration.name, max_age=1e9)
        local.close()  # no thread: it is told by refresh
        self.local = local
        self.cutover = self.anew()

    def anew(self) -> Cutover:
        """Return what a new process of this worker has; the one before is gone, and hears nothing any more."""
        before: Cutover | None = getattr(self, "cutover", None)
        if before is not None:
            before.parts.carried.uninstall()
        waiting = Waiting(self.tally, patience=5.0, pause=1.0, sleep=self._sleep, monotonic=lambda: self.clock)
        self.cutover = Cutover(
            migration, app, flags=self.local, claims=self.claims, headers=self.headers, note=self.tally,
            settings=Settings(**{"waiting": waiting, **self.settings}),
        )  # fmt: skip
        if before is not None:
            self.cutover.install()
        return self.cutover

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock += seconds
        self.on_sleep()

    def learn(self, flags: Flags) -> None:
        """Have the snapshot tell other flags."""
        self.flags = flags
        self.local.refresh()

    def count(self, what: Noted) -> int:
        """Return how often that was noted."""
        return self.tally.counts.get(what, 0)

    def run(self, one: Delivered) -> tuple[str, Any]:
        """Run one delivery by Celery's tracer; return its state, and what it gave."""
        task = app.tasks[one.task]
        undo = guard(task, self._around)
        try:
            tracer = build_tracer(one.task, task, app=app)
            request = {
                **one.headers, "args": one.args, "kwargs": one.kwargs, "hostname": "toy", "is_eager": False,
                "called_directly": False,
                "delivery_info": {"exchange": "", "routing_key": "toy", "redelivered": one.redelivered},
            }  # fmt: skip
            value, info, _, _ = tracer(one.headers["id"], one.args, one.kwargs, request)
        finally:
            undo()
        return ("SUCCESS", value) if info is None else (info.state, info.retval)

    @contextmanager
    def _around(self, task: Any) -> Iterator[None]:
        if task.name != "legacy.process":
            with self.cutover.claiming.around(task):
                yield
            return
        event = task.request.kwargs["event"]
        with self.cutover.message(task, message(task.request.id, event)) as divert:
            now_at.append(divert)
            try:
                yield
            finally:
                now_at.pop()


def message(task_id: str, event: dict[str, Any]) -> Message:
    """Return a message as a worker sees it."""
    return Message(id=task_id, payload=event, entry="message", key=event.get("key", "k"), digest=task_id)


def taken() -> list[Delivered]:
    """Take what waits in the queue."""
    found = []
    with app.pool.acquire(block=True) as connection:
        channel = connection.default_channel
        for name, queue in list(Channel.queues.items()):
            while queue.qsize():
                got = channel.basic_get(name, no_ack=True)
                args, kwargs, _ = got.decode()
                found.append(Delivered(task=got.headers["task"], headers=dict(got.headers), args=args, kwargs=kwargs))
    return found


def sent(event: dict[str, Any], **options: Any) -> Delivered:
    """Publish a message for legacy; return it as it arrives."""
    process.apply_async(kwargs={"event": event}, task_id=event["id"], **options)
    (one,) = taken()
    return one


def again(one: Delivered) -> Delivered:
    """Return a message as the broker delivers it once more."""
    return Delivered(task=one.task, headers=one.headers, args=one.args, kwargs=one.kwargs, redelivered=True)
