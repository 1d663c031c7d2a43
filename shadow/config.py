"""How is this deployment of the service set up?"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceConfig:
    """The service's own settings: a YAML file named by SERVICE_CONFIG, else these defaults."""

    deployment: str = "stg"
    admins: frozenset[str] = frozenset({"service-admin"})
    server_name: str = "localhost:5000"
    copr_owner: str = "packit"
    fas_user: str = "packit"
    fas_password: str = "not-a-password"
    testing_farm_secret: str = "not-a-secret"
    notifications_url: str = "https://github.com/packit-service/notifications"
    bugzilla_url: str = "https://bugzilla.example"
    bugzilla_api_key: str = "not-a-key"
    pr_accepted_labels: frozenset[str] = frozenset({"accepted"})
    """Labels of a pull request on Pagure that ask for a bug."""
    keytab_path: str | None = None
    sandbox: str = "legacy.standin.srpm:build"
    """Dotted path of what builds source packages."""
    packaging: str = "legacy.standin.packit"
    """Dotted path of the packaging library."""

    # the front door
    webhook_secret: str = ""
    """Signs GitHub's webhooks; while it is empty no signature is right."""
    validate_webhooks: bool = True
    """False: GitHub's webhooks may come without a signature. A wrong one is still refused."""
    gitlab_webhook_tokens: frozenset[str] = frozenset()
    bus_token: str = ""
    """What the listeners of the message bus show; while it is empty none is let in."""
    body_limit: int = 1024 * 1024
    """Bytes."""
    dispatcher: str = "task.steve_jobs.dispatch_message"
    """The task that an event is sent to."""
    publish_seconds: float = 1.0
    """How long the broker may take to connect, and to answer."""
    sweep_after: float = 60.0
    """Seconds after which a stored event that nobody published is published by the sweeper."""
    sweep_batch: int = 100

    @property
    def site(self) -> str:
        """Where people look at logs and results."""
        return f"https://{'prod' if self.deployment == 'prod' else 'stg'}.packit.dev"

    @property
    def check_prefix(self) -> str:
        return "packit" if self.deployment == "prod" else "packit-stg"

    @property
    def bot_login(self) -> str:
        return f"packit-as-a-service{'' if self.deployment == 'prod' else '-stg'}[bot]"


def load(path: str | None) -> ServiceConfig:
    """Read the settings; names that are not ours belong to other services of the deployment."""
    raw: dict[str, Any] = yaml.safe_load(Path(path).read_text()) if path else {}
    known = {item.name for item in fields(ServiceConfig)}
    values = {name: value for name, value in raw.items() if name in known}
    for name in ("admins", "gitlab_webhook_tokens", "pr_accepted_labels"):
        if name in values:
            values[name] = frozenset(values[name])
    return ServiceConfig(**values)


@cache
def service_config() -> ServiceConfig:
    """The settings of this process, read once."""
    return load(os.environ.get("SERVICE_CONFIG"))
