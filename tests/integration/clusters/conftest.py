"""Which brokers, backends and workers do the clusters of these tests have? Toy services, on servers of their own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError
from pytest_celery import (
    CeleryTestBackend,
    CeleryTestBroker,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerContainer,
    RedisContainer,
)
from pytest_docker_tools import build, container, fxtr

HERE = Path(__file__).parent
QUEUE = f"toy-{uuid4().hex}"  # RabbitMQ is shared, with other runs too
RABBITMQ = os.environ.get("TASKSPLIT_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672")


class ToyContainer(CeleryWorkerContainer):
    """A worker of the old version."""

    @classmethod
    def worker_queue(cls) -> str:
        return QUEUE

    @classmethod
    def command(cls, *args: str, **_: Any) -> list[str]:
        options = ["--loglevel", "INFO", "-n", f"{cls.worker_name()}@%h", "-Q", cls.worker_queue()]
        return ["celery", "-A", "toy", "worker", *options, "--without-gossip", "--without-mingle", *args]


class NewContainer(ToyContainer):
    """A worker of the new version, beside one of the old."""

    @classmethod
    def worker_name(cls) -> str:
        return "new"

    @classmethod
    def worker_queue(cls) -> str:
        return f"{QUEUE}-new"


class ToySetup(CeleryTestSetup):
    @classmethod
    def update_app_config(cls, app: Celery) -> None:
        app.conf.update(task_default_queue=QUEUE, control_exchange=f"{QUEUE}-control")


old_image = build(path=str(HERE / "old"), tag="tasksplit/toy:old")
new_image = build(path=str(HERE / "new"), tag="tasksplit/toy:new")

default_worker_container = container(
    image="{old_image.id}",
    environment=fxtr("default_worker_env"),
    network="{default_pytest_celery_network.name}",
    command=fxtr("default_worker_command"),
    wrapper_class=ToyContainer,
)
new_container = container(
    image="{new_image.id}",
    environment=fxtr("default_worker_env"),
    network="{default_pytest_celery_network.name}",
    command=NewContainer.command("--pool", "solo"),
    wrapper_class=NewContainer,
)


@pytest.fixture
def new_worker(new_container: NewContainer, celery_setup_app: Celery) -> Iterator[CeleryTestWorker]:
    worker = CeleryTestWorker(new_container, app=celery_setup_app)
    yield worker
    worker.teardown()


@pytest.fixture
def pool() -> str:
    return "prefork"


@pytest.fixture
def default_worker_command(pool: str) -> list[str]:
    return ToyContainer.command("--pool", pool, "--concurrency", "2")


@pytest.fixture
def default_worker_env(celery_worker_cluster_config: dict[str, Any]) -> dict[str, str]:
    return {**ToyContainer.initial_env(celery_worker_cluster_config), "TOY_QUEUE": QUEUE}


@pytest.fixture
def celery_setup_cls() -> type[CeleryTestSetup]:
    return ToySetup


@pytest.fixture
def default_redis_broker_command() -> list[str]:
    return RedisContainer.command("--appendonly", "yes")


@pytest.fixture
def celery_backend(celery_redis_backend: CeleryTestBackend) -> CeleryTestBackend:
    return celery_redis_backend


@pytest.fixture(params=["redis", "rabbitmq"])
def celery_broker(request: pytest.FixtureRequest) -> Iterator[CeleryTestBroker]:
    if request.param == "rabbitmq" and request.config.getoption("--engine") == "process":
        request.getfixturevalue("of_ones_own_on_rabbitmq")
    broker = request.getfixturevalue(f"celery_{request.param}_broker")
    yield broker
    broker.teardown()


@pytest.fixture
def of_ones_own_on_rabbitmq(docker_client: Any) -> Iterator[None]:
    """Leave nothing on a server that others use."""
    docker_client.images.rabbitmq = RABBITMQ
    with Connection(RABBITMQ, connect_timeout=3) as connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0.1)
        except OperationalError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(f"no RabbitMQ at {connection.as_uri()}: {error}")
        yield
        for queue in (QUEUE, f"{QUEUE}-new"):
            with contextlib.suppress(*connection.channel_errors), connection.channel() as channel:
                channel.queue_delete(queue)
        names = ("{}", "{}-new", "{}-events", "{}-control.pidbox", "reply.{}-control.pidbox")
        for exchange in (name.format(QUEUE) for name in names):
            with contextlib.suppress(*connection.channel_errors), connection.channel() as channel:
                channel.exchange_delete(exchange)
