"""The documents cannot lie by silence: every command, setting and error code is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import typer.main
from pydantic import BaseModel

import syncengine.pipeline
from syncengine.cli.main import app
from syncengine.errors import CatalogSyncError
from syncengine.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent


def _commands(group: typer.core.TyperGroup, prefix: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if isinstance(command, typer.core.TyperGroup):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        inner = [field.annotation, *getattr(field.annotation, "__args__", ())]
        section = next((kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        if name == "destinations":
            continue
        if section is None:
            yield prefix + name
        else:
            yield from _keys(section, f"{prefix}{name}.")


def _error_codes(kind: type[CatalogSyncError]) -> Iterator[str]:
    yield kind.code
    for inner in kind.__subclasses__():
        yield from _error_codes(inner)


def test_every_command_is_documented() -> None:
    text = (PROJECT / "docs" / "commands.md").read_text("utf-8")
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    missing = [name for name in _commands(group) if f"`catalog-sync {name}" not in text]
    assert not missing


def test_every_setting_is_documented() -> None:
    text = (PROJECT / "docs" / "settings.md").read_text("utf-8")
    assert not [key for key in _keys(Settings) if f"`{key}`" not in text]


def test_every_error_code_is_documented_with_an_anchor() -> None:
    assert syncengine.pipeline  # every room's errors are defined by now
    text = (PROJECT / "docs" / "errors.md").read_text("utf-8")
    used = set(_error_codes(CatalogSyncError))
    for path in (PROJECT / "syncengine").rglob("*.py"):
        used |= set(re.findall(r"\bCS\d{4}\b", path.read_text("utf-8")))
    assert not [code for code in sorted(used) if f'<a id="{code}"></a>' not in text]
    anchors = set(re.findall(r'id="(CS\d{4})"', text))
    assert anchors <= used, "an error code is documented that nothing raises"


def test_every_link_between_documents_leads_somewhere() -> None:
    for page in [PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
