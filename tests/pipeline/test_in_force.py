"""What a run keeps of the settings it began with: what was set, and never a secret."""

from __future__ import annotations

from pathlib import Path

from syncengine import __version__
from syncengine.pipeline.in_force import settings_in_force
from syncengine.settings import Settings

CANARY = "canary-secret"


def test_what_was_set_is_kept_and_secrets_are_masked(tmp_path: Path) -> None:
    settings = Settings.model_validate(
        {
            "source": {"url": "https://shop.example/rest", "token": CANARY},
            "destinations": {"main": {"url": "https://services.example", "api_key": CANARY}},
            "schedule": {"quiet_hours": ["22:00-06:00"]},
        }
    )

    rows = {row["key"]: row["value"] for row in settings_in_force(settings)}

    assert CANARY not in str(rows)
    assert rows["version"] == __version__
    assert rows["source.url"] == "https://shop.example/rest"
    assert rows["source.token"] == "********"
    assert rows["destinations.main.api_key"] == "********"
    assert "22:00-06:00" in (rows["schedule.quiet_hours"] or "")
    assert "guard.delete_percent" not in rows, "it is as it comes"
