"""All settings in one object, and how they are found: flags > environment > one TOML file > defaults."""

from __future__ import annotations

import difflib
import os
import shlex
import tomllib
from collections.abc import Container
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentNotReadError

from syncengine.errors import SettingsError
from syncengine.settings.access import AccessSettings, ApiSettings
from syncengine.settings.control import POSTGRES, ControlSettings
from syncengine.settings.destination import DEMO_DESTINATION, DestinationSettings
from syncengine.settings.feeds import FeedSettings
from syncengine.settings.maintenance import MaintenanceSettings
from syncengine.settings.monitoring import LogSettings, MonitoringSettings, NotifySettings
from syncengine.settings.running import DemoSettings, EngineSettings, GuardSettings, UiSettings
from syncengine.settings.schedule import ScheduleSettings
from syncengine.settings.section import Section
from syncengine.settings.source import SourceSettings

CONFIG_FILE_NAME = "catalog-sync.toml"
_NAMED = ("destinations.", "api.tokens.")  # below these stand names that the owner chose


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
    maintenance: MaintenanceSettings = MaintenanceSettings()
    control: ControlSettings = ControlSettings()
    ui: UiSettings = UiSettings()
    access: AccessSettings = AccessSettings()
    api: ApiSettings = ApiSettings()
    monitoring: MonitoringSettings = MonitoringSettings()
    log: LogSettings = LogSettings()
    notify: NotifySettings = NotifySettings()
    feeds: FeedSettings = FeedSettings()
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

    @property
    def control_url(self) -> str | None:
        """The address of the control store's database; None: a file in the data directory. Raises: SettingsError."""
        url = secret_value(self.control.url, self.control.url_file, "control.url_file")
        if url is not None and not url.startswith(POSTGRES):
            raise SettingsError(
                f"The address in `control.url_file` must begin with {POSTGRES}.", hint="Correct the file."
            )
        return url

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
            if isinstance(model, type) and issubclass(model, Section):
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
        if key in known or key.startswith(_NAMED):
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


# where Docker, Kubernetes and systemd mount secrets, with rights that nobody but they can change
_MOUNTED = tuple(Path(place) for place in ("/run/secrets", "/var/run/secrets", "/run/credentials"))


def _refuse_open_file(file: Path, key: str) -> None:
    """Refuse a secret that other users of this machine can read or change, unless it was mounted as one.

    A mounted file (or folder) belongs to a container or a service, and its rights are not ours to change: Docker gives
    0444. There, only one that others can write is refused. Raises: SettingsError; OSError when it is not there.
    """
    place = file.resolve()
    mode = place.stat().st_mode & 0o777
    is_mounted = (
        place.is_mount()
        or (place.parent.is_mount() and place.parent != Path(place.anchor))
        or any(file.absolute().is_relative_to(root) or place.is_relative_to(root) for root in _MOUNTED)
    )
    if mode & (0o022 if is_mounted else 0o077):
        raise SettingsError(
            f"The file named by `{key}` can be {'changed' if is_mounted else 'read'} by other users (mode {mode:04o}).",
            hint=f"`chmod 600 {shlex.quote(str(file))}`, and if others have seen it, change the secret.",
        )


def secret_value(secret: SecretStr | None, file: Path | None, key: str) -> str | None:
    """The secret from its setting or its file; None when neither is set.

    Raises: SettingsError when the file cannot be read, naming the setting and never the content.
    """
    if secret is not None:
        return secret.get_secret_value()
    if file is None:
        return None
    try:
        _refuse_open_file(file, key)
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SettingsError(f"The file named by `{key}` cannot be read: {reason}.", hint=f"Check `{key}`.") from None
