"""Split one Celery task into many, one handler at a time, and prove each step."""

from tasksplit.errors import DeclarationError, TasksplitError
from tasksplit.model import rules
from tasksplit.model.decision import Bar
from tasksplit.model.migration import Database, Dispatch, Effect, Entry, Handler, Http, Migration, Read, World

__all__ = [
    "Bar",
    "Database",
    "DeclarationError",
    "Dispatch",
    "Effect",
    "Entry",
    "Handler",
    "Http",
    "Migration",
    "Read",
    "TasksplitError",
    "World",
    "rules",
]
