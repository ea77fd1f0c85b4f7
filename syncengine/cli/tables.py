"""Tables for people: drawn on a terminal, tab-separated lines elsewhere; product text is shown, never obeyed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from syncengine.cli.common import output
from syncengine.cli.streams import Steady


def shown(value: Any) -> str:
    """A value as text on one line, without the characters that a terminal would act on."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return safe(str(value))


def safe(text: str) -> str:
    """Text with line breaks, tabs and control characters made harmless."""
    return "".join(
        mark if mark.isprintable() else " " if mark.isspace() else "\N{REPLACEMENT CHARACTER}" for mark in text
    )


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, numbers: Sequence[str] = ()) -> None:
    """Print rows under their headings; the columns named in `numbers` are aligned to the right."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            Steady(is_stderr=False).write("\t".join(shown(cell) for cell in row) + "\n")
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(cell)) for cell in row))
    output().print(table)


def print_lines(*lines: str) -> None:
    """Print lines as they are, control characters made harmless."""
    console = output()
    for line in lines:
        console.print(Text(safe(line)))
