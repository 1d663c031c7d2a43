"""What does pytest get from tasksplit? A migration as tests; workers and brokers of pytest-celery as processes."""

from __future__ import annotations

import pytest

_DOCKER_TOOLS = "docker_tools"  #: the plugin, which pytest-celery brings, whose client is replaced


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--tasksplit`` with its two, ``--engine`` and ``--engine-rabbitmq``."""
    group = parser.getgroup("tasksplit")
    group.addoption(
        "--tasksplit",
        metavar="MODULE:NAME",
        default="",
        help="a migration whose handlers and strata are tests, for example shadow.migration:migration",
    )
    group.addoption(
        "--tasksplit-messages",
        metavar="FOLDER",
        default="",
        help="JSON payloads, one a file; the messages that the migration generates come on top of them",
    )
    group.addoption(
        "--tasksplit-form",
        choices=("fixtures", "recordings"),
        default="fixtures",
        help="both sides in fixture worlds (the default), or the split replayed from recordings of legacy",
    )
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
    """Put our client in the place of Docker's, where anybody would ask for it; make tests of a migration."""
    config.addinivalue_line("markers", "tasksplit(handler): a handler, or one of its strata, of --tasksplit")
    if config.getoption("--tasksplit"):
        from tasksplit.pytest_plugin import migration  # it loads all of tasksplit, which other runs need not

        config.pluginmanager.register(migration.Gate(config), "tasksplit-gate")
    if config.getoption("--engine") == "process" and config.pluginmanager.hasplugin(_DOCKER_TOOLS):
        from tasksplit.pytest_plugin import engine  # costs nothing more where that plugin is loaded

        config.pluginmanager.register(engine, "tasksplit-engine")
