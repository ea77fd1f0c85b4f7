"""`catalog-sync sql`: a question to the published lake in SQL, read-only."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from syncengine.cli.common import JsonFlag, current_settings, print_json, say
from syncengine.cli.tables import print_table
from syncengine.errors import SettingsError
from syncengine.inspection.download import FORMATS, file_bytes, json_rows
from syncengine.inspection.questions import ask
from syncengine.inspection.view import CatalogView


def sql(
    statement: Annotated[str, typer.Argument(metavar="SQL", help="one SELECT; - reads it from stdin")],
    limit: Annotated[int, typer.Option("--limit", help="at most so many rows")] = 10_000,
    file_format: Annotated[str | None, typer.Option("--format", help=", ".join(FORMATS))] = None,
    as_json: JsonFlag = False,
) -> None:
    """Ask the published lake one question in SQL; docs/sql.md lists the views and ten worked questions.

    Example: catalog-sync sql "SELECT type, count(*) FROM products GROUP BY type"
    """
    if file_format is not None and file_format not in FORMATS:
        raise SettingsError(f"There is no format `{file_format}`.", hint=f"There are: {', '.join(FORMATS)}.")
    found = ask(CatalogView(current_settings()), sys.stdin.read() if statement == "-" else statement, limit=limit)
    if as_json:
        print_json(json_rows(found.rows))
    elif file_format is not None:
        sys.stdout.buffer.write(file_bytes(found.rows, file_format))
        sys.stdout.flush()
    else:
        numbers = [name for name, kind in found.rows.schema.items() if kind.is_numeric()]
        print_table(found.rows.columns, found.rows.rows(), numbers=numbers)
    if found.is_cut:
        say(f"Only the first {limit:,} rows: `--limit` takes more.")
