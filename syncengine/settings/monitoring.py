"""Settings of what tells whether all is well: health, logs, notifications."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from syncengine.settings.section import Section, checked_url

Event = Literal["failed", "not_running", "held", "drift"]


class MonitoringSettings(Section):
    """What counts as well."""

    engine_expected: bool = Field(
        True, description="false where cron starts `sync` or `engine --once`: then the age of the last run counts"
    )


class LogSettings(Section):
    """What is logged, how, and where to."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = Field("auto", description="auto: text on a terminal, JSON elsewhere")
    file: Path | None = Field(None, description="a file to log to besides stderr, as JSON")
    max_bytes: int = Field(20 * 2**20, ge=1024, description="the file is turned over when it has this size")
    keep_files: int = Field(5, ge=1, le=100, description="how many turned over files are kept")


class NotifySettings(Section):
    """Who is told when something changes for the worse, and when it is well again."""

    webhook_url: SecretStr | None = Field(
        None, description="gets a JSON POST; none: no webhook. Masked: many such addresses are secrets themselves"
    )
    webhook_secret: SecretStr | None = Field(None, description="signs each POST (HMAC-SHA256)")
    webhook_secret_file: Path | None = None
    allow_http: bool = False
    smtp_host: str | None = Field(None, description="the mail server; none: no e-mail")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_password_file: Path | None = None
    mail_from: str | None = None
    mail_to: tuple[str, ...] = ()
    events: tuple[Event, ...] = Field(
        ("failed", "not_running", "held", "drift"), description="what is told; its end is told with it"
    )
    drift_items: int | None = Field(None, ge=0, description="tell when more feed items than this differ; none: never")
    timeout_seconds: float = Field(10.0, gt=0, le=120)
    app_url: str | None = Field(None, description="the app's own address, for a link in each message")

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        if self.webhook_url is not None:
            checked_url(self.webhook_url.get_secret_value(), allow_http=self.allow_http)
        for name in ("webhook_secret", "smtp_password"):
            if getattr(self, name) is not None and getattr(self, f"{name}_file") is not None:
                raise ValueError(f"`{name}` and `{name}_file` are both set; keep one")
        if self.smtp_host is not None and not (self.mail_from and self.mail_to):
            raise ValueError("`smtp_host` needs `mail_from` and `mail_to` beside it")
        if any("\n" in address or "\r" in address for address in (self.mail_from or "", *self.mail_to)):
            raise ValueError("an address cannot hold a line break")
        return self
