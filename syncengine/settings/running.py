"""Settings of how the engine and the app run."""

from __future__ import annotations

from pydantic import Field

from syncengine.settings.section import Section


class ScheduleSettings(Section):
    """When the engine syncs by itself."""

    every_minutes: int = Field(60, ge=1, le=1440)
    at_minute: int = Field(0, ge=0, le=59)


class EngineSettings(Section):
    """What a sync may use of the machine."""

    memory_limit_mb: int = Field(1024, ge=512, description="DuckDB's memory limit; beyond it, it spills to disk")
    threads: int = Field(2, ge=1, le=64)


class GuardSettings(Section):
    """When a run stops and asks."""

    delete_percent: float = Field(20.0, ge=0, le=100, description="hold an export that would delete more of a feed")
    delete_items: int = Field(50, ge=0, description="and more than this many items")
    unusual_percent: float = Field(30.0, ge=0, description="warn when a feed shrinks or grows by more, unusually")
    fail_on_rejected_percent: float = Field(5.0, ge=0, le=100)


class UiSettings(Section):
    """Where the app listens."""

    address: str = "127.0.0.1"
    port: int = Field(8501, ge=1, le=65535)
    allow_remote: bool = Field(False, description="listen beyond this machine although nobody is asked who they are")
    allowed_hosts: tuple[str, ...] = Field((), description="names the app answers to; none: those of this machine")


class DemoSettings(Section):
    """The embedded demo store and services."""

    products: int = Field(600, ge=1, description="size of the generated catalog")
    seed: int = 7
    store_port: int = Field(8601, ge=0, le=65535)
    services_port: int = Field(8602, ge=0, le=65535)
