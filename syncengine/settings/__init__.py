"""Settings: flags > environment (`CATALOG_SYNC_*`, `__` for nesting) > one TOML file > defaults.

With no source and no destination set, the embedded demo store and services are used (`Settings.is_demo`).
"""

from syncengine.settings.access import AccessSettings, ApiSettings, ApiToken
from syncengine.settings.control import ControlSettings
from syncengine.settings.destination import DEMO_ADDRESS, DEMO_DESTINATION, IMS_TOKEN_URL, DestinationSettings
from syncengine.settings.load import CONFIG_FILE_NAME, Settings, config_path, load_settings, secret_value
from syncengine.settings.maintenance import MaintenanceSettings
from syncengine.settings.monitoring import LogSettings, MonitoringSettings, NotifySettings
from syncengine.settings.rows import DEFAULT, MASK, SettingRow, setting_rows
from syncengine.settings.running import DemoSettings, EngineSettings, GuardSettings, UiSettings
from syncengine.settings.schedule import ScheduleSettings
from syncengine.settings.section import LOOPBACK_HOSTS
from syncengine.settings.source import CREDENTIAL_KINDS, CREDENTIALS, SourceSettings

__all__ = [
    "CONFIG_FILE_NAME",
    "CREDENTIALS",
    "CREDENTIAL_KINDS",
    "DEFAULT",
    "DEMO_ADDRESS",
    "DEMO_DESTINATION",
    "IMS_TOKEN_URL",
    "LOOPBACK_HOSTS",
    "MASK",
    "AccessSettings",
    "ApiSettings",
    "ApiToken",
    "ControlSettings",
    "DemoSettings",
    "DestinationSettings",
    "EngineSettings",
    "GuardSettings",
    "LogSettings",
    "MaintenanceSettings",
    "MonitoringSettings",
    "NotifySettings",
    "ScheduleSettings",
    "SettingRow",
    "Settings",
    "SourceSettings",
    "UiSettings",
    "config_path",
    "load_settings",
    "secret_value",
    "setting_rows",
]
