"""Settings: flags > environment (`CATALOG_SYNC_*`, `__` for nesting) > one TOML file > defaults.

With no source and no destination set, the embedded demo store and services are used (`Settings.is_demo`).
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import tomllib
from collections.abc import Container
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentNotReadError

from syncengine.errors import SettingsError

CONFIG_FILE_NAME = "catalog-sync.toml"
DEMO_ADDRESS = "demo"
LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "::1"}
IMS_TOKEN_URL = "https://ims-na1.adobelogin.com/ims/token/v3"  # noqa: S105  (an address)


# the ways a store accepts credentials; each needs all of its settings (a secret's `_file` will do as well)
CREDENTIAL_KINDS = (
    ("token",),
    ("username", "password"),
    ("consumer_key", "consumer_secret", "access_token", "access_token_secret"),
)
CREDENTIALS = tuple(name for kind in CREDENTIAL_KINDS for name in kind)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _checked_url(value: str | None, *, allow_http: bool) -> str | None:
    """`value` without a trailing slash; refuses what reliability.md section 6 forbids in a base address."""
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://shop.example/rest")
    if parts.username or parts.password or parts.fragment or parts.query:
        raise ValueError("must not hold a user name, a password, a query or a fragment")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS and not allow_http:
        raise ValueError("must use https (set allow_http = true to send credentials in clear text)")
    return value.rstrip("/")


class SourceSettings(_Section):
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

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _checked_url(value, allow_http=info.data.get("allow_http", False))

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


class DestinationSettings(_Section):
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
    known_as: str | None = Field(None, description="stands for the address in the destination's id")

    @field_validator("url", "token_url")
    @classmethod
    def _check_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _checked_url(value, allow_http=info.data.get("allow_http", False))

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


class ScheduleSettings(_Section):
    """When the engine syncs by itself."""

    every_minutes: int = Field(60, ge=1, le=1440)
    at_minute: int = Field(0, ge=0, le=59)


class EngineSettings(_Section):
    """What a sync may use of the machine."""

    memory_limit_mb: int = Field(1024, ge=512, description="DuckDB's memory limit; beyond it, it spills to disk")
    threads: int = Field(2, ge=1, le=64)


class GuardSettings(_Section):
    """When a run stops and asks."""

    delete_percent: float = Field(20.0, ge=0, le=100, description="hold an export that would delete more of a feed")
    delete_items: int = Field(50, ge=0, description="and more than this many items")
    unusual_percent: float = Field(30.0, ge=0, description="warn when a feed shrinks or grows by more, unusually")
    fail_on_rejected_percent: float = Field(5.0, ge=0, le=100)


class UiSettings(_Section):
    """Where the app listens."""

    address: str = "127.0.0.1"
    port: int = Field(8501, ge=1, le=65535)


class DemoSettings(_Section):
    """The embedded demo store and services."""

    products: int = Field(600, ge=1, description="size of the generated catalog")
    seed: int = 7
    store_port: int = Field(8601, ge=0, le=65535)
    services_port: int = Field(8602, ge=0, le=65535)


class Settings(BaseSettings):
    """All settings of one installation; immutable."""

    model_config = SettingsConfigDict(
        env_prefix="CATALOG_SYNC_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Path("data")
    source: SourceSettings = SourceSettings()
    destination: DestinationSettings | None = None
    destinations: dict[str, DestinationSettings] = {}
    schedule: ScheduleSettings = ScheduleSettings()
    engine: EngineSettings = EngineSettings()
    guard: GuardSettings = GuardSettings()
    ui: UiSettings = UiSettings()
    demo: DemoSettings = DemoSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # init holds the TOML file, so the environment stands above it
        return (env_settings, init_settings)

    @field_validator("destinations")
    @classmethod
    def _named(cls, value: dict[str, DestinationSettings]) -> dict[str, DestinationSettings]:
        for name in value:
            if not name.replace("-", "").replace("_", "").isalnum():
                raise ValueError(f"destination name `{name}` may hold letters, digits, - and _ only")
        return value

    @property
    def is_demo_source(self) -> bool:
        """True when no store is named, so the embedded one is read."""
        return self.source.kind == "commerce_rest" and self.source.url is None

    @property
    def is_demo_destination(self) -> bool:
        """True when no destination is named, so the embedded services are served."""
        return self.destination is None and not self.destinations

    @property
    def is_demo(self) -> bool:
        """True when any part of the embedded demo is in use."""
        return self.is_demo_source or self.is_demo_destination

    def all_destinations(self) -> dict[str, DestinationSettings]:
        """The destinations by name; the one of a simple set-up is called `default`, the embedded one `demo`."""
        named = dict(self.destinations)
        if self.destination is not None:
            named = {"default": self.destination, **named}
        if not named:
            named = {"demo": DEMO_DESTINATION}
        return named


def config_path(explicit: Path | None = None) -> Path | None:
    """The TOML file in force: the one named, ./catalog-sync.toml, or the one of the user's config directory."""
    if explicit is not None:
        if not explicit.is_file():
            raise SettingsError(f"There is no config file `{explicit}`.", hint="Check the path given with --config.")
        return explicit
    home = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "catalog-sync"
    for candidate in (Path(CONFIG_FILE_NAME), home / CONFIG_FILE_NAME):
        if candidate.is_file():
            return candidate
    return None


