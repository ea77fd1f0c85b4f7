"""Settings of the control store."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from syncengine.settings.section import Section

POSTGRES = "postgresql+psycopg://"


class ControlSettings(Section):
    """Where runs, requests and receipts are kept."""

    url: SecretStr | None = Field(None, description="a PostgreSQL database, instead of a file in the data directory")
    url_file: Path | None = Field(None, description="a file that holds the address: it has a password in it")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.url is not None and self.url_file is not None:
            raise ValueError("`url` and `url_file` are both set; keep one")
        if self.url is not None and not self.url.get_secret_value().startswith(POSTGRES):
            raise ValueError(f"`url` must begin with {POSTGRES}")
        return self
