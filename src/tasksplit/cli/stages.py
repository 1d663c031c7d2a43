"""At which stage is each handler, for a report?"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from tasksplit.errors import StoreError
from tasksplit.model.migration import Migration
from tasksplit.stores.flags_protocol import open_flag_store

UNKNOWN = "unknown"


def stages(url: str, migration: Migration) -> Mapping[str, str]:
    """Return handler -> stage, as the store at ``url`` says it; ``unknown`` where it is away, nothing without a URL."""
    if not url:
        return {}
    try:
        with closing(open_flag_store(url, migration.name)) as store:
            flags = store.read()
    except StoreError:
        return dict.fromkeys(migration.names, UNKNOWN)
    return {name: flags.of(name).stage.value for name in migration.names}
