"""Every setting with its value in force and where that comes from; secrets are masked."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from syncengine.settings.load import Settings, config_path

MASK = "********"
DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One setting. `source`: a variable's name, a file's path, or default; `value` None: not set."""

    key: str
    value: str | None
    source: str
    meaning: str = ""


def setting_rows(settings: Settings, config: Path | None = None) -> list[SettingRow]:
    """All settings in their order; `config` is the file named on the command line, if one was."""
    path = config_path(config)
    in_file: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8")) if path else {}
    return [
        SettingRow(key=key, value=_shown(value), source=_source(key, in_file, path), meaning=meaning)
        for key, value, meaning in _leaves(settings)
    ]


def _shown(value: Any) -> str | None:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or None
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _leaves(value: Any, prefix: str = "", meaning: str = "") -> Iterator[tuple[str, Any, str]]:
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            yield from _leaves(getattr(value, name), f"{prefix}{name}.", field.description or "")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{prefix}{name}.", meaning)
    else:
        yield prefix.removesuffix("."), value, meaning


def _source(key: str, in_file: Mapping[str, Any], path: Path | None) -> str:
    parts = key.split(".")
    # a variable may hold a whole section or map as JSON, too
    for length in range(len(parts), 0, -1):
        variable = "CATALOG_SYNC_" + "__".join(parts[:length]).upper()
        if variable in os.environ:
            return variable
    inner: Any = in_file
    for part in parts:
        if not isinstance(inner, Mapping) or part not in inner:
            return DEFAULT
        inner = inner[part]
    return str(path)
