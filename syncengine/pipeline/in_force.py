"""The settings a run begins with, for those who look at it later: what differs from the defaults, secrets masked."""

from __future__ import annotations

from syncengine import __version__
from syncengine.settings import DEFAULT, Settings, setting_rows

_ELSEWHERE = "config file or start"  # of a file named on the command line, or of the embedded demo


def settings_in_force(settings: Settings) -> list[dict[str, str | None]]:
    """One row per setting that is not as it comes: key, value, source. The version is the first."""
    plain = {row.key: row.value for row in setting_rows(Settings.model_construct())}
    rows: list[dict[str, str | None]] = [{"key": "version", "value": __version__, "source": "installed"}]
    for row in setting_rows(settings):
        if row.value != plain.get(row.key):
            source = _ELSEWHERE if row.source == DEFAULT else row.source
            rows.append({"key": row.key, "value": row.value, "source": source})
    return rows
