"""Settings of the store that the catalog is read from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from syncengine.settings.section import Section, checked_url

# the ways a store accepts credentials; each needs all of its settings (a secret's `_file` will do as well)
CREDENTIAL_KINDS = (
    ("token",),
    ("username", "password"),
    ("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
)
CREDENTIALS = tuple(name for kind in CREDENTIAL_KINDS for name in kind)


class SourceSettings(Section):
    """Where the catalog is read from."""

    kind: Literal["commerce_rest", "files"] = "commerce_rest"
    allow_http: bool = False
    url: str | None = Field(None, description="the store's address up to /rest")
    token: SecretStr | None = Field(None, description="the integration's access token, sent as a Bearer token")
    token_file: Path | None = Field(None, description="a file that holds the token")
    username: str | None = Field(None, description="an admin's user name, instead of a token")
    password: SecretStr | None = None
    password_file: Path | None = None
    consumer_key: str | None = Field(None, description="the first of an integration's four values (OAuth 1.0a)")
    consumer_secret: SecretStr | None = None
    consumer_secret_file: Path | None = None
    access_token: SecretStr | None = Field(None, description="the third of the four values")
    access_token_file: Path | None = None
    access_token_secret: SecretStr | None = None
    access_token_secret_file: Path | None = None
    path: Path | None = Field(None, description="the directory of records, for kind files")
    page_size: int = Field(300, ge=1, le=10_000, description="products a request")
    connections: int = Field(2, ge=1, le=16, description="requests at the same time")
    timeout_seconds: float = Field(60.0, gt=0, le=600, description="total time of one request")
    prices_every_minutes: int = Field(
        0, ge=0, le=1440, description="how often reads of changes look every price up; 0: each of them"
    )
    media_url: str | None = Field(None, description="where images live, if not below the store's base media URL")
    admin_url: str | None = Field(
        None, description="the store's admin, such as https://shop.example/admin, for links to edit a product"
    )

    @field_validator("url", "admin_url")
    @classmethod
    def _check_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        return checked_url(value, allow_http=info.data.get("allow_http", False))

    @model_validator(mode="after")
    def _check_credentials(self) -> Self:
        secrets = ("token", "password", "consumer_secret", "access_token", "access_token_secret")
        given = {name for name in CREDENTIALS if getattr(self, name) is not None}
        for name in secrets:
            if getattr(self, f"{name}_file") is not None:
                if name in given:
                    raise ValueError(f"`{name}` and `{name}_file` are both set; keep one")
                given.add(name)
        kinds = [kind for kind in CREDENTIAL_KINDS if given & set(kind)]
        if len(kinds) > 1:
            raise ValueError(
                f"the credentials of {len(kinds)} kinds are set (`{'`, `'.join(sorted(given))}`); keep one kind: "
                "`token`, or `username` and `password`, or the four values of an integration"
            )
        missing = [name for kind in kinds for name in kind if name not in given]
        if missing:
            raise ValueError(f"`{'`, `'.join(sorted(given))}` needs `{'`, `'.join(missing)}` beside it")
        return self

    @property
    def credential_kind(self) -> Literal["none", "token", "admin", "oauth"]:
        """Which credentials are set, if any."""
        if self.username is not None:
            return "admin"
        if self.consumer_key is not None:
            return "oauth"
        return "none" if self.token is None and self.token_file is None else "token"
