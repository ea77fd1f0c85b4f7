"""Settings of who may use the app and the API, and for what."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from syncengine.settings.section import Section, checked_url

RoleName = Literal["viewer", "operator", "admin"]
_SHORTEST_TOKEN = 16  # a token is guessed at by machines


class AccessSettings(Section):
    """Who may see the pages: everybody at this machine, whom an OpenID provider names, or whom a proxy names.

    `viewers`, `operators` and `admins` hold values of the roles claim (groups, mostly) or of the name claim.
    """

    mode: Literal["none", "oidc", "proxy"] = "none"
    name_claim: str = Field("email", description="the claim, or field of the proxy, that people are known by")
    roles_claim: str = Field("groups", description="the claim that gives the roles; dots lead into a nested one")
    viewers: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    admins: tuple[str, ...] = ()
    default_role: Literal["none", "viewer", "operator", "admin"] = Field(
        "none", description="of people who are signed in and named nowhere"
    )
    allow_http: bool = False
    metadata_url: str | None = Field(None, description="…/.well-known/openid-configuration, for mode oidc")
    client_id: str | None = None
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    redirect_uri: str | None = Field(None, description="this app's own address and /oauth2callback")
    cookie_secret: SecretStr | None = Field(None, description="signs the sign-in; a new one at each start if not set")
    cookie_secret_file: Path | None = None
    session_hours: float = Field(12.0, gt=0, le=720, description="how long a sign-in holds")
    user_header: str = Field("X-Forwarded-Email", pattern=r"^[A-Za-z0-9-]+$", description="for mode proxy")
    roles_header: str = Field("X-Forwarded-Groups", pattern=r"^[A-Za-z0-9-]+$", description="for mode proxy")
    proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"), description="addresses or networks whose headers are believed, for mode proxy"
    )

    @field_validator("metadata_url")
    @classmethod
    def _check_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        return checked_url(value, allow_http=info.data.get("allow_http", False))

    @field_validator("proxies")
    @classmethod
    def _check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ipaddress.ip_network(one, strict=False)
        return value

    @model_validator(mode="after")
    def _check_mode(self) -> Self:
        for name in ("client_secret", "cookie_secret"):
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"`{name}` and `{name}_file` are both set; keep one")
        if self.mode == "oidc":
            missing = [name for name in ("metadata_url", "client_id") if getattr(self, name) is None]
            if self.client_secret is None and self.client_secret_file is None:
                missing.append("client_secret")
            if missing:
                raise ValueError(f"mode oidc needs `{'`, `'.join(missing)}`")
        if self.redirect_uri is not None and not self.redirect_uri.endswith("/oauth2callback"):
            raise ValueError("`redirect_uri` must end in /oauth2callback")
        return self


class ApiToken(Section):
    """One program that may use the API, known by the name of its token."""

    role: RoleName = "viewer"
    token: SecretStr | None = None
    token_file: Path | None = Field(None, description="a file that holds the token")

    @model_validator(mode="after")
    def _check_token(self) -> Self:
        if (self.token is None) == (self.token_file is None):
            raise ValueError("one of `token` and `token_file` must be set")
        if self.token is not None and len(self.token.get_secret_value()) < _SHORTEST_TOKEN:
            raise ValueError(f"a token has {_SHORTEST_TOKEN} characters at least")
        return self


class ApiSettings(Section):
    """Who may use the JSON API without signing in."""

    tokens: dict[str, ApiToken] = Field({}, description="by the name that the audit shows")
    max_body_kb: int = Field(256, ge=1, le=16_384, description="larger requests are refused")
    writes_per_minute: int = Field(60, ge=0, le=100_000, description="requests that write, of one token; 0: no limit")