def load_settings(config: Path | None = None, **flags: Any) -> Settings:
    """The settings in force; `flags` (not None) stand above everything else.

    Raises: SettingsError with every problem in one message, never a secret's value.
    """
    path = config_path(config)
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise SettingsError(f"The config file `{path}` cannot be read: {error}.", hint="Mend the file.") from None
    unknown = _unknown_environment()
    problems = list(unknown.values())
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems += _all_problems(error, told=unknown)
    except EnvironmentNotReadError as error:
        problems.append(f"the environment: {error}")
    if problems:
        raise SettingsError(
            "; ".join(problems), hint="Correct the settings named; `catalog-sync config show` lists all."
        )
    set_flags = {name: value for name, value in flags.items() if value is not None}
    return settings.model_copy(update=set_flags) if set_flags else settings


def _known_keys() -> set[str]:
    keys: set[str] = set()
    for name, field in Settings.model_fields.items():
        section = field.annotation
        keys.add(name)
        candidates = [section, *getattr(section, "__args__", ())]
        for model in candidates:
            if isinstance(model, type) and issubclass(model, _Section):
                keys.update(f"{name}.{inner}" for inner in model.model_fields)
    return keys


def _unknown_environment() -> dict[str, str]:
    """Key and problem of each unknown CATALOG_SYNC_* variable: a misspelt secret must not silently mean 'demo'."""
    known = _known_keys()
    problems = {}
    for name in sorted(os.environ):
        if not name.startswith("CATALOG_SYNC_"):
            continue
        key = name.removeprefix("CATALOG_SYNC_").lower().replace("__", ".")
        if key in known or key.split(".")[0] == "destinations":
            continue
        near = difflib.get_close_matches(key, known, n=1)
        suggestion = f", did you mean `CATALOG_SYNC_{near[0].upper().replace('.', '__')}`?" if near else ""
        problems[key] = f"`{name}` is not a setting{suggestion}"
    return problems


def _all_problems(error: ValidationError, *, told: Container[str]) -> list[str]:
    known = _known_keys()
    lines = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        key = ".".join(str(part) for part in problem["loc"])
        text = problem["msg"]
        if problem["type"] == "extra_forbidden":
            if key in told:
                continue
            near = difflib.get_close_matches(key, known, n=1)
            text = "is not a setting" + (f", did you mean `{near[0]}`?" if near else "")
        lines.append(f"`{key}`: {text}" if key else text)
    return lines


def secret_value(secret: SecretStr | None, file: Path | None, key: str) -> str | None:
    """The secret from its setting or its file; None when neither is set.

    Raises: SettingsError when the file cannot be read, naming the setting and never the content.
    """
    if secret is not None:
        return secret.get_secret_value()
    if file is None:
        return None
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SettingsError(f"The file named by `{key}` cannot be read: {reason}.", hint=f"Check `{key}`.") from None
