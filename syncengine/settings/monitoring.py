"""Settings of what tells whether all is well: health, logs, notifications."""

from __future__ import annotations

from pydantic import Field

from syncengine.settings.section import Section


class MonitoringSettings(Section):
    """What counts as well."""

    engine_expected: bool = Field(
        True, description="false where cron starts `sync` or `engine --once`: then the age of the last run counts"
    )
