"""`catalog-sync config show|check|path`: the settings in force, where each comes from, secrets masked."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from pydantic import BaseModel, SecretStr

from syncengine.cli.common import JsonFlag, config_file, current_settings, output, print_json
from syncengine.settings import config_path

config_app = typer.Typer(
    name="config", help="The settings in force.", context_settings={"help_option_names": ["-h", "--help"]}
)


def _leaves(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), f"{prefix}{name}.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{prefix}{name}.")
    else:
        yield prefix.removesuffix("."), value


def _source_of(key: str, file_values: dict[str, Any]) -> str:
    variable = "CATALOG_SYNC_" + key.upper().replace(".", "__")
    if variable in os.environ:
        return variable
    inner: Any = file_values
    for part in key.split("."):
        if not isinstance(inner, dict) or part not in inner:
            return "default"
        inner = inner[part]
    return str(config_path(config_file()))


@config_app.command("show")
def show(as_json: JsonFlag = False) -> None:
    """Print each setting with its value and its source; secrets are masked.

    Example: catalog-sync config show
    """
    settings = current_settings()
    path = config_path(config_file())
    file_values = tomllib.loads(path.read_text("utf-8")) if path else {}
    rows = [
        {
            "key": key,
            "value": "********" if isinstance(value, SecretStr) else None if value is None else str(value),
            "source": _source_of(key, file_values),
        }
        for key, value in _leaves(settings)
    ]
    if as_json:
        print_json(rows)
        return
    width = max(len(row["key"] or "") for row in rows)
    for row in rows:
        output().print(f"{row['key']:<{width}}  {row['value'] if row['value'] is not None else '-'}  ({row['source']})")


@config_app.command("check")
def check() -> None:
    """Say whether the settings can be used; every problem in one message.

    Example: catalog-sync config check
    """
    current_settings()
    output().print("The settings can be used.")


@config_app.command("path")
def path(as_json: Annotated[bool, typer.Option("--json", help="print one JSON value on stdout")] = False) -> None:
    """Print the config file in force, if there is one.

    Example: catalog-sync config path
    """
    found = config_path(config_file())
    if as_json:
        print_json(str(found) if found else None)
    else:
        output().print(str(found) if found else "No config file is in force: environment and defaults only.")
