"""What handlers of both sides can do: a list of acts that the message carries, done one after the other."""

import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from celery import current_app, current_task
from celery.exceptions import Ignore, Reject
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tests.unit.replay.toy import world
from tests.unit.replay.toy.world import Build, notify

POOL = ThreadPoolExecutor(max_workers=1)
Inner = Callable[[dict[str, Any]], Any]  # runs or sends the handler that a step names


class Odd(Exception):
    """An exception of the user's own."""


class Unwritable:
    """A value that no message can hold."""


def perform(ref: str, acts: list[list[Any]], inner: Inner) -> Any:
    """Do the acts; return what the last ``value`` act says."""
    value = None
    with Session(world.engine) as session:
        for name, *arguments in acts:
            value = ACTS[name](session, ref, inner, *arguments) or value
    return value


def _build(session: Session, ref: str) -> Build:
    return session.query(Build).filter_by(ref=ref).one()


def row(session: Session, ref: str, _inner: Inner, state: str) -> None:
    _build(session, ref).state = state
    session.commit()


def take(session: Session, ref: str, _inner: Inner, who: str) -> None:
    build = _build(session, ref)
    if build.state == "new":  # a guard: the first one takes it
        build.state = who
        session.commit()
        notify(ref, f"taken by {who}")


def append(session: Session, ref: str, _inner: Inner, lock: bool = False) -> None:
    found = (
        session.query(Build).filter_by(ref=ref).with_for_update() if lock else session.query(Build).filter_by(ref=ref)
    )
    build = found.one()
    build.state += "+"  # read, and written later: whoever came between is overwritten
    session.commit()


def upsert(session: Session, ref: str, _inner: Inner) -> None:
    if session.query(Build).filter_by(ref=ref + "/new").one_or_none() is None:
        session.add(Build(ref=ref + "/new", state="made"))
        session.commit()


def insert(session: Session, ref: str, _inner: Inner) -> Any:
    build = Build(ref=ref + "/new", state="made")
    session.add(build)
    session.commit()
    return build.id


def assign(session: Session, ref: str, _inner: Inner, state: str) -> None:
    _build(session, ref).state = state  # and no commit


def shared_assign(_session: Session, ref: str, _inner: Inner, state: str) -> None:
    _build(world.scoped(), ref).state = state  # a session of the thread: whoever commits next commits this


def shared_commit(_session: Session, _ref: str, _inner: Inner) -> None:
    world.scoped.commit()


def flush_and_send(session: Session, ref: str, inner: Inner, step: dict[str, Any]) -> None:
    _build(session, ref).state = "flushed"
    session.flush()
    inner(step)
    session.commit()


def http(_session: Session, ref: str, _inner: Inner, path: str, body: Any = None) -> None:
    world.client.post(path, json={"ref": ref, "body": body})


def get(_session: Session, _ref: str, _inner: Inner, path: str) -> None:
    world.client.get(path)


def call(_session: Session, ref: str, _inner: Inner, text: Any) -> None:
    notify(ref, text)


def fresh(_session: Session, ref: str, _inner: Inner) -> None:
    notify(ref, {"id": str(uuid.uuid4()), "at": datetime.now().isoformat()})


def noisy(_session: Session, ref: str, _inner: Inner) -> None:
    notify(ref, list({f"name-{n}" for n in range(20)}))  # the order of a set is that of the hash seed


def fail(_session: Session, _ref: str, _inner: Inner, kind: str, text: str = "no") -> None:
    raise {"ValueError": ValueError, "KeyError": KeyError, "Odd": Odd}[kind](text)


def careless(session: Session, ref: str, inner: Inner, act: list[Any]) -> None:
    try:
        ACTS[act[0]](session, ref, inner, *act[1:])
    except Exception:  # noqa: BLE001  # as users write it
        return


def control(_session: Session, _ref: str, _inner: Inner, kind: str) -> None:
    raise {"ignore": Ignore(), "reject": Reject("no"), "exit": SystemExit(3), "interrupt": KeyboardInterrupt()}[kind]


def retry(_session: Session, _ref: str, _inner: Inner, countdown: float, times: int = 1) -> None:
    if current_task.request.retries < times:
        raise current_task.retry(countdown=countdown, max_retries=9, exc=ValueError("again"))


def stubborn(session: Session, ref: str, inner: Inner, act: list[Any]) -> None:
    try:
        ACTS[act[0]](session, ref, inner, *act[1:])
    except Exception as error:
        raise current_task.retry(countdown=30, max_retries=3, exc=error) from error


def finally_call(session: Session, ref: str, inner: Inner, act: list[Any]) -> None:
    try:
        ACTS[act[0]](session, ref, inner, *act[1:])
    finally:
        notify(ref, "at last")


def send(_session: Session, _ref: str, _inner: Inner, task: str, options: Any) -> None:
    current_app.send_task(task, **options)


def poison(_session: Session, _ref: str, _inner: Inner, task: str) -> None:
    current_app.send_task(task, kwargs={"x": {"__type__": "unheard of", "__value__": 1}})


def run(_session: Session, _ref: str, inner: Inner, step: dict[str, Any]) -> None:
    inner(step)


def thread(session: Session, ref: str, inner: Inner, act: list[Any], wait: bool = True) -> None:
    def work() -> None:
        if not wait:
            time.sleep(0.05)
        with Session(world.engine) as own:
            ACTS[act[0]](own, ref, inner, *act[1:])

    thread = threading.Thread(target=work)
    thread.start()
    if wait:
        thread.join()


def pool(_session: Session, ref: str, _inner: Inner) -> None:
    POOL.submit(notify, ref, "from a pool").result()


def leave(_session: Session, _ref: str, _inner: Inner) -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=0.2)


def database(_session: Session, _ref: str, _inner: Inner) -> None:
    create_engine("sqlite:////tmp/elsewhere.db").connect()


def end(_session: Session, _ref: str, _inner: Inner, how: str) -> None:
    if how == "exit":
        os._exit(3)
    if how == "kill":
        signal.raise_signal(signal.SIGKILL)
    if how == "close":
        os.closerange(3, 4096)  # wherever its pipe is
    time.sleep(60)


def value(_session: Session, _ref: str, _inner: Inner, what: Any) -> Any:
    return Unwritable() if what == "unwritable" else what


ACTS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        row, take, append, upsert, insert, stubborn, finally_call,
        assign, shared_assign, shared_commit,
        flush_and_send, http, get, call, fresh, noisy, fail, careless, control, poison, retry, run,
        send, thread, pool, leave, database, end, value,
    )
}  # fmt: skip
