"""What do the messages of the outside services look like? One module for each that sends some."""

from __future__ import annotations

from legacy.payloads import fedora, github, gitlab, pagure, testing_farm
from legacy.payloads.github import FULL, Payload

__all__ = ["FULL", "Payload", "fedora", "github", "gitlab", "pagure", "testing_farm"]
