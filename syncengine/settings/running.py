"""Settings of how the engine and the app run."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from syncengine.settings.section import Section


class EngineSettings(Section):
    """What a sync may use of the machine."""

    memory_limit_mb: int = Field(1024, ge=512, description="DuckDB's memory limit; beyond it, it spills to disk")
    threads: int = Field(2, ge=1, le=64)
    listen: str | None = Field(None, description="where the engine listens for events, such as 127.0.0.1:8503")
    events_token: SecretStr | None = None
    events_token_file: Path | None = None
    events_per_minute: int = Field(600, ge=0, le=100_000, description="events that are taken; 0: no limit")
    allow_network_filesystem: bool = Field(False, description="at your own risk: locks there may hold nobody off")

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str | None) -> str | None:
        if value is not None:
            host, _, port = value.rpartition(":")
            if not host or not port.isdecimal() or int(port) > 65535:
                raise ValueError("must be an address and a port such as 127.0.0.1:8503")
        return value


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
