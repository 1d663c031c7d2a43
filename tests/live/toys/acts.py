"""What can the toy's code be told to do by a message? Acts, one after the other; the harmful ones are for the split."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from celery import current_app, current_task
from celery.exceptions import Ignore, Reject
from sqlalchemy.orm import Session

from tests.live.toys import world

BLOCK = 32 * 1024 * 1024  #: bytes


class Place:
    """In which handler of which message is it done?"""

    def __init__(self, ref: str, handler: str) -> None:
        self.ref, self.handler = ref, handler

    def letter(self, text: Any) -> None:
        world.letter(self.ref, self.handler, text)

    def object(self) -> None:
        world.letter(self.ref, self.handler, object())

    def row(self, state: str) -> None:
        with Session(world.engine) as session:
            build = session.query(world.Build).filter_by(ref=self.ref).one_or_none()
            if build is None:
                session.add(world.Build(ref=self.ref, state=state))
            else:
                build.state = state
            session.commit()

    def child(self, name: str) -> None:
        task_id = f"child-of-{current_task.request.id}"
        current_app.send_task(name, kwargs={"ref": self.ref}, task_id=task_id, queue=os.environ.get("TOY_QUEUE", "toy"))

    def value(self, what: Any) -> Any:
        return what

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    # --- ways in which a task ends ---------------------------------------------------------------------------------

    def fail(self, text: str) -> None:
        raise ValueError(text)

    def retry(self, times: int, most: int) -> None:
        if current_task.request.retries < times:
            raise current_task.retry(countdown=0, max_retries=most, exc=ValueError("again"))

    def ignore(self) -> None:
        raise Ignore

    def reject(self) -> None:
        raise Reject("unwanted", requeue=False)

    def requeue(self) -> None:
        if not (current_task.request.delivery_info or {}).get("redelivered"):
            raise Reject("later", requeue=True)

    def die_once(self) -> None:
        if not (current_task.request.delivery_info or {}).get("redelivered"):
            os._exit(9)

    # --- what harms the process that it runs in ---------------------------------------------------------------------

    def hang(self) -> None:
        time.sleep(3600)

    def hang_for_good(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGALRM})
        while True:
            pass

    def eat(self) -> None:
        eaten = []
        while True:
            eaten.append(bytearray(BLOCK))

    def leave(self) -> None:
        os._exit(3)

    def kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def segfault(self) -> None:
        signal.raise_signal(signal.SIGSEGV)

    def system_exit(self) -> None:
        sys.exit(4)

    def fork(self) -> None:
        if os.fork() == 0:
            os._exit(0)

    def run(self) -> None:
        subprocess.run(["/bin/true"], check=True)

    def fail_here(self) -> None:
        raise ValueError("only here")

    def connect(self) -> None:
        socket.create_connection(("127.0.0.1", 9), timeout=0.2)

    def write(self) -> None:
        with open(f"/tmp/tasksplit-toy-{os.getpid()}", "w", encoding="utf-8") as file:
            file.write("out")

    def close_all(self) -> None:
        os.closerange(3, 256)

    def recurse(self) -> None:
        self.recurse()

    def threads(self) -> None:
        for _ in range(50):
            threading.Thread(target=time.sleep, args=(3600,), daemon=False).start()


def perform(ref: str, handler: str, acts: Sequence[Sequence[Any]]) -> Any:
    """Do the acts; return what the last one returns that returns anything."""
    place, value = Place(ref, handler), None
    for name, *arguments in acts:
        act: Callable[..., Any] = getattr(place, name)
        value = act(*arguments) or value
    return value
