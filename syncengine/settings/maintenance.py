"""Settings of the nightly maintenance: what is kept, and for how long."""

from __future__ import annotations

from pydantic import Field

from syncengine.settings.section import Section


class MaintenanceSettings(Section):
    """How file count and disk use stay bounded."""

    at_hour: int = Field(2, ge=0, le=23, description="the UTC hour after which the engine does it, once a day")
    most_files: int = Field(50, ge=2, description="a table with more live files than this is compacted")
    deleted_percent: float = Field(25.0, gt=0, le=100, description="a file that lost so many of its rows is rewritten")
    hourly_days: int = Field(30, ge=1, description="every snapshot is kept for so long")
    daily_days: int = Field(400, ge=1, description="and the last one of each day for so long")
    history_days: int = Field(400, ge=1, description="history, runs, requests, audit and acknowledged removals")
    receipts_days: int = Field(30, ge=1, description="the answers to single batches")
    grace_hours: float = Field(24.0, ge=0, description="longer than any reader holds a published state")
