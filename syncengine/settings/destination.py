"""Settings of the places that the feeds are sent to."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from syncengine.settings.section import Section, checked_url

DEMO_ADDRESS = "demo"
IMS_TOKEN_URL = "https://ims-na1.adobelogin.com/ims/token/v3"  # noqa: S105  (an address)


class DestinationSettings(Section):
    """One place the feeds are sent to."""

    kind: Literal["services", "folder", "optimizer"] = "services"
    allow_http: bool = False
    url: str | None = Field(None, description="the base address; for kind optimizer up to and with the tenant")
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    environment_id: str | None = None
    data_space_id: str | None = None
    path: Path | None = Field(None, description="the directory, for kind folder")
    tenant_id: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]+$", description="for kind optimizer without `url`")
    region: str | None = Field(None, pattern=r"^[a-z0-9]+$", description="for kind optimizer, such as na1")
    environment: Literal["sandbox", "production"] = Field("sandbox", description="for kind optimizer")
    client_id: str | None = Field(None, description="of the credentials for kind optimizer")
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    token_url: str = Field(IMS_TOKEN_URL, description="where kind optimizer gets its token")
    locales: dict[str, str] = Field({}, description="for kind optimizer: store view to locale; else the view's code")
    currencies: dict[str, str] = Field(
        {}, description="for kind optimizer: website to base currency; `*` stands for every other website"
    )
    connections: int = Field(2, ge=1, le=16)
    timeout_seconds: float = Field(60.0, gt=0, le=600)
    requests_per_second: float | None = Field(None, gt=0, description="what the destination permits; none: no limit")
    requests_per_minute: int | None = Field(None, ge=1)
    requests_per_day: int | None = Field(None, ge=1, description="of a UTC day; the rest waits for the next one")
    every_minutes: int | None = Field(
        None, ge=1, le=44_640, description="how often scheduled runs serve it, from midnight UTC; none: each of them"
    )
    known_as: str | None = Field(None, description="stands for the address in the destination's id")

    @field_validator("url", "token_url")
    @classmethod
    def _check_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        return checked_url(value, allow_http=info.data.get("allow_http", False))

    @model_validator(mode="after")
    def _check_maps(self) -> Self:
        if len(set(self.locales.values())) != len(self.locales) or not all(self.locales.values()):
            raise ValueError("each of `locales` must be another one: the locale tells the items of the views apart")
        if not all(1 <= len(currency) <= 5 for currency in self.currencies.values()):
            raise ValueError("each of `currencies` must be a code such as USD")
        return self

    @property
    def optimizer_url(self) -> str | None:
        """The base address of kind optimizer, tenant included; None while it is not known."""
        if self.url is not None:
            return self.url.rstrip("/")
        if self.tenant_id is None or self.region is None:
            return None
        host = self.region if self.environment == "production" else f"{self.region}-sandbox"
        return f"https://{host}.api.commerce.adobe.com/{self.tenant_id}"

    @property
    def destination_id(self) -> str:
        """The id that `exported` and `delivery` are kept under: kind, then a digest of what makes it another one.

        Address, environment and data space are part of it; credentials are not. A new data space is a new
        destination with an empty memory. For kind optimizer, tenant and locales are: both are part of what an item
        is known by there.
        """
        if self.kind == "optimizer":
            base = self.optimizer_url or ""
            tenant = base.rpartition("/")[2]
            text = json.dumps([self.kind, self.known_as or base, tenant, sorted(self.locales.items())])
            return f"{self.kind}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
        address = self.known_as or (self.url if self.kind == "services" else str(self.path))
        text = "\n".join([self.kind, address or "", self.environment_id or "", self.data_space_id or ""])
        return f"{self.kind}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


DEMO_DESTINATION = DestinationSettings(known_as=DEMO_ADDRESS, environment_id="demo-env", data_space_id="demo")
