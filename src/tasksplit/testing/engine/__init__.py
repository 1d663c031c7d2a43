"""How do the containers of pytest-celery run where there is no Docker? As child processes of this one."""

from tasksplit.testing.engine.client import Engine

__all__ = ["Engine"]
