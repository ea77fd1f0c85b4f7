"""Bearer tokens for client credentials, as Adobe IMS gives them."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

NEEDED_SCOPE = "commerce.aco.ingestion"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerConfig:
    """Who may send, and to which tenants."""

    client_id: str = "demo-client"
    client_secret: str = "demo-secret"  # noqa: S105  (the demo's own, known to everybody)
    tenants: tuple[str, ...] = ("demo-tenant",)
    token_seconds: int = 86_399


@dataclass(slots=True)
class Tokens:
    """The tokens given out; they end with the process, too."""

    config: OptimizerConfig
    clock: Callable[[], float] = time.monotonic
    given: int = 0
    _ends: dict[str, float] = field(default_factory=dict)

    def grant(self, form: Mapping[str, str]) -> tuple[int, dict[str, str | int]]:
        """Status and body of the answer to a token request."""
        if form.get("grant_type") != "client_credentials":
            return 400, _error("unsupported_grant_type", "invalid grant_type parameter")
        pairs = (("client_id", self.config.client_id), ("client_secret", self.config.client_secret))
        if not all(hmac.compare_digest(form.get(name, "").encode(), wanted.encode()) for name, wanted in pairs):
            return 400, _error("invalid_client", "invalid client_id or client_secret parameter")
        if NEEDED_SCOPE not in form.get("scope", "").split(","):
            return 400, _error("invalid_scope", "invalid scope parameter")
        token = secrets.token_urlsafe(32)
        self._ends[token] = self.clock() + self.config.token_seconds
        self.given += 1
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": self.config.token_seconds}

    def is_good(self, token: str) -> bool:
        """Was `token` given out, and not ended yet?"""
        return self._ends.get(token, 0.0) > self.clock()

    def end_all(self) -> None:
        """Every token given out so far is good no more."""
        self._ends.clear()


def _error(code: str, text: str) -> dict[str, str | int]:
    return {"error": code, "error_description": text}
