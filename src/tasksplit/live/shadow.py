"""How does a shadow worker take recordings from the team's broker?

It is a Celery worker of its own, with one task and one queue; none of the team's tasks run in it.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from typing import Any

from celery import Celery

from tasksplit.live.sender import QUEUE, TASK, shadow_queue

_OF_THE_BROKER = (
    "broker_url", "broker_read_url", "broker_write_url", "broker_use_ssl", "broker_transport_options",
    "broker_login_method", "broker_heartbeat", "broker_native_delayed_delivery_queue_type",
)  # fmt: skip


def shadow_app(theirs: Celery, take: Callable[[bytes], None], *, queue: str = QUEUE) -> Celery:
    """Return the application of a shadow worker on the broker of ``theirs``; ``take`` gets each batch, sealed.

    A batch is acknowledged when ``take`` returns. Whatever it raises is logged by Celery, and the batch is gone: it is
    to say itself what it could not use.
    """
    app = Celery("tasksplit", set_as_current=False)
    app.conf.update({name: theirs.conf[name] for name in _OF_THE_BROKER if name in theirs.conf})
    app.conf.update(
        task_queues=[shadow_queue(queue)], task_default_queue=queue, task_create_missing_queues=False,
        task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1, accept_content=["json"],
        worker_hijack_root_logger=False, worker_send_task_events=False, broker_connection_retry_on_startup=True,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )  # fmt: skip

    @app.task(name=TASK, ignore_result=True, shared=False)  # type: ignore[untyped-decorator]  # Celery ships no types
    def replay(batch: Any) -> None:
        try:
            sealed = b64decode(batch)
        except (TypeError, ValueError):
            sealed = b""  # whoever sent it: counted as garbled by who takes it
        take(sealed)

    app.finalize()
    for name in [name for name in app.tasks if name != TASK and not name.startswith("celery.")]:
        app.tasks.unregister(name)  # those of the team's applications in this process: Celery shares them with all
    return app


def serve(app: Celery, *, name: str) -> int:
    """Take batches until a signal ends it, as any Celery worker does; return the exit code."""
    worker: Any = app.Worker(
        hostname=f"{name}@%h", pool="solo", concurrency=1, without_gossip=True, without_mingle=True, quiet=True,
        loglevel="WARNING",
    )  # fmt: skip
    worker.start()
    return int(worker.exitcode or 0)
