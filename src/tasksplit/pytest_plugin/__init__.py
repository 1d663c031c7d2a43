"""What does pytest get from tasksplit? Workers and brokers of pytest-celery as processes, where that is installed."""

from __future__ import annotations

import pytest

_DOCKER_TOOLS = "docker_tools"  #: the plugin, which pytest-celery brings, whose client is replaced


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--engine`` and ``--engine-rabbitmq``."""
    group = parser.getgroup("tasksplit")
    group.addoption(
        "--engine",
        choices=("process", "docker"),
        default="process",
        help="what runs the containers of pytest-celery: child processes (the default), or Docker",
    )
    group.addoption(
        "--engine-rabbitmq",
        metavar="URL",
        default="amqp://guest:guest@127.0.0.1:5672",
        help="the server that stands for each RabbitMQ container where the engine is 'process'",
    )


@pytest.hookimpl(trylast=True)  # after the client that it replaces
def pytest_configure(config: pytest.Config) -> None:
    """Put our client in the place of Docker's, where anybody would ask for it."""
    if config.getoption("--engine") == "process" and config.pluginmanager.hasplugin(_DOCKER_TOOLS):
        from tasksplit.pytest_plugin import engine  # costs nothing more where that plugin is loaded

        config.pluginmanager.register(engine, "tasksplit-engine")
