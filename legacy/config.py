"""How is this deployment of the service set up?"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

import yaml

from legacy import clients

SETS = frozenset({"admins", "gitlab_webhook_tokens", "pr_accepted_labels"})


@dataclass
class ServiceConfig:
    """The service's own settings: a YAML file named by SERVICE_CONFIG, else these defaults."""

    deployment: str = "stg"
    admins: set[str] = field(default_factory=lambda: {"service-admin"})
    server_name: str = "localhost:5000"
    copr_owner: str = "packit"
    fas_user: str = "packit"
    fas_password: str = "not-a-password"
    testing_farm_secret: str = "not-a-secret"
    notifications_url: str = "https://github.com/packit-service/notifications"
    webhook_secret: str = ""
    validate_webhooks: bool = True
    gitlab_webhook_tokens: set[str] = field(default_factory=set)
    bugzilla_url: str = "https://bugzilla.example"
    bugzilla_api_key: str = "not-a-key"
    pr_accepted_labels: set[str] = field(default_factory=lambda: {"accepted"})
    keytab_path: str | None = None

    _loaded: ClassVar[ServiceConfig | None] = None

    @classmethod
    def get(cls) -> ServiceConfig:
        """Load the settings once per process."""
        if cls._loaded is None:
            cls._loaded = cls.load(os.environ.get("SERVICE_CONFIG"))
        return cls._loaded

    @classmethod
    def load(cls, path: str | None) -> ServiceConfig:
        raw: dict[str, Any] = yaml.safe_load(Path(path).read_text()) if path else {}
        known = {item.name for item in fields(cls)}
        values = {name: value for name, value in raw.items() if name in known}
        for name in SETS & values.keys():
            values[name] = set(values[name])
        return cls(**values)

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

    def get_project(self, url: str) -> clients.Project:
        """A lazy proxy: a wrong URL fails at its first use."""
        return clients.Project(url)
