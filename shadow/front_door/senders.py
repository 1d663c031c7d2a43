"""Who may send? Each kind of sender shows something of its own; it is compared in constant time."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any

from shadow.config import ServiceConfig
from shadow.front_door.problems import ProblemError

_SIGNATURES = (("x-hub-signature-256", "sha256"), ("x-hub-signature", "sha1"))


def check_github(settings: ServiceConfig, signatures: dict[str, str | None], body: bytes) -> None:
    """Refuse a webhook whose signature is not GitHub's; the better of two signatures counts."""
    for header, digest in _SIGNATURES:
        given = signatures.get(header)
        if given is None:
            continue
        secret = settings.webhook_secret.encode()
        expected = f"{digest}={hmac.digest(secret, body, digest).hex()}"
        if not secret or not _same(given, expected):
            raise _refused(f"{header} does not sign this body with the secret of the webhook.", "Hub-Signature")
        return
    if settings.validate_webhooks:
        raise _refused("There is no X-Hub-Signature-256; set the secret of the webhook.", "Hub-Signature")


def check_gitlab(settings: ServiceConfig, token: str | None) -> None:
    """Refuse a webhook without one of the tokens that were given out."""
    if not _among(token, settings.gitlab_webhook_tokens):
        raise _refused("X-Gitlab-Token is none of the tokens that were given out.", "Gitlab-Token")


def check_testing_farm(settings: ServiceConfig, token: Any) -> None:
    """Refuse results without the secret that Testing Farm was given."""
    if not _among(token, [settings.testing_farm_secret]):
        raise _refused("The token in the body is not the one that Testing Farm was given.", "Testing-Farm-Token")


def check_bus(settings: ServiceConfig, authorization: str | None) -> None:
    """Refuse a message without the token of the bus."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not _among(token.strip(), [settings.bus_token]):
        raise _refused("Authorization is not Bearer with the token of the bus.", "Bearer")


def _among(given: Any, known: Iterable[str]) -> bool:
    # all are compared, so that the time does not tell which one was close
    return isinstance(given, str) and any([_same(given, token) for token in known if token])  # noqa: C419


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _refused(detail: str, scheme: str) -> ProblemError:
    return ProblemError(401, detail, {"WWW-Authenticate": scheme})
